// SPDX-License-Identifier: GPL-2.0-or-later
// Every invariant: a world that breaks it, and one close by that a correct kernel may show.

import { describe, expect, test } from 'vitest';
import type {
  AnonVmaView,
  FolioView,
  LockComplaint,
  LockOrder,
  Mapping,
  MmView,
  VmaView,
} from '../../src/machine/values.ts';
import { INVARIANTS } from '../../src/simulator/invariants/index.ts';
import type { FakeMachine, Plant } from './fake-machine.ts';
import { complaint, order, watchOf } from './locks/watch.ts';
import { found, runToy } from './toy.ts';

type Change = (machine: FakeMachine) => void;

/** A history in which every kind of object occurs. */
const STEPS = [
  'P: mmap A 4 rw private anon',
  'P: write A',
  'P: fork C',
  'C: write A 0',
  'P: mmap F 4 rw private file f offset 1',
  'P: read F 0-1',
  'P: write F 2',
  'P: mmap S 2 rw shared tmpfs t',
  'P: write S 0',
  'C: munmap A 1 1',
];

const plant =
  (...plants: Plant[]): Change =>
  (machine) => {
    for (const one of plants) machine.plants.add(one);
  };

/** Changes what the machine shows of its address spaces; `which` is true for the one with the most VMAs (P's). */
const mm =
  (change: (view: MmView) => Partial<MmView>): Change =>
  (machine) => {
    const real = machine.mms.bind(machine);
    machine.mms = () => {
      const views = real();
      const most = Math.max(...views.map((view) => view.vmas.length));
      return views.map((view) => (view.vmas.length === most && most >= 3 ? { ...view, ...change(view) } : view));
    };
  };
const vma = (index: number, change: (view: VmaView, all: VmaView[]) => Partial<VmaView>): Change =>
  mm((view) => ({ vmas: view.vmas.map((one, i) => (i === index ? { ...one, ...change(one, view.vmas) } : one)) }));
const entry = (index: number, change: (mapping: Mapping) => Partial<Mapping>): Change =>
  mm((view) => ({ mappings: view.mappings.map((one, i) => (i === index ? { ...one, ...change(one) } : one)) }));
const folio =
  (change: (view: FolioView) => Partial<FolioView>, when = (view: FolioView): boolean => view.mapcount > 0): Change =>
  (machine) => {
    const real = machine.folio.bind(machine);
    machine.folio = (pfn) => {
      const view = real(pfn);
      return view !== undefined && when(view) ? { ...view, ...change(view) } : view;
    };
  };
const anonVma =
  (change: (view: AnonVmaView) => Partial<AnonVmaView>): Change =>
  (machine) => {
    const real = machine.anonVma.bind(machine);
    machine.anonVma = (ptr) => {
      const view = real(ptr);
      return { ...view, ...change(view) };
    };
  };

const anon = (view: FolioView): boolean => view.anon;
const file = (view: FolioView): boolean => !view.anon && view.mapcount > 0;
const child = (view: AnonVmaView): boolean => view.root !== view.ptr;

/** A machine whose models of locks wrote this down in its first step. */
function watching(news: { orders?: LockOrder[]; complaints?: LockComplaint[] }): Change {
  return (machine) => {
    let told = false;
    machine.lockWatch = watchOf(() => {
      const now = told ? {} : news;
      told = true;
      return now;
    });
  };
}

