// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BlockRanges, packBlocks, unionOfBlocks, unpackBlocks } from '../../src/simulator/blocks.ts';

/** Ascending, apart from each other. */
const ranges = fc
  .uniqueArray(fc.nat(60_000), { maxLength: 60 })
  .map((bounds) => bounds.sort((a, b) => a - b))
  .map((bounds) =>
    Array.from({ length: bounds.length >> 1 }, (_, i): [number, number] => [
      bounds[2 * i] ?? 0,
      bounds[2 * i + 1] ?? 0,
    ]),
  );

const idsOf = (all: BlockRanges): number[] =>
  all.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));

test('what is packed comes back', () => {
  fc.assert(
    fc.property(ranges, (some) => {
      expect(unpackBlocks(packBlocks(some))).toEqual(some);
    }),
  );
});

test('the union has the blocks of each, in ascending ranges that do not touch', () => {
  fc.assert(
    fc.property(fc.array(ranges, { maxLength: 4 }), (runs) => {
      const union = unionOfBlocks(runs.map(packBlocks));
      const ids = [...new Set(runs.flatMap(idsOf))].sort((a, b) => a - b);
      expect(idsOf(union)).toEqual(ids);
      for (const [i, [from]] of union.entries()) expect(from).toBeGreaterThan(union[i - 1]?.[1] ?? -1);
    }),
    { numRuns: 40 },
  );
});
