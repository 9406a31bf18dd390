// SPDX-License-Identifier: GPL-2.0-or-later
// Results of many histories -> figures by family, and what each change explains.
import type { HistoryResult } from './measure.ts';

export interface FamilyRow {
  family: string;
  histories: number;
  equal: number;
  explained: number;
  differ: number;
  notRun: number;
  checks: number;
  /** Checks that were compared, and those whose three counts are equal. */
  compared: number;
  equalCounts: number;
  /** Topologies that were compared, and the equal ones. */
  topologies: number;
  equalTopologies: number;
}

const COLUMNS = [
  'histories',
  'equal',
  'explained',
  'differ',
  'notRun',
  'checks',
  'compared',
  'equalCounts',
  'topologies',
  'equalTopologies',
] as const;

/** One row a family, then the sum of all. */
export function familyRows(histories: readonly HistoryResult[]): FamilyRow[] {
  const rows = new Map<string, FamilyRow>();
  const total = emptyRow('all');
  for (const history of histories) {
    const row = rows.get(history.family) ?? emptyRow(history.family);
    rows.set(history.family, row);
    const is = (status: HistoryResult['status']): number => (history.status === status ? 1 : 0);
    const figures = {
      histories: 1,
      equal: is('equal'),
      explained: is('explained'),
      differ: is('differs'),
      notRun: is('not run'),
      checks: history.checks,
      compared: history.compared,
      equalCounts: history.equalCounts,
      topologies: history.topologies,
      equalTopologies: history.equalTopologies,
    };
    for (const column of COLUMNS) {
      row[column] += figures[column];
      total[column] += figures[column];
    }
  }
  return [...rows.values(), total];
}

function emptyRow(family: string): FamilyRow {
  const zero = Object.fromEntries(COLUMNS.map((column) => [column, 0])) as Record<(typeof COLUMNS)[number], number>;
  return { family, ...zero };
}

/** Change -> the histories that it explains, alone or with others. */
export function explainedBy(histories: readonly HistoryResult[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, changes, virtualOffsets, requires } of histories) {
    const all = [...changes, ...(virtualOffsets > 0 ? ['virtual-page-offset'] : []), ...(requires ? [requires] : [])];
    for (const change of all) found.set(change, [...(found.get(change) ?? []), name]);
  }
  return found;
}

/** 1: differences without an explanation; 3: some histories could not be run, other than for what they require; else 0. */
export function exitCodeOf(histories: readonly HistoryResult[]): 0 | 1 | 3 {
  if (histories.some(({ status }) => status === 'differs')) return 1;
  return histories.some(({ status, requires }) => status === 'not run' && requires === undefined) ? 3 : 0;
}
