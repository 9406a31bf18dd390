// SPDX-License-Identifier: GPL-2.0-or-later
// Executed basic blocks of a run as short text: a run executes some 2,000 ranges of them, and a review handles 750 runs.
import { pack, unpack } from '../kernel/packed.ts';

/** Ids of blocks as ascending [from, to) ranges. */
export type BlockRanges = [number, number][];

export function packBlocks(ranges: BlockRanges): string {
  return pack(ranges);
}

export function unpackBlocks(text: string): BlockRanges {
  const flat = unpack(text, 2);
  const ranges: BlockRanges = [];
  for (let at = 0; at + 1 < flat.length; at += 2) ranges.push([flat[at] ?? 0, flat[at + 1] ?? 0]);
  return ranges;
}

/** The blocks of several runs together. */
export function unionOfBlocks(texts: Iterable<string>): BlockRanges {
  /** +1 where a range begins, -1 where it ends. */
  const steps = new Map<number, number>();
  const note = (at: number, step: number) => steps.set(at, (steps.get(at) ?? 0) + step);
  for (const text of texts) {
    const flat = unpack(text, 2);
    for (let at = 0; at < flat.length; at++) note(flat[at] ?? 0, at % 2 === 0 ? 1 : -1);
  }
  const union: BlockRanges = [];
  let open = 0;
  let from = 0;
  for (const [at, step] of [...steps].sort((a, b) => a[0] - b[0])) {
    if (open === 0 && step > 0) from = at;
    open += step;
    if (open === 0 && step !== 0) union.push([from, at]);
  }
  return union;
}
