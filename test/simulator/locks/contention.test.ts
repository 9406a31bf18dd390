// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { type Operation, PROCESSORS, waiting } from '../../../src/simulator/locks/contention.ts';

const one = (shared: boolean, times: number, held: number, blocks = 1000): Operation => ({
  blocks,
  sections: times === 0 ? [] : [{ lock: 'anon_vma.rwsem', shared, times, blocks: held }],
});

describe('a profile replayed', () => {
  it('makes nobody wait alone, without locks, or among readers', () => {
    expect(waiting([one(false, 1, 900)], [1])).toEqual([0]);
    expect(waiting([one(false, 0, 0)])).toEqual(PROCESSORS.map(() => 0));
    expect(waiting([one(true, 3, 900)])).toEqual(PROCESSORS.map(() => 0));
  });

  it('makes writers wait once the lock is always held: n sections of 100 one after the other, less the operation', () => {
    const [at4, at64] = waiting([one(false, 1, 100)], [4, 64]);
    expect(at4).toBe(0);
    // 64 * 100 - 1000, short of the time in which the queue builds up.
    expect(at64).toBeGreaterThan(0.97 * 5400);
    expect(at64).toBeLessThanOrEqual(5400);
  });

  it('tells a longer section from a shorter one, and more from fewer processors', () => {
    const [short, long] = [waiting([one(false, 1, 100)]), waiting([one(false, 1, 200)])];
    for (const [i, wait] of long.entries()) expect(wait).toBeGreaterThanOrEqual(short[i] ?? 0);
    expect(long).toEqual([...long].sort((a, b) => a - b));
    expect(long.at(-1)).toBeGreaterThan(2 * (short.at(-1) ?? 0));
  });

  it('lets a writer hold up the readers that come after it', () => {
    const mixed = waiting([one(true, 1, 300), one(false, 1, 300)], [16])[0] ?? 0;
    expect(mixed).toBeGreaterThan(0);
    expect(mixed).toBeLessThan(waiting([one(false, 1, 300)], [16])[0] ?? 0);
  });

  it('lets a writer wait until the readers have gone', () => {
    const [wait] = waiting([one(true, 1, 990), one(false, 1, 1)], [4]);
    expect(wait).toBeGreaterThan(0);
  });

  it('is the same each time', () => {
    const operations = [one(true, 3, 100), one(false, 2, 51), one(false, 0, 0, 777)];
    expect(waiting(operations)).toEqual(waiting(structuredClone(operations)));
  });
});
