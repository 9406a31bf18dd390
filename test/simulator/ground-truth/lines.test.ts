// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareHistory } from '../../../src/simulator/ground-truth/compare.ts';
import { linesOf } from '../../../src/simulator/ground-truth/lines.ts';
import type { GroundTruth } from '../../../src/simulator/ground-truth/load.ts';
import type { Topology } from '../../../src/simulator/ground-truth/values.ts';

/** P with a forked child; names as given. */
function forked(names: string[] = ['AV1', 'AV2', 'F1', 'F2']): Topology {
  const [root, child, one, two] = names;
  const present = (mapcount: number) =>
    [one, two].map((folio, page) => ({ page, anonVma: `${root}`, folio: `${folio}`, index: `A+${page}`, mapcount }));
  const vma = { start: 'A+0', pages: 2, perm: 'rw--', pgoff: 'A+0' };
  const common = { refcount: 1, numChildren: 0, numActiveVmas: 1 };
  return {
    spaces: [
      { process: 'P', mapCount: 1, vmas: [{ ...vma, anonVma: `${root}`, chain: [`${root}`], present: present(2) }] },
      {
        process: 'C1',
        mapCount: 1,
        vmas: [{ ...vma, anonVma: `${child}`, chain: [`${child}`, `${root}`], present: present(2) }],
      },
    ],
    anonVmas: [
      {
        ...common,
        name: `${root}`,
        root: `${root}`,
        parent: `${root}`,
        refcount: 2,
        numChildren: 2,
        tree: ['P:A+0', 'C1:A+0'],
      },
      { ...common, name: `${child}`, root: `${root}`, parent: `${root}`, tree: ['C1:A+0'] },
    ],
  };
}

const whole = { whole: true };
const lines = linesOf(forked(), whole);

test('what the lines say', () => {
  expect(lines).toEqual([
    'C1 has 1 VMAs',
    'C1 A+0 2 rw-- pgoff A+0 anon_vma AV1 chain AV1 AV2',
    'C1 A+0 pages 0-1: F1 index A+0 mapcount 2 AV2',
    'P has 1 VMAs',
    'P A+0 2 rw-- pgoff A+0 anon_vma AV2 chain AV2',
    'P A+0 pages 0-1: F1 index A+0 mapcount 2 AV2',
    'AV1 root AV2 parent AV2 refcount 1 num_children 0 num_active_vmas 1 tree C1:A+0',
    'AV2 root AV2 parent AV2 refcount 2 num_children 2 num_active_vmas 1 tree P:A+0 C1:A+0',
  ]);
});

test('names and the order of processes do not matter', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 4, maxLength: 4 }), (names) => {
      const renamed = forked(names);
      renamed.spaces.reverse();
      renamed.anonVmas?.reverse();
      expect(linesOf(renamed, whole)).toEqual(lines);
    }),
  );
});

test('everything else does', () => {
  const changes: ((topology: Topology) => void)[] = [
    (t) => t.spaces[1]?.vmas[0]?.chain.reverse(),
    (t) => t.anonVmas?.[0]?.tree.reverse(),
    (t) => Object.assign(t.anonVmas?.[0] ?? {}, { refcount: 3 }),
    (t) => Object.assign(t.anonVmas?.[1] ?? {}, { parent: 'AV2' }),
    (t) => Object.assign(t.spaces[0]?.vmas[0]?.present?.[1] ?? {}, { index: 'A+2' }),
    (t) => Object.assign(t.spaces[0]?.vmas[0]?.present?.[1] ?? {}, { mapcount: 1 }),
    (t) => Object.assign(t.spaces[0]?.vmas[0]?.present?.[1] ?? {}, { folio: 'F3' }),
    (t) => t.spaces[0]?.vmas[0]?.present?.pop(),
    (t) => Object.assign(t.spaces[0]?.vmas[0] ?? {}, { anonVma: 'AV2' }),
    (t) => t.anonVmas?.push({ ...(t.anonVmas[0] as NonNullable<typeof t.anonVmas>[0]), name: 'AV9' }),
  ];
  for (const change of changes) {
    const topology = forked();
    change(topology);
    expect(linesOf(topology, whole), `${change}`).not.toEqual(lines);
  }
});

test('a difference tells both sides and the step before; indices that count addresses are told apart', () => {
  const scenario = {
    ...{
      name: 'x',
      about: 'x',
      areas: [],
      requires: [],
      configs: ['prod' as const],
      files: [],
      bounds: {},
      steps: [],
      family: 'toy',
    },
  };
  const checks = [
    { step: 0, counts: [1, 1, 1] },
    { step: 2, checkpoint: 'forked', counts: [2, 2, 3], topology: { whole: true, lines } },
  ];
  const truth: GroundTruth = { family: 'f', name: 'x', scenario, regions: [], unsupported: [], checks };
  const steps = ['P: write A', 'P: fork C1', 'mark: forked'];
  const first = { step: 0, counts: [1, 1, 1] };
  const shifted = forked();
  for (const { vmas } of shifted.spaces) for (const page of vmas[0]?.present ?? []) page.index = `${page.page}`;
  const of = (topology: Topology, fileIndexed?: Topology, counts = [2, 2, 3]) =>
    compareHistory(truth, {
      steps,
      observations: [first, { step: 2, counts, topology, ...(fileIndexed && { fileIndexed }) }],
    });
  expect(of(forked())).toMatchObject({ compared: 2, equal: 2, equalTopologies: 1, virtualOffsets: 0, differences: [] });
  expect(of(shifted, forked())).toMatchObject({ equal: 2, equalTopologies: 0, virtualOffsets: 1, differences: [] });
  const differing = of(shifted, shifted, [2, 2, 4]);
  expect(differing).toMatchObject({ compared: 2, equal: 1, equalCounts: 1, virtualOffsets: 0 });
  expect(differing.differences).toMatchObject([
    {
      at: 'checkpoint forked',
      what: 'counts',
      expected: 'vm_area_struct 2, anon_vma 2, anon_vma_chain 3',
      got: 'vm_area_struct 2, anon_vma 2, anon_vma_chain 4',
      before: 'P: fork C1',
    },
    { what: 'topology', before: 'P: fork C1' },
  ]);
  expect(differing.differences[1]?.expected).toContain('index A+0');
  const stopped = { kind: 'failed', step: 1, text: 'P: fork C1', reason: 'ENOMEM' } as const;
  expect(compareHistory(truth, { steps, observations: [first], stopped })).toMatchObject({
    compared: 1,
    differences: [{ what: 'step', expected: 'success', got: 'ENOMEM', before: 'P: fork C1' }],
  });
  const requires = { kind: 'requires', step: 1, text: 'P: mremap', feature: 'mremap-multi' } as const;
  expect(compareHistory(truth, { steps, observations: [first], stopped: requires })).toMatchObject({
    requires: 'mremap-multi',
    differences: [],
  });
});
