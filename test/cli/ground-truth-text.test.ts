// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import { behaviourText } from '../../src/cli/behaviour.ts';
import { fidelityText } from '../../src/cli/ground-truth-text.ts';
import { type HistoryResult, loadChanges } from '../../src/fidelity/index.ts';

const difference = {
  step: 4,
  at: 'checkpoint forked',
  what: 'counts' as const,
  expected: 'vm_area_struct 2, anon_vma 2, anon_vma_chain 3',
  got: 'vm_area_struct 2, anon_vma 2, anon_vma_chain 4',
  figure: '2 2 4',
  before: 'P: fork C1',
};

function result(name: string, extra: Partial<HistoryResult> = {}): HistoryResult {
  return {
    ...{ family: 'fork', name, checks: 3, compared: 3, equal: 3, equalCounts: 3, topologies: 2, equalTopologies: 2 },
    ...{ virtualOffsets: 0, differences: [], status: 'equal', changes: [] },
    ...extra,
  };
}

const text = (histories: HistoryResult[]) =>
  fidelityText({ tree: 'debian:7.3', version: '7.3.0', histories }, loadChanges());

test('a table by family, then explanations, what was not run, and differences with the step before', () => {
  const said = text([
    result('same'),
    result('cloned', { status: 'explained', changes: ['clone-chain-order'], equal: 1, differences: [difference] }),
    result('several', {
      status: 'not run',
      requires: 'mremap-multi',
      notRun: 'requires mremap-multi (step 2)',
      compared: 1,
    }),
    result('broken', { status: 'differs', equal: 2, differences: Array(5).fill(difference) }),
  ]);
  expect(said).toMatch(/^ {2}fork +4 +1 +1 +1 +1 +12 +10 +12 +8 +8$/m);
  expect(said).toMatch(/^ {2}all +4 /m);
  expect(said.replace(/\s+/g, ' ')).toContain('clone-chain-order: "mm/rmap: allocate anon_vma_chain objects unlocked');
  expect(said).toContain('1 history: cloned');
  expect(said.replace(/\s+/g, ' ')).toContain('several: requires mremap-multi (step 2); 1 of 3 checks compared before');
  expect(said).toContain(
    [
      'differs: broken',
      '  checkpoint forked, counts, after "P: fork C1"',
      '    expected: vm_area_struct 2, anon_vma 2, anon_vma_chain 3',
      '    got: vm_area_struct 2, anon_vma 2, anon_vma_chain 4',
    ].join('\n'),
  );
  expect(said).toContain('  and 2 more\n');
  expect(said).toMatch(/4 histories, 1 with differences that nothing explains\n$/);
});

test('an entry that is not needed is said to be', () => {
  const entry = 'the expected difference (clone-chain-order) is not there';
  expect(text([result('same', { status: 'differs', entry })])).toContain(`differs: same: ${entry}\n`);
});

test('hostile names cannot move the cursor', () => {
  const got = '\u001b[2Jcleared';
  expect(text([result('x', { status: 'differs', differences: [{ ...difference, got }] })])).not.toContain('\u001b');
});

test('two trees: what a known change made, and the rest with both sides', () => {
  const said = behaviourText(
    [result('same'), result('copied', { virtualOffsets: 3 }), result('broken', { differences: [difference] })],
    loadChanges(),
  );
  expect(said).toContain('3 scenarios, 9 moments');
  expect(said).toMatch(/virtual-page-offset: "mm\/vma: introduce VMA virtual page offset/);
  expect(said).toContain('1 scenario: copied');
  expect(said).toContain('    before: vm_area_struct 2, anon_vma 2, anon_vma_chain 3');
  expect(said).toContain('    after: vm_area_struct 2, anon_vma 2, anon_vma_chain 4');
  expect(said).toContain('1 scenario with behaviour that no change listed here explains');
});