const broken: [signature: string, change: Change][] = [
  ['walk-complete: mapping missed', plant('fork-skips-clone')],
  ['walk-complete: mapping missed', (machine) => (machine.walk = () => [])],
  [
    'walk-complete: migration entry missed',
    (machine) => {
      entry(0, () => ({ kind: 'migration' }))(machine);
      machine.walk = () => [];
    },
  ],
  [
    'walk-complete: entry without a VMA',
    mm((view) => ({
      mappings: [...view.mappings, { ...view.mappings[0], vaddr: 0x7000 } as Mapping].sort((a, b) => a.vaddr - b.vaddr),
    })),
  ],
  [
    'walk-sound: detached VMA visited',
    (machine) => {
      const real = machine.walk.bind(machine);
      machine.walk = (pfn) => [...real(pfn), { vma: 0x7770, vaddr: 0x1000 }];
    },
  ],
  [
    'walk-sound: address outside the VMA',
    (machine) => {
      const real = machine.walk.bind(machine);
      machine.walk = (pfn) => real(pfn).map((visit) => ({ ...visit, vaddr: visit.vaddr + 2 ** 30 }));
    },
  ],
  ['walk-sound: address outside the folio', folio((view) => ({ index: view.index + 1 }), anon)],
  [
    'walk-sound: VMA visited twice',
    (machine) => {
      const real = machine.walk.bind(machine);
      machine.walk = (pfn) => [...real(pfn), ...real(pfn)];
    },
  ],
  ['no-dangling: vma->anon_vma freed', vma(0, () => ({ anonVma: 0x7770 }))],
  [
    'no-dangling: folio->mapping freed',
    folio(
      () => ({ mapping: 0x7771 }),
      (view) => view.anon && view.mapcount > 0,
    ),
  ],
  ['no-dangling: folio->mapping no file', folio(() => ({ mapping: 0x7770 }), file)],
  ['no-dangling: chain entry freed', vma(0, (view) => ({ chain: [...view.chain, 0x7770] }))],
  [
    'no-dangling: chain entry of another VMA',
    vma(0, (view, all) => ({ chain: [...view.chain, ...(all[1]?.chain ?? [])] })),
  ],
  ['no-dangling: chain entry in no tree', anonVma((view) => (child(view) ? { tree: [] } : {}))],
  ['no-dangling: tree node not in the chain', vma(0, () => ({ chain: [] }))],
  ['no-dangling: anon_vma->root freed', anonVma((view) => (child(view) ? { root: 0x7770 } : {}))],
  ['no-dangling: anon_vma->parent freed', anonVma((view) => (child(view) ? { parent: 0x7770 } : {}))],
  ['no-dangling: crash in toy', plant('crash-in-walk')],
  ['no-leak: anon_vma_chain leaked', plant('unmap-leaks-chain')],
  [
    'no-leak: user pages leaked',
    (machine) => {
      machine.closeFile = () => {};
    },
  ],
  ['recount: map_count wrong', mm((view) => ({ mapCount: view.mapCount + 1 }))],
  ['recount: total_vm wrong', mm((view) => ({ totalVm: view.totalVm - 1 }))],
  ['recount: locked_vm wrong', mm(() => ({ lockedVm: 1 }))],
  ['recount: rss of anon pages wrong', mm((view) => ({ rss: { ...view.rss, anon: view.rss.anon + 1 } }))],
  [
    'recount: rss of file pages wrong',
    mm((view) => ({ rss: { ...view.rss, file: view.rss.file + 1, shmem: view.rss.shmem - 1 } })),
  ],
  ['recount: folio mapcount wrong', folio((view) => ({ mapcount: view.mapcount + 1 }))],
  [
    'recount: page mapcount wrong',
    folio(
      (view) => ({ order: 1, pageMapcounts: [view.mapcount, 1] }),
      (view) => view.anon && view.mapcount > 1,
    ),
  ],
  ['recount: folio references too many', folio((view) => ({ refcount: view.refcount + 1 }))],
  ['recount: folio references too few', folio((view) => ({ refcount: view.refcount - 1 }))],
  [
    'recount: mapcount of an unmapped folio',
    (machine) => {
      const real = machine.folios.bind(machine);
      machine.folios = () => [
        ...real(),
        {
          pfn: 9,
          order: 0,
          mapping: 0,
          index: 0,
          anon: true,
          ksm: false,
          swapCache: false,
          locked: false,
          lru: false,
          refcount: 1,
          mapcount: 1,
        },
      ];
    },
  ],
  ['recount: own parent', anonVma((view) => (child(view) ? { parent: view.ptr } : {}))],
  ['recount: num_children wrong', anonVma((view) => ({ numChildren: (view.numChildren ?? 0) + 1 }))],
  ['recount: num_active_vmas wrong', plant('unmap-forgets-active')],
  ['recount: reference count wrong', anonVma((view) => ({ refcount: view.refcount + 1 }))],
  ['exclusive: exclusive page mapped twice', plant('fork-shares-exclusive')],
  [
    'exclusive: exclusive swap entry twice',
    mm((view) => ({
      mappings: [
        ...view.mappings,
        ...[0x9000, 0xa000].map(
          (vaddr): Mapping => ({
            vaddr,
            level: 'pte',
            kind: 'swap',
            pfn: 5,
            write: false,
            dirty: false,
            young: false,
            exclusive: true,
          }),
        ),
      ],
    })),
  ],
  [
    'keys: anon_vma tree key wrong',
    anonVma((view) => ({
      tree: view.tree.map((node) => ({ ...node, last: node.last + 1, subtreeLast: node.subtreeLast + 1 })),
    })),
  ],
  [
    'keys: interval tree augmented value wrong',
    anonVma((view) => ({ tree: view.tree.map((node) => ({ ...node, subtreeLast: node.subtreeLast + 9 })) })),
  ],
  [
    'keys: interval tree out of order',
    anonVma((view) =>
      view.tree.length > 1 ? { tree: [...view.tree].map((node, i) => ({ ...node, start: node.start - i })) } : {},
    ),
  ],
  [
    'keys: interval tree augmented value wrong',
    anonVma((view) => ({ tree: view.tree.map((node) => ({ ...node, depthOk: false })) })),
  ],
  [
    'keys: i_mmap key wrong',
    (machine) => {
      const real = machine.fileTree.bind(machine);
      machine.fileTree = (mapping) => {
        const view = real(mapping);
        return { ...view, entries: view.entries.map((one) => ({ ...one, start: one.start + 1 })) };
      };
    },
  ],
  [
    'keys: file VMA not once in i_mmap',
    (machine) => {
      machine.fileTree = (mapping) => ({ mapping, entries: [] });
    },
  ],
  ['keys: i_mmap holds a VMA that does not map the file', vma(1, () => ({ mapping: 0 }))],
  ['keys: VMAs overlap', vma(0, (view) => ({ end: view.end + 2 ** 31 }))],
  [
    'keys: maple tree invalid',
    (machine) => {
      machine.checkMapleTree = () => 'a pivot at 0xffff888001234567 is too small';
    },
  ],
  ['data: wrong contents', plant('cow-shares-page')],
  [
    'data: page unreadable',
    (machine) => {
      const real = machine.read.bind(machine);
      machine.read = (task, vaddr) => (task === 1 ? -14 : real(task, vaddr));
    },
  ],
  ['kernel-says: WARNING: at mm/toy.c:# toy+... count #', plant('warns-on-fork')],
  [
    'locks: held on return: anon_vma->rwsem',
    (machine) => {
      machine.heldLocks = () => ['anon_vma->rwsem'];
    },
  ],
  ['lock-order: B under A', watching({ orders: [order('B', 'A'), order('A', 'B')] })],
  ['lock-context: sleeps under A', watching({ complaints: [complaint('sleep', 'A')] })],
  ['lock-missing: changes i_mmap unlocked', watching({ complaints: [complaint('tree-write', 'i_mmap')] })],
  ['step-result: VMA with wrong rights', vma(1, (view) => ({ flags: view.flags | 4n }))],
  ['step-result: VMA with wrong file offset', vma(1, (view) => ({ pgoff: view.pgoff + 1 }))],
  ['step-result: VMA over pages that are not mapped', vma(2, (view) => ({ end: view.end + 4096 }))],
  ['step-result: mapped page without a VMA', mm((view) => ({ vmas: view.vmas.slice(0, -1) }))],
  [
    'step-result: munmap fails with ENOMEM',
    (machine) => {
      const real = machine.munmap.bind(machine);
      machine.munmap = (task, addr, length) => (task === 1 ? -12 : real(task, addr, length));
    },
  ],
];

