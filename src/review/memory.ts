// SPDX-License-Identifier: GPL-2.0-or-later
// The simulator's comparison of base and patched (prod) -> the rows of the contract: objects and bytes, walks.
import type { Comparison, Side } from '../simulator/compare.ts';
import type { Flavour } from './images.ts';
import type { BehaviourRow, MemoryRow } from './values.ts';

/** Kinds of object that every review shows, changed or not. Others are shown where base and patched differ. */
const ALWAYS = new Set(['vm_area_struct', 'anon_vma', 'anon_vma_chain', 'mm_struct', 'maple_node']);

/** One row per scenario, mark and object, of the scenarios that both sides could judge. */
export function memoryRows(comparison: Comparison, { variant }: Flavour): MemoryRow[] {
  const judged = new Set(comparison.judged.map((one) => one.scenario));
  const rows = comparison.memory
    .filter((row) => judged.has(row.scenario) && (ALWAYS.has(row.object) || !same(row.before, row.after)))
    .map(({ scenario, mark, config, object, before, after }) => {
      return { scenario, mark, config, variant, object, before: amount(before), after: amount(after) };
    });
  return byScenario(rows);
}

/** Walks and their costs, where base and patched differ. */
export function behaviourRows(comparison: Comparison, { variant }: Flavour): BehaviourRow[] {
  const judged = new Set(comparison.judged.map((one) => one.scenario));
  const rows: BehaviourRow[] = [];
  for (const { scenario, config, before, after } of comparison.walks) {
    if (!judged.has(scenario)) continue;
    const pairs = [
      ['walks', before.count, after.count],
      ['visits', before.visits, after.visits],
      ['worst-walk', before.worst, after.worst],
    ] as const;
    for (const [what, from, to] of pairs) {
      if (from !== to) rows.push({ scenario, config, variant, what, before: from, after: to });
    }
  }
  return byScenario(rows);
}

/** Stable: marks and objects keep their order within a scenario. */
function byScenario<T extends { scenario: string }>(rows: T[]): T[] {
  return rows.sort((a, b) => (a.scenario < b.scenario ? -1 : a.scenario > b.scenario ? 1 : 0));
}

function amount({ live, bytes, rcuPending }: Side): MemoryRow['before'] {
  return { count: live, bytes, rcuPending };
}

function same(a: Side, b: Side): boolean {
  return a.live === b.live && a.bytes === b.bytes && a.rcuPending === b.rcuPending;
}
