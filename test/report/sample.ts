// SPDX-License-Identifier: GPL-2.0-or-later
// Reviews for the golden files, made by the review room itself from a world of our own.
import { reviewSeries } from '../../src/review/review.ts';
import type { Review } from '../../src/review/values.ts';
import { fakeRequest, fakeRooms, fakeSeries, type World } from '../review/fake.ts';

const SCENARIO = `name: split-in-grandchild
areas: [fork-propagation, vma-split]
about: a leaf two forks deep splits its VMA and merges it back
steps:
  - P: mmap A 8 rw private anon
  - P: write A 0-7
  - P: fork C1
  - C1: fork C2
  - C2: mprotect A 3 2 r
  - mark: split
  - C2: mprotect A 3 2 rw
  - mark: merged
  - exit: all
`;

const scenarios = [
  { name: 'split-in-grandchild', areas: ['fork-propagation', 'vma-split'], text: SCENARIO, steps: 9 },
  {
    name: 'fork-child-write',
    areas: ['fork-propagation'],
    text: SCENARIO.replace(/split-in-grandchild/, 'fork-child-write'),
    steps: 11,
  },
  { name: 'mremap-back', areas: ['vma-move'], text: SCENARIO.replace(/split-in-grandchild/, 'mremap-back'), steps: 6 },
];

const objects = (patch: number) => [
  { object: 'vm_area_struct', live: 5, rcuPending: 0, size: 192 },
  { object: 'anon_vma', live: patch ? 3 : 4, rcuPending: 1, size: patch ? 104 : 96 },
  { object: 'anon_vma_chain', live: patch ? 7 : 9, rcuPending: 0, size: 64 },
  { object: 'mm_struct', live: 3, rcuPending: 0, size: 1408 },
  { object: 'maple_node', live: 6, rcuPending: 2, size: 256 },
];

const vma = (id: number, space: string, from: string, pages: number, access: string, anonVma: string) => {
  return { id, space, from, pages, access, anonVma };
};
const seen = (id: number, at: string, visited = true) => ({ vma: id, at, kind: 'present' as const, visited });
const chain = (id: number, anonVma: string) => ({ vma: id, anonVma, inTree: true });
const anonVmas = [
  { name: 'AV1', root: 'AV1', parent: 'AV1', refcount: 3 },
  { name: 'AV2', root: 'AV1', parent: 'AV1', refcount: 1 },
];
const omitted = { vmas: 0, anonVmas: 0, folios: 0 };

/** A child that splits its VMA and loses the chain to its parent's anon_vma. */
const PICTURES: World['pictures'] = {
  before: {
    vmas: [vma(1, 'P', 'A+0', 8, 'rw-p', 'AV1'), vma(2, 'C1', 'A+0', 8, 'rw-p', 'AV2')],
    anonVmas,
    chains: [chain(1, 'AV1'), chain(2, 'AV1'), chain(2, 'AV2')],
    folios: [
      {
        names: ['folio 1', 'folio 2'],
        count: 2,
        order: 0,
        kind: 'anon',
        anchor: 'AV1',
        entries: [seen(1, 'P:A+0'), seen(2, 'C1:A+0')],
        idle: [],
      },
    ],
    omitted,
  },
  after: {
    vmas: [
      vma(1, 'P', 'A+0', 8, 'rw-p', 'AV1'),
      vma(2, 'C1', 'A+0', 3, 'rw-p', 'AV2'),
      vma(3, 'C1', 'A+3', 5, 'r--p', 'AV2'),
    ],
    anonVmas,
    chains: [chain(1, 'AV1'), chain(2, 'AV1'), chain(2, 'AV2'), chain(3, 'AV2')],
    folios: [
      {
        names: ['folio 2'],
        count: 1,
        order: 0,
        kind: 'anon',
        anchor: 'AV1',
        entries: [seen(1, 'P:A+3'), seen(3, 'C1:A+3', false)],
        idle: [2],
      },
      {
        names: ['folio 1'],
        count: 1,
        order: 0,
        kind: 'anon',
        anchor: 'AV1',
        entries: [seen(1, 'P:A+0'), seen(2, 'C1:A+0')],
        idle: [],
      },
    ],
    omitted: { vmas: 2, anonVmas: 0, folios: 1 },
  },
};

/** The fork hands out one anon_vma less, and takes the root's lock once more. */
const work = (patch: number): Record<string, number>[] => [
  { 'allocated vm_area_struct': 1 },
  {
    ...(patch === 2 ? undefined : { 'allocated anon_vma': 1 }),
    'allocated anon_vma_chain': patch === 2 ? 1 : 2,
    'lock anon_vma.rwsem (write)': patch === 2 ? 2 : 1,
    'lock mm_struct.mmap_lock (write)': 2,
    'held anon_vma.rwsem (write)': patch === 2 ? 90 : 60,
    'held mm_struct.mmap_lock (write)': 800,
    walks: 8,
    visits: 16,
  },
];

const VIOLATIONS: World = {
  patches: 2,
  scenarios,
  objects,
  work,
  pictures: PICTURES,
  structSize: (patch) => (patch ? 104 : 96),
  lines: { executable: [2, 3], executed: [2] },
  shows: (patch, scenario) => {
    if (scenario === 'mremap-back') return ['recount num_children'];
    return patch === 2 ? ['walk-complete folio', ...(scenario === 'fork-child-write' ? ['no-leak anon_vma'] : [])] : [];
  },
};

/** By name: the world and what the request differs in. */
const SAMPLES: Record<string, { world: World; more?: Parameters<typeof fakeRequest>[1] }> = {
  violations: { world: VIOLATIONS },
  clean: { world: { patches: 1, scenarios } },
  'out-of-scope': {
    world: { patches: 1, semantics: { outOfScope: true, why: 'it touches only Documentation/' } },
  },
  incomplete: { world: { patches: 2 }, more: { series: { ...fakeSeries(2), expected: 3, missing: [2] } } },
  inconclusive: {
    world: {
      patches: 1,
      scenarios,
      missedControl: true,
      shows: (patch) => (patch ? { inconclusive: 'unmodelled: ksm_fork' } : []),
    },
  },
  'does-not-apply': {
    world: {
      patches: 2,
      failure: {
        kind: 'does-not-apply',
        patch: 2,
        path: 'mm/rmap.c',
        hunk: 3,
        message: 'error: patch failed: mm/rmap.c:351\nerror: mm/rmap.c: patch does not apply',
      },
    },
  },
  'does-not-build': { world: { patches: 3, scenarios, broken: [2, 3] } },
  bisectability: {
    world: {
      patches: 3,
      scenarios,
      shows: (patch, scenario) => (patch === 1 && scenario === 'split-in-grandchild' ? ['keys x'] : []),
    },
  },
};

export const SAMPLE_NAMES: string[] = Object.keys(SAMPLES);

export async function sampleReview(name: string): Promise<Review> {
  const sample = SAMPLES[name];
  if (!sample) throw new Error(`no sample ${name}`);
  return reviewSeries(fakeRequest(sample.world.patches, sample.more), fakeRooms(sample.world));
}
