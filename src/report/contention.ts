// SPDX-License-Identifier: GPL-2.0-or-later
// What operations wait for locks when many processors do them at once, as sentences and as a table of text.
import type { Contention, Review } from '../review/values.ts';
import { counted } from './text.ts';

type Curve = Contention['curves'][number];

/** Curves whose ends differ, the largest difference first (the review's order). */
export function changedCurves({ contention }: Review): Curve[] {
  return (contention?.curves ?? []).filter(({ before, after }) => before.at(-1) !== after.at(-1));
}

/** One sentence for each kind of step that waits more or less with the most processors. */
export function contentionSentences(review: Review): string[] {
  const most = review.contention?.processors.at(-1) ?? 0;
  return changedCurves(review).map(({ operation, before, after }) => {
    const [from, to] = [before.at(-1) ?? 0, after.at(-1) ?? 0];
    const how = to > from ? 'longer' : 'less long';
    return `With ${counted(most, 'processor')} at it, "${operation}" waits ${how} for locks: ${to} instead of ${from} basic blocks each time (replayed).`;
  });
}

/** Heads and rows: operation, side, a column for each number of processors. Equal sides are one row. */
export function contentionTable({ contention }: Review): { heads: string[]; rows: string[][] } {
  if (contention === undefined) return { heads: [], rows: [] };
  const heads = ['operation', 'side', ...contention.processors.map((count) => `${count} CPU${count > 1 ? 's' : ''}`)];
  const rows = contention.curves.flatMap(({ operation, before, after }) => {
    const same = before.join() === after.join();
    const cells = (side: string, waits: number[]) => [operation, side, ...waits.map(String)];
    return same ? [cells('both', before)] : [cells('before', before), cells('after', after)];
  });
  return { heads, rows };
}
