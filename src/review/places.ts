// SPDX-License-Identifier: GPL-2.0-or-later
// Findings whose fault has no place of its own (a walk that misses a folio) -> the changed code of the first bad patch
// that ran in the scenario, a line for each function.
import type { ChangedLine } from '../semantics/values.ts';
import { unpackBlocks } from '../simulator/blocks.ts';
import type { Rooms } from './rooms.ts';
import type { Side } from './sides.ts';
import type { Finding } from './values.ts';

/** Functions named for one finding. */
const PLACES_MAX = 3;

/** Fills `where` of introduced findings that have none. */
export async function placeFindings(
  findings: Finding[],
  changedLines: ChangedLine[],
  sides: Side[],
  rooms: Rooms,
): Promise<void> {
  for (const finding of findings) {
    if (finding.status !== 'introduced' || finding.where.length > 0) continue;
    const side = sides.find(({ flavour }) => flavour.config === finding.config && flavour.variant === finding.variant);
    const run = side?.patched.runs.get(finding.scenario);
    if (!side || !run) continue;
    const lines = changedLines.filter(({ patch }) => patch === finding.patch);
    const files = [...new Set(lines.map(({ file }) => file))].sort();
    const executed = await rooms.executedLines(side.patched.image, unpackBlocks(run.blocks), files);
    const ran = lines.filter(({ file, line }) => executed.get(file)?.executed.has(line));
    const first = new Map<string, ChangedLine>();
    for (const one of ran) {
      const key = `${one.file} ${one.function ?? ''}`;
      if (!first.has(key)) first.set(key, one);
    }
    finding.where = [...first.values()]
      .slice(0, PLACES_MAX)
      .map(({ file, line, function: name }) => ({ file, line, function: name ?? '' }));
    finding.whereIs = 'changed-code';
  }
}