describe('what breaks an invariant is found', () => {
  test.each(broken)('%s', (signature, change) => {
    expect(found(runToy(STEPS, change))).toContain(signature);
  });

  test('bounded', () => {
    const steps = ['P: mmap A 1 rw private anon', 'P: write A', 'P: fork C', 'C: fork D', 'mark: end'];
    const run = runToy(steps, undefined, { head: 'bounds: {chain: 2, walk: 2, anon_vma: 2}\n' });
    expect(found(run)).toEqual([
      'bounded: chain beyond its bound',
      'bounded: walk beyond its bound',
      'bounded: anon_vma beyond its bound',
    ]);
    expect(run.violations[0]).toMatchObject({
      step: 4,
      evidence: "the longest chain of a VMA is 3, the scenario's bound is 2",
    });
  });

  test('returns', () => {
    expect(found(runToy(['P: exec'], plant('never-returns-from-exec')))).toEqual(['returns: did not return']);
  });

  test('every invariant is among these', () => {
    // failure: test/simulator/failure
    const tried = new Set(['failure', ...broken.map(([signature]) => signature.split(':')[0]), 'bounded', 'returns']);
    expect([...tried].sort()).toEqual(INVARIANTS.map((invariant) => invariant.id).sort());
  });
});

const allowed: [what: string, change: Change][] = [
  ['nothing is wrong', () => {}],
  ['a walk visits a VMA that does not map the folio', () => {}],
  ['a page mapped once is not marked exclusive', entry(0, () => ({ exclusive: false }))],
  [
    'a folio that nobody maps keeps a stale mapping',
    folio(
      () => ({ mapping: 0x7771 }),
      (view) => view.mapcount === 0,
    ),
  ],
  [
    'a batch holds a reference',
    (machine) => {
      const real = machine.folio.bind(machine);
      machine.folio = (pfn) => {
        const view = real(pfn);
        return view && { ...view, refcount: view.refcount + 1 };
      };
      machine.batchReferences = () => new Map(Array.from({ length: 100 }, (_, i) => [100 + i, 1]));
    },
  ],
  ['a tree has no counters of children', anonVma(() => ({ numChildren: undefined, numActiveVmas: undefined }))],
  [
    'a tree has no anon_vmas',
    (machine) => {
      delete machine.layouts.anon_vma;
      delete machine.layouts.anon_vma_chain;
    },
  ],
];

