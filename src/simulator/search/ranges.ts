// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of block ids as [from, to) ranges, ascending.
import type { Ranges } from './values.ts';

/** Tells whether an id lies in the ranges. */
export function inRanges(ranges: Ranges): (id: number) => boolean {
  const ids = new Set<number>();
  for (const [from, to] of ranges) for (let id = from; id < to; id++) ids.add(id);
  return (id) => ids.has(id);
}

/** Ids as ranges. */
export function toRanges(ids: Iterable<number>): Ranges {
  const ranges: Ranges = [];
  for (const id of [...ids].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === id) last[1] = id + 1;
    else ranges.push([id, id + 1]);
  }
  return ranges;
}
