// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, it } from 'vitest';
import { comparisonText, runsText } from '../../src/cli/simulate-text.ts';
import { memoryRows } from '../../src/review/memory.ts';
import { compareRuns, type Run } from '../../src/simulator/index.ts';

function run(more: Partial<Run>): Run {
  return {
    scenario: 'split',
    config: 'prod',
    steps: ['P: mmap A 8 rw private anon', 'P: munmap A 3 2'],
    violations: [],
    marks: [{ name: 'cut', step: 1, objects: [{ object: 'anon_vma', live: 2, rcuPending: 1, size: 96 }] }],
    walks: { count: 1, visits: 8, worst: 2 },
    blocks: '',
    elapsedMs: 1,
    ...more,
  };
}

const BROKEN: Run['violations'][number] = {
  invariant: 'keys',
  severity: 'violation',
  step: 1,
  evidence: 'the node of P:A+5 says pages 0 to 2\u001b[31m',
  where: [{ file: 'mm/vma.c', line: 7, function: 'vma_prepare' }],
  signature: 'keys: range',
  modelled: [],
};

it('says what each run of a tree showed', () => {
  const text = runsText('debian:7.3', [
    run({ config: 'check', violations: [BROKEN] }),
    run({}),
    run({ scenario: 'ksm', skipped: 'needs ksm', marks: [] }),
    run({ scenario: 'swap', inconclusive: 'needs swap_readpage', marks: [] }),
  ]);
  expect(text).toBe(`debian:7.3

violated: split (check), 2 steps
  keys after "P: munmap A 3 2"
    the node of P:A+5 says pages 0 to 2\\x1b[31m
    at vma_prepare() mm/vma.c:7
ok: split (prod), 2 steps
not for this tree: ksm (prod): needs ksm
not judged: swap (prod), 2 steps: needs swap_readpage

Objects at marks (prod)

  scenario  mark  object    live  rcu pending  bytes
  split     cut   anon_vma     2            1    192

3 runs, 1 with violations, 1 not judged, 1 not for this tree
`);
});

it('says what differs between two trees, and nothing else', () => {
  const after = run({
    violations: [BROKEN],
    marks: [{ name: 'cut', step: 1, objects: [{ object: 'anon_vma', live: 1, rcuPending: 1, size: 104 }] }],
    walks: { count: 1, visits: 5, worst: 2 },
  });
  const comparison = compareRuns([run({})], [after]);
  const rows = memoryRows(comparison, { config: 'prod', variant: '' });
  expect(comparisonText('debian:7.2', 'debian:7.3', comparison, rows)).toBe(`debian:7.2 -> debian:7.3

introduced: split (prod)
  keys
    the node of P:A+5 says pages 0 to 2\\x1b[31m
    at vma_prepare() mm/vma.c:7
Objects at marks that differ (prod)

  scenario  mark  object    before  after  change  bytes
  split     cut   anon_vma       2      1      -1    -88

walks of split: 8 -> 5 visits, worst 2 -> 2

1 run judged on both, 0 violations on both
`);
  const same = compareRuns([run({})], [run({})]);
  const nothing = comparisonText('a', 'b', same, memoryRows(same, { config: 'prod', variant: '' }));
  expect(nothing).toBe('a -> b\n\n\n1 run judged on both, 0 violations on both\n');
});
