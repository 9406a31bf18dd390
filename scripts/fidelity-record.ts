// SPDX-License-Identifier: GPL-2.0-or-later
// Writes what was proved: expected differences by tree, and what each history requires.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Fidelity, GROUND_TRUTH, type Recorded } from '../src/fidelity/index.ts';
import { compactFile } from '../src/simulator/ground-truth/compact.ts';
import { EXPECTED } from '../src/simulator/ground-truth/load.ts';

/** JSON with one line a history. */
export function writeExpected(recorded: Recorded): void {
  const trees = Object.entries(recorded).map(([version, entries]) => {
    const lines = Object.entries(entries).map(([name, entry]) => `  ${JSON.stringify(name)}: ${JSON.stringify(entry)}`);
    return ` ${JSON.stringify(version)}: {\n${lines.join(',\n')}\n }`;
  });
  writeFileSync(path.join(GROUND_TRUTH, EXPECTED), `{\n${trees.join(',\n')}\n}\n`);
}

/** Features that stopped a history on some tree. */
export function writeRequires(results: readonly Fidelity[]): void {
  const requires = new Map<string, Set<string>>();
  for (const { histories } of results)
    for (const { name, requires: feature } of histories)
      if (feature !== undefined) requires.set(name, new Set([...(requires.get(name) ?? []), feature]));
  for (const file of readdirSync(GROUND_TRUTH).filter((name) => name.endsWith('.json') && name !== EXPECTED)) {
    const where = path.join(GROUND_TRUTH, file);
    const { histories, ...rest } = compactFile.parse(JSON.parse(readFileSync(where, 'utf8')));
    const noted = histories.map(({ requires: _, ...history }) => {
      const features = requires.get(history.name);
      return features ? { ...history, requires: [...features].sort() } : history;
    });
    writeFileSync(where, `${JSON.stringify({ ...rest, histories: noted }, null, 1)}\n`);
  }
}
