// SPDX-License-Identifier: GPL-2.0-or-later
// node scripts/ground-truth.ts DIR: brings measured histories (scenarios/, sequences/, topology/ below DIR) into the
// repository in our compact form, simulations/ground-truth/FAMILY.json. What histories require is kept by name.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GROUND_TRUTH } from '../src/fidelity/changes.ts';
import { type CompactHistory, compactFile, packHistory } from '../src/simulator/ground-truth/compact.ts';
import { measuredHistory } from '../src/simulator/ground-truth/history.ts';
import { EXPECTED, loadGroundTruth } from '../src/simulator/ground-truth/load.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/ground-truth.ts DIR');

const families = new Map<string, CompactHistory[]>();
let kernel = '';
for (const truth of loadGroundTruth(folder)) {
  const part = truth.family === 'sequences' ? 'sequences' : 'scenarios';
  const json = JSON.parse(readFileSync(path.join(folder, part, `${truth.name}.json`), 'utf8'));
  kernel = json.kernel;
  const checkpoints = truth.checks.filter(({ topology }) => topology?.whole);
  const topology = Object.fromEntries(checkpoints.map((check) => [check.checkpoint, check.topology?.lines ?? []]));
  families.set(truth.family, [
    ...(families.get(truth.family) ?? []),
    { ...packHistory(measuredHistory.parse(json)), ...(checkpoints.length > 0 && { topology }) },
  ]);
}
/** Larger files are split: no file of the repository should be unwieldy. */
const FILE_BYTES = 400_000;

const before = new Map(
  readdirSync(GROUND_TRUTH)
    .filter((file) => file.endsWith('.json') && file !== EXPECTED)
    .flatMap((file) => {
      const name = path.join(GROUND_TRUTH, file);
      const { histories } = compactFile.parse(JSON.parse(readFileSync(name, 'utf8')));
      rmSync(name);
      return histories.map((history) => [history.name, history.requires] as const);
    }),
);
for (const [family, histories] of families) {
  const parts: CompactHistory[][] = [[]];
  let bytes = 0;
  for (const history of histories) {
    const requires = before.get(history.name);
    if (requires) history.requires = requires;
    const { length } = JSON.stringify(history, null, 1);
    if (bytes + length > FILE_BYTES && bytes > 0) {
      parts.push([]);
      bytes = 0;
    }
    bytes += length;
    parts.at(-1)?.push(history);
  }
  for (const [index, part] of parts.entries()) {
    const file = parts.length === 1 ? `${family}.json` : `${family}-${index + 1}.json`;
    writeFileSync(path.join(GROUND_TRUTH, file), `${JSON.stringify({ family, kernel, histories: part }, null, 1)}\n`);
  }
}
