// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { contentionOf, lockProfile } from '../../src/review/lock-profile.ts';
import { compareRuns } from '../../src/simulator/compare.ts';
import { emptyRun } from '../../src/simulator/run.ts';
import type { Run } from '../../src/simulator/values.ts';

function run(scenario: string, steps: [text: string, work: Record<string, number>][]): Run {
  return { ...emptyRun(scenario, 'prod'), steps: steps.map(([text]) => text), work: steps.map(([, work]) => work) };
}

/** A step that holds a lock once, and touches nodes under it. */
const step = (lock: string, held: number, nodes: number, blocks = 1000) => ({
  [`lock ${lock} (write)`]: 1,
  [`held ${lock} (write)`]: held,
  [`nodes ${lock} (write)`]: nodes,
  blocks,
});

const base = [
  run('one', [['P: fork C', step('anon_vma.rwsem', 100, 3)]]),
  run('two', [['P: fork C', step('mm_struct.mmap_lock', 900, 0)]]),
];

describe('the profile of locks by scenario', () => {
  it('tells what differs, where it does', () => {
    const patched = [run('one', [['P: fork C', step('anon_vma.rwsem', 400, 9)]]), ...base.slice(1)];
    expect(lockProfile(compareRuns(base, patched))).toEqual([
      {
        ...{ scenario: 'one', lock: 'anon_vma.rwsem', mode: 'write' },
        ...{ before: { taken: 1, blocks: 100, nodes: 3 }, after: { taken: 1, blocks: 400, nodes: 9 } },
      },
    ]);
  });

  it('says nothing where only the code under a lock has changed', () => {
    const patched = [run('one', [['P: fork C', step('anon_vma.rwsem', 101, 3)]]), ...base.slice(1)];
    expect(lockProfile(compareRuns(base, patched))).toEqual([]);
  });
});

describe('waiting with many processors', () => {
  it('grows with the section, base against patched', async () => {
    const patched = [run('one', [['P: fork C', step('anon_vma.rwsem', 400, 9)]]), ...base.slice(1)];
    const found = await contentionOf(compareRuns(base, patched));
    expect(found?.processors).toEqual([1, 2, 4, 8, 16, 32, 64]);
    const [curve, ...more] = found?.curves ?? [];
    expect(more).toEqual([]);
    expect(curve).toMatchObject({ operation: 'fork', steps: 1 });
    expect(curve?.before[0]).toBe(0);
    expect(curve?.after.at(-1)).toBeGreaterThan(2 * (curve?.before.at(-1) ?? 0));
  });

  it('takes no lock of one process for shared', async () => {
    const own = [run('two', [['P: fork C', step('mm_struct.mmap_lock', 900, 0)]])];
    expect(await contentionOf(compareRuns(own, own))).toBeUndefined();
  });
});
