// SPDX-License-Identifier: GPL-2.0-or-later
// Memory rows -> totals by object, for every form of the report.
import type { Review } from '../review/values.ts';
import { kilobytes, signedKilobytes } from './amounts.ts';
import { signed } from './text.ts';

export interface Total {
  object: string;
  before: number;
  after: number;
  bytesBefore: number;
  bytesAfter: number;
}

/** Summed over all marks of all scenarios, the author's defaults only; what changes most first. */
export function memoryTotals({ memory }: Pick<Review, 'memory'>): { totals: Total[]; marks: number } {
  const rows = memory.filter((row) => row.variant === '');
  const byObject = new Map<string, Total>();
  for (const { object, before, after } of rows) {
    const total = byObject.get(object) ?? { object, before: 0, after: 0, bytesBefore: 0, bytesAfter: 0 };
    total.before += before.count;
    total.after += after.count;
    total.bytesBefore += before.bytes;
    total.bytesAfter += after.bytes;
    byObject.set(object, total);
  }
  const marks = new Set(rows.map((row) => `${row.scenario}\n${row.mark}`)).size;
  return { totals: [...byObject.values()].sort((a, b) => changeOf(b) - changeOf(a)), marks };
}

/** A total's figures as every table shows them: before, after, change, and the same in KB. */
export function totalCells({ before, after, bytesBefore, bytesAfter }: Total): string[] {
  return [
    `${before}`,
    `${after}`,
    signed(after - before),
    kilobytes(bytesBefore),
    kilobytes(bytesAfter),
    signedKilobytes(bytesAfter - bytesBefore),
  ];
}

/** How much of a change it is: bytes first, then objects. */
export function changeOf({ before, after, bytesBefore, bytesAfter }: Total): number {
  return Math.abs(bytesAfter - bytesBefore) * 1000 + Math.abs(after - before);
}
