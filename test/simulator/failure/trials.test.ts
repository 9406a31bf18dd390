// SPDX-License-Identifier: GPL-2.0-or-later
// Steps of which each allocation fails in its turn, on a toy that is short of memory.
import { describe, expect, test } from 'vitest';
import { compareRuns } from '../../../src/simulator/compare.ts';
import { runScenario } from '../../../src/simulator/run.ts';
import type { Run } from '../../../src/simulator/values.ts';
import { found, scenarioOf } from '../toy.ts';
import { type Misdeed, ShortMachine } from './short-machine.ts';

const START = ['P: mmap A 4 rw private anon', 'P: write A'];
const FORK = [...START, '{P: fork C, fail: each}', 'C: write A 0', 'mark: forked'];
const SPLIT = [...START, '{P: mprotect A 1 2 r, fail: each}', 'P: write A 0'];

const run = (steps: string[], misdeed: Misdeed = 'none'): Run =>
  runScenario(new ShortMachine(misdeed), scenarioOf(steps));

describe('allocations of a step fail in turn', () => {
  test('each once, until the step asks for no more; then the history goes on as if nothing had been', () => {
    const tried = run(FORK);
    expect(found(tried)).toEqual([]);
    expect(tried.refusals).toEqual([
      { step: 2, number: 1, site: 'anon_vma in toy_fork_1', errno: 'ENOMEM' },
      { step: 2, number: 2, site: 'anon_vma in toy_fork_2', errno: 'ENOMEM' },
      { step: 2, number: 3, site: 'anon_vma in toy_fork_3', errno: 'ENOMEM' },
    ]);
    const plain = run([...START, 'P: fork C', 'C: write A 0', 'mark: forked']);
    expect({ ...tried, refusals: undefined, elapsedMs: 0 }).toEqual({ ...plain, refusals: undefined, elapsedMs: 0 });
  });

  test('or the one that is asked for, where there is one', () => {
    const with_ = (fail: string): Run['refusals'] => run([...START, `{P: fork C, fail: ${fail}}`]).refusals;
    expect(with_('allocation 2')).toMatchObject([{ number: 2, site: 'anon_vma in toy_fork_2' }]);
    expect(with_('allocation 4')).toEqual([]);
  });

  test.each<[Misdeed, string[], string[]]>([
    ['leaks-child', FORK, ['no-leak: mm_struct leaked (anon_vma in toy_fork_1)']],
    ['wrong-errno', SPLIT, ['failure: mprotect fails with EINVAL (anon_vma_chain in toy_split_1)']],
    ['lies', SPLIT, ['step-result: VMA with wrong rights (anon_vma_chain in toy_split_1)']],
    [
      'does-not-recover',
      SPLIT,
      ['failure: mprotect fails with ENOMEM when tried again (anon_vma_chain in toy_split_1)'],
    ],
  ])('%s is found', (misdeed, steps, expected) => {
    const signatures = found(run(steps, misdeed));
    expect(signatures).toEqual(expect.arrayContaining(expected));
  });

  test('what is found names the allocation, who asked for it, and the step', () => {
    const [violation] = run(SPLIT, 'wrong-errno').violations;
    expect(violation).toMatchObject({
      step: 2,
      where: [{ file: 'mm/toy.c', line: 7, function: 'toy_split_1' }],
      evidence:
        'after allocation 1 of the step (anon_vma_chain, 64 bytes, in toy_split_1 (mm/toy.c:7)) failed: mprotect A 1 2 r fails with EINVAL',
    });
  });

  test('what a failed step leaves is a finding only where the base, failed at the same place, does not leave it', () => {
    const [tidy, splits] = [run(SPLIT), run(SPLIT, 'splits')];
    expect(found(splits)).toEqual([]);
    const introduced = compareRuns([tidy], [splits]).violations.map(({ status, violation }) => [
      status,
      violation.signature,
    ]);
    expect(introduced).toContainEqual([
      'introduced',
      'failure: leaves more VMAs of P, which the base does not (anon_vma_chain in toy_split_1)',
    ]);
    expect(compareRuns([splits], [splits]).violations).toEqual([]);
    // A place at which nothing failed in the base says nothing.
    expect(compareRuns([{ ...tidy, refusals: [] }], [splits]).violations).toEqual([]);
  });
});
