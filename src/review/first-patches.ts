// SPDX-License-Identifier: GPL-2.0-or-later
// Which patch is to blame: sets it on the faults of base against final, asking each boundary once.
import { type BoundaryRuns, findFirstPatches } from './bisect.ts';
import type { Fault } from './faults.ts';

/**
 * Introduced and fixed faults get their patch. The same fault of a scenario in check and in prod is asked for in check
 * only. Out: notes for the report.
 */
export async function blamePatches(
  faults: Fault[],
  last: number,
  runsAt: BoundaryRuns,
  mayBuild: () => boolean,
): Promise<string[]> {
  const keyOf = ({ status, scenario, flavour, violation }: Fault) =>
    JSON.stringify([status, scenario, flavour.variant, violation.signature]);
  const leaders = new Map<string, Fault>();
  const wanted = faults.filter((fault) => fault.status === 'introduced' || fault.status === 'fixed');
  for (const fault of [...wanted].sort((a, b) => (a.flavour.config < b.flavour.config ? -1 : 1))) {
    if (!leaders.has(keyOf(fault))) leaders.set(keyOf(fault), fault);
  }
  const notes = await findFirstPatches([...leaders.values()], last, runsAt, mayBuild);
  for (const fault of wanted) fault.patch = leaders.get(keyOf(fault))?.patch ?? fault.patch;
  return notes;
}
