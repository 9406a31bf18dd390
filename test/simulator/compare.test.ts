// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import { compareRuns } from '../../src/simulator/compare.ts';
import { emptyRun } from '../../src/simulator/run.ts';
import type { ObjectCount, Run, Violation } from '../../src/simulator/values.ts';

const violation = (signature: string, evidence = ''): Violation => ({
  invariant: signature.split(':')[0] ?? '',
  severity: 'violation',
  step: 0,
  evidence,
  where: [],
  signature,
  modelled: [],
});
const count = (object: string, live: number, size: number, rcuPending = 0): ObjectCount => ({
  object,
  live,
  rcuPending,
  size,
});
const run = (scenario: string, parts: Partial<Run> = {}): Run => ({
  ...emptyRun(scenario, 'prod'),
  steps: ['P: exit'],
  ...parts,
});

test('a violation is introduced, fixed or was there before, by its signature', () => {
  const base = [
    run('a', { violations: [violation('data: x', 'page 1'), violation('keys: y')] }),
    run('b', { violations: [violation('locks: z')] }),
  ];
  const patched = [
    run('a', { violations: [violation('data: x', 'page 2'), violation('recount: n')] }),
    run('b', { inconclusive: 'why' }),
  ];
  const { violations, inconclusive, judged } = compareRuns(base, patched);
  expect(
    violations.map(({ status, scenario, violation: { signature, evidence } }) => [
      scenario,
      status,
      signature,
      evidence,
    ]),
  ).toEqual([
    ['a', 'pre-existing', 'data: x', 'page 2'],
    ['a', 'introduced', 'recount: n', ''],
    ['a', 'fixed', 'keys: y', ''],
  ]);
  expect(inconclusive).toEqual([{ scenario: 'b', config: 'prod', side: 'patched', reason: 'why' }]);
  expect(judged).toEqual([{ scenario: 'a', config: 'prod' }]);
});

test('the same scenario in another configuration is another pair', () => {
  const base = [run('a', { violations: [violation('data: x')] }), run('a', { config: 'check' })];
  const patched = [
    run('a', { config: 'check', violations: [violation('data: x')] }),
    run('a', { violations: [violation('data: x')] }),
  ];
  expect(compareRuns(base, patched).violations.map(({ config, status }) => [config, status])).toEqual([
    ['check', 'introduced'],
    ['prod', 'pre-existing'],
  ]);
});

test('memory stands side by side at each mark, objects of one side only too', () => {
  const mark = (name: string, ...objects: ObjectCount[]): Run['marks'][number] => ({ name, step: 1, objects });
  const base = [
    run('a', {
      marks: [mark('m', count('anon_vma', 3, 96, 1), count('kmalloc-8', 0, 8)), mark('n', count('anon_vma', 1, 96))],
    }),
  ];
  const patched = [
    run('a', { marks: [mark('m', count('anon_vma', 2, 88), count('cow_context', 1, 64), count('kmalloc-8', 0, 8))] }),
  ];
  expect(compareRuns(base, patched).memory).toEqual([
    {
      scenario: 'a',
      config: 'prod',
      mark: 'm',
      object: 'anon_vma',
      before: { live: 3, rcuPending: 1, size: 96, bytes: 288 },
      after: { live: 2, rcuPending: 0, size: 88, bytes: 176 },
    },
    {
      scenario: 'a',
      config: 'prod',
      mark: 'm',
      object: 'cow_context',
      before: { live: 0, rcuPending: 0, size: 0, bytes: 0 },
      after: { live: 1, rcuPending: 0, size: 64, bytes: 64 },
    },
  ]);
});

test('a run without its counterpart is not silently lost, a skipped one is no gap', () => {
  const { inconclusive, judged } = compareRuns(
    [run('a'), run('s', { skipped: 'needs x' })],
    [run('b'), run('s', { skipped: 'needs x' })],
  );
  expect(inconclusive.map(({ scenario, side }) => [scenario, side])).toEqual([
    ['b', 'base'],
    ['a', 'patched'],
  ]);
  expect(judged).toEqual([]);
});
