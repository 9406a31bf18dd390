// SPDX-License-Identifier: GPL-2.0-or-later
// One design at one mark -> the rows that every form of a laboratory's report shows, in words and numbers.
import type { LabMark, LabRun } from '../designs/lab-values.ts';

export interface LabRow {
  title: string;
  /** One cell a design; undefined where it has none. */
  cells: (number | undefined)[];
  /** Digits behind the point. */
  digits: number;
}

const OPERATIONS = ['fork', 'split', 'move'] as const;

/** In: the same history's runs, one a design, and the index of a mark. */
export function rowsOf(runs: readonly LabRun[], mark: number): LabRow[] {
  const marks = runs.map((run) => run.marks[mark]);
  const rows: LabRow[] = [];
  const add = (title: string, cell: (mark: LabMark) => number | undefined, digits = 0): void => {
    const cells = marks.map((one) => (one === undefined ? undefined : cell(one)));
    if (cells.some((value) => value !== undefined)) rows.push({ title, cells, digits });
  };
  for (const object of new Set(marks.flatMap((one) => one?.objects.map((known) => known.object) ?? [])))
    add(object, (one) => one.objects.find((known) => known.object === object)?.live);
  add('bytes of all these', ({ bytes }) => bytes);
  add('bytes a VMA', ({ vmas, bytesPerVma }) => (vmas === 0 ? undefined : bytesPerVma), 1);
  for (const kind of OPERATIONS) {
    const each = (value: 'allocations' | 'locks') => (one: LabMark) =>
      one.costs[kind].count === 0 ? undefined : one.costs[kind][value] / one.costs[kind].count;
    add(`allocations a ${kind}`, each('allocations'), 2);
    add(`locks a ${kind}`, each('locks'), 2);
  }
  const walked =
    (of: 'visits' | 'objects', what: 'mean' | 'p99' | 'worst') =>
    ({ walks }: LabMark): number | undefined =>
      walks.walks === 0 ? undefined : walks[of][what];
  for (const [of, title] of [
    ['visits', 'VMAs a walk shows'],
    ['objects', 'objects a walk looks at'],
  ] as const) {
    add(`${title}, mean`, walked(of, 'mean'), 2);
    add(`${title}, 99th`, walked(of, 'p99'));
    add(`${title}, worst`, walked(of, 'worst'));
  }
  add('longest hold, objects', ({ longestHold }) => longestHold?.objects);
  return rows;
}

/** "anon-vma" or "anon-vma-lazy (retry no)": a design with what was chosen other than the model takes it. */
export function titleOf(design: {
  name: string;
  chosen: Readonly<Record<string, string>>;
  options: readonly { name: string; value: string }[];
}): string {
  const given = design.options.filter(({ name, value }) => design.chosen[name] !== value);
  const words = given.map(({ name }) => `${name} ${design.chosen[name]}`);
  return words.length === 0 ? design.name : `${design.name} (${words.join(', ')})`;
}

/** Runs of each history together, in the order of the report. */
export function byHistory(runs: readonly LabRun[]): LabRun[][] {
  return [...Map.groupBy(runs, ({ history, scale }) => `${history} ${scale ?? ''}`).values()];
}