describe('what a correct kernel may do is not', () => {
  test.each(allowed)('%s', (_what, change) => {
    expect(found(runToy(STEPS, change))).toEqual([]);
  });

  test('bounds that are just kept', () => {
    const steps = ['P: mmap A 1 rw private anon', 'P: write A', 'P: fork C', 'C: fork D', 'mark: end'];
    expect(
      found(runToy(steps, undefined, { head: 'bounds: {chain: 3, walk: 3, anon_vma: 3, cow_context: 0}\n' })),
    ).toEqual([]);
  });

  test('MADV_FREE leaves old contents or none', () => {
    const steps = ['P: mmap A 2 rw private anon', 'P: write A', 'P: madvise A 0 1 free', 'P: read A'];
    expect(found(runToy(steps))).toEqual([]);
    const zapped: Change = (machine) => {
      const real = machine.madvise.bind(machine);
      machine.madvise = (task, addr, length) => real(task, addr, length, 4);
    };
    expect(found(runToy(steps, zapped))).toEqual([]);
    const both: Change = (machine) => {
      const real = machine.madvise.bind(machine);
      machine.madvise = (task, addr, length) => real(task, addr, length + 4096, 4);
    };
    expect(found(runToy(steps, both))).toEqual(['data: wrong contents']);
  });
});

test('evidence is in a reviewer’s words and names no pointer', () => {
  const run = runToy(STEPS, plant('fork-skips-clone'));
  expect(run.violations[0]).toMatchObject({
    invariant: 'walk-complete',
    severity: 'violation',
    step: 2,
    evidence: 'folio 1 is mapped at C:A+0, but a walk from it visits only P:A+0',
    where: [],
    signature: 'walk-complete: mapping missed',
    modelled: [],
  });
  for (const [, change] of broken) {
    for (const { evidence, signature } of runToy(STEPS, change).violations) {
      expect(evidence + signature).not.toMatch(/0x777|3058|deadbeef|ffff8|undefined|\[object|NaN/);
    }
  }
});
