// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/semantics/limits.ts';
import { keptLines } from '../../src/semantics/line-diff.ts';

/** Length of the longest common subsequence, by the textbook's table. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const next = [0];
    for (const [j, y] of b.entries()) {
      next.push(x === y ? (row[j] as number) + 1 : Math.max(row[j + 1] as number, next[j] as number));
    }
    row = next;
  }
  return row[b.length] as number;
}

describe('keptLines', () => {
  it('keeps as many lines as can be kept, in order, each equal to its origin', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const kept = keptLines(before, after);
        const pairs = [...kept].map((from, to) => ({ from, to })).filter((pair) => pair.from >= 0);
        for (const { from, to } of pairs) expect(before[from]).toBe(after[to]);
        expect(pairs.every((pair, i) => i === 0 || pair.from > (pairs[i - 1]?.from ?? -1))).toBe(true);
        expect(pairs).toHaveLength(commonLength(before, after));
      }),
      { numRuns: 500 },
    );
  });

  it('calls everything between the common ends new beyond its limit', () => {
    const lines = (prefix: string) => Array.from({ length: limits.differingLinesMax }, (_, i) => `${prefix}${i}`);
    const kept = keptLines(['head', ...lines('a'), 'tail'], ['head', ...lines('b'), 'tail']);
    expect([...kept].filter((from) => from >= 0)).toHaveLength(2);
  });
});
