// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, test } from 'vitest';
import { isMachineFault, meaning, shapeOf, withoutPointers } from '../../src/simulator/faults.ts';
import { runScenario } from '../../src/simulator/run.ts';
import { FakeFault, FakeMachine } from './fake-machine.ts';
import { found, runToy, scenarioOf } from './toy.ts';

describe('a run', () => {
  test('names its steps, its marks and what walks cost', () => {
    const run = runToy([
      'P: mmap A 2 rw private anon',
      'P: write A',
      'mark: one',
      'P: walk A 1',
      'P: fork C{0}'.replace('{0}', ''),
      'mark: two',
    ]);
    expect(run.steps).toEqual([
      'P: mmap A 2 rw private anon',
      'P: write A 0-1',
      'mark: one',
      'P: walk A 1',
      'P: fork C',
      'mark: two',
      'every process reads all its memory',
      'exit: all',
      'files are closed, the machine becomes quiet',
    ]);
    expect(run.marks.map(({ name, step }) => [name, step])).toEqual([
      ['one', 2],
      ['two', 5],
    ]);
    const anonVmas = run.marks.map(({ objects }) => objects.find(({ object }) => object === 'anon_vma')?.live);
    expect(anonVmas).toEqual([1, 2]);
    expect(run.walks).toEqual({ count: 12, visits: 18, worst: 2 });
    expect(run.inconclusive).toBeUndefined();
  });

  test('counts what each step did, in prod', () => {
    const steps = ['P: mmap A 2 rw private anon', 'P: write A', '{P: fork C, check: none}', 'P: fork D'];
    const run = runToy(steps);
    expect(run.work?.slice(0, 4)).toEqual([
      {},
      { 'allocated anon_vma': 1, 'lock anon_vma.rwsem (write)': 1, faults: 2, walks: 2, visits: 2 },
      { 'allocated anon_vma': 1, 'lock anon_vma.rwsem (write)': 1 },
      { 'allocated anon_vma': 1, 'lock anon_vma.rwsem (write)': 1, walks: 2, visits: 6 },
    ]);
    expect(run.work).toHaveLength(run.steps.length);
    expect(runScenario(new FakeMachine([], 'check'), scenarioOf(steps)).work).toBeUndefined();
  });

  test('shows the world before and after a step that breaks something', () => {
    const steps = ['P: mmap A 3 rw private anon', 'P: write A', 'P: fork C'];
    const run = runToy(steps, (machine) => machine.plants.add('fork-skips-clone'));
    const { before, after } = run.violations[0]?.pictures ?? {};
    expect(before?.vmas.map(({ space, from, pages, access }) => `${space} ${from} ${pages} ${access}`)).toEqual([
      'P A+0 3 rw-p',
    ]);
    expect(after?.vmas.map(({ id, space }) => [id, space])).toEqual([
      [1, 'P'],
      [2, 'C'],
    ]);
    // The child has an anon_vma of its own, and no chain to the parent's, where the walk from the folios starts.
    expect(after?.anonVmas.map(({ name, parent }) => [name, parent])).toEqual([
      ['AV1', 'AV1'],
      ['AV2', 'AV1'],
    ]);
    expect(after?.chains).toEqual([
      { vma: 1, anonVma: 'AV1', inTree: true },
      { vma: 2, anonVma: 'AV2', inTree: true },
    ]);
    expect(after?.folios).toEqual([
      {
        names: ['folio 1', 'folio 2', 'folio 3'],
        count: 3,
        order: 0,
        kind: 'anon',
        anchor: 'AV1',
        entries: [
          { vma: 1, at: 'P:A+0', kind: 'present', visited: true },
          { vma: 2, at: 'C:A+0', kind: 'present', visited: false },
        ],
        idle: [],
      },
    ]);
    expect(before?.folios[0]?.entries).toEqual([{ vma: 1, at: 'P:A+0', kind: 'present', visited: true }]);
  });

  test('shows only the world before a crash', () => {
    const run = runToy(['P: mmap A 1 rw private anon', 'P: write A', 'P: fork C'], (machine) =>
      machine.plants.add('warns-on-fork'),
    );
    expect(Object.keys(run.violations[0]?.pictures ?? {})).toEqual(['before']);
  });

  test('keeps a picture small', () => {
    const many = Array.from({ length: 40 }, (_, i) => [`P: mmap R${i} 2 rw private anon`, `P: write R${i}`]).flat();
    const run = runToy([...many, 'P: fork C'], (machine) => machine.plants.add('fork-skips-clone'));
    const { after } = run.violations[0]?.pictures ?? {};
    expect(after?.vmas).toHaveLength(24);
    expect(after?.folios).toHaveLength(10);
    expect(after?.omitted).toEqual({ vmas: 56, anonVmas: 56, folios: 60 });
  });

  test('means a region without a range as it was before the step', () => {
    const lengths: number[][] = [];
    runToy(['P: mmap A 2 rw private anon', 'P: mremap A pages 5', 'P: mremap A to B pages 3'], (machine) => {
      const real = machine.mremap.bind(machine);
      machine.mremap = (task, addr, before, after, flags, to) => {
        lengths.push([before / 4096, after / 4096]);
        return real(task, addr, before, after, flags, to);
      };
    });
    expect(lengths).toEqual([
      [2, 5],
      [5, 3],
    ]);
  });

  test('is the same each time, on the same machine or another', () => {
    const steps = [
      'P: mmap A 4 rw private anon',
      'P: write A',
      'P: fork C',
      'C: write A 0-2',
      'P: mremap A 1 2 to B',
      'mark: end',
    ];
    const machine = new FakeMachine(['fork-skips-clone']);
    const runs = [machine, machine, new FakeMachine(['fork-skips-clone'])].map((one) => ({
      ...runScenario(one, scenarioOf(steps)),
      elapsedMs: 0,
    }));
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  test('reports a signature once and goes on; stops after three', () => {
    const steps = ['P: mmap A 2 rw private anon', 'P: write A', 'P: fork C', 'P: fork D', 'mark: end'];
    const run = runToy(steps, (machine) => machine.plants.add('fork-skips-clone'));
    expect(found(run)).toEqual(['walk-complete: mapping missed']);
    expect(run.marks).toHaveLength(1);
    const stopped = runToy(steps, (machine) => {
      const real = machine.mms.bind(machine);
      machine.mms = () => real().map((mm) => ({ ...mm, mapCount: 9, totalVm: 9, lockedVm: 9 }));
    });
    expect(stopped.violations).toHaveLength(3);
    expect(stopped.steps).toHaveLength(1);
  });

  test('checks nothing after a step that says so', () => {
    const bad = ['P: mmap A 2 rw private anon', 'P: write A', '{P: fork C, check: none}', 'C: exit'];
    const run = runToy(bad, (machine) => machine.plants.add('fork-skips-clone'));
    expect(run.violations.map(({ step }) => step)).not.toContain(2);
  });

  test('checks only the invariants asked for', () => {
    const bad = ['P: mmap A 2 rw private anon', 'P: write A', 'P: fork C', 'C: write A 0'];
    const run = runToy(bad, (machine) => machine.plants.add('fork-shares-exclusive'), { invariants: ['data'] });
    expect(new Set(run.violations.map(({ invariant }) => invariant))).toEqual(new Set(['data']));
  });

  test('is skipped where the tree lacks a feature or the configuration is another', () => {
    expect(runToy(['quiesce'], undefined, { head: 'requires: [mremap-multi]\n' }).skipped).toBe(
      'needs mremap-multi, which the tree does not have',
    );
    expect(runToy(['quiesce'], undefined, { head: 'config: check\n' }).skipped).toBe(
      'is for the configuration check only',
    );
    expect(runToy(['quiesce'], undefined, { head: 'requires: [toy]\nconfig: prod\n' }).skipped).toBeUndefined();
  });
});

describe('expected failures', () => {
  test('of an access', () => {
    const steps = [
      'P: mmap A 2 r private anon',
      'P: write A 0 fails EFAULT',
      'P: mprotect A none',
      'P: read A 1 fails EFAULT',
    ];
    expect(found(runToy(steps))).toEqual([]);
    expect(found(runToy(['P: mmap A 2 r private anon', 'P: write A 0']))).toEqual([
      'inconclusive: step 2 (P: write A 0) cannot be done: a write to A+0 is not allowed there',
    ]);
    expect(found(runToy(['P: mmap A 9 r shared file f', 'P: read A 8 fails EFAULT']))).toEqual([]);
  });

  test('of a system call', () => {
    const steps = ['P: mmap A 2 rw private anon', 'P: mmap A 2 rw private anon fails EEXIST'];
    expect(found(runToy(steps))).toEqual([]);
    expect(found(runToy(['P: mmap A 2 rw private anon', 'P: munmap A fails EINVAL']))).toEqual([
      'step-result: munmap does not fail with EINVAL',
    ]);
  });

  test('a write that the kernel refuses or allows wrongly', () => {
    const refuse = runToy(['P: mmap A 1 rw private anon', 'P: write A'], (machine) => {
      machine.write = () => -14;
    });
    expect(refuse.violations[0]).toMatchObject({
      invariant: 'step-result',
      evidence: 'a write of P at A+0, which it may do, is killed by a signal (EFAULT)',
    });
    const allow = runToy(['P: mmap A 1 r private anon', 'P: write A 0 fails EFAULT'], (machine) => {
      machine.write = () => 0;
    });
    expect(found(allow)).toEqual(['step-result: write does not fail']);
  });
});

describe('faults of the machine', () => {
  const kinds: [kind: ConstructorParameters<typeof FakeFault>[0], detail: string, expected: string][] = [
    [
      'unmodelled',
      'move_page_tables',
      'inconclusive: "P: exec" needs move_page_tables, which the machine does not model',
    ],
    ['kernel-says', 'kernel BUG at mm/rmap.c:123!\nmore', 'kernel-says: kernel BUG at mm/rmap.c:#!'],
    ['crash', 'NULL', 'no-dangling: crash in toy'],
    ['out-of-fuel', '', 'returns: did not return'],
    ['out-of-memory', '', 'returns: used up memory'],
    ['deadlock', 'mmap_lock', 'locks: deadlock in toy'],
  ];
  test.each(kinds)('%s', (kind, detail, expected) => {
    const run = runToy(['P: mmap A 1 rw private anon', 'P: exec', 'mark: never'], (machine) => {
      machine.exec = () => {
        throw new FakeFault(kind, detail);
      };
    });
    expect(found(run)).toEqual([expected]);
    expect(run.marks).toEqual([]);
    if (kind !== 'unmodelled')
      expect(run.violations[0]?.where).toEqual([{ file: 'mm/toy.c', line: 7, function: 'toy' }]);
  });

  test('a failure of ours is thrown, not reported as the kernel’s', () => {
    expect(() =>
      runToy(['P: exec'], (machine) => {
        machine.exec = () => {
          throw new TypeError('ours');
        };
      }),
    ).toThrow('ours');
    expect(isMachineFault(new TypeError('ours'))).toBe(false);
  });

  test('a fault while looking at what was just found broken is a consequence', () => {
    const run = runToy(['P: mmap A 1 rw private anon', 'P: write A'], (machine) => {
      machine.plants.add('crash-in-walk');
      const real = machine.mms.bind(machine);
      machine.mms = () =>
        real().map((mm) => ({ ...mm, vmas: mm.vmas.map((vma) => ({ ...vma, anonVma: vma.anonVma && 0x7770 })) }));
    });
    expect(found(run)).toEqual(['no-dangling: vma->anon_vma freed']);
  });

  test('words without what differs between runs', () => {
    expect(withoutPointers('at 0xffff8880deadbeef and deadbee1 and 00000000deadbeef, page 12')).toBe(
      'at ... and ... and ..., page 12',
    );
    expect(shapeOf('Bad page map pte:80000001 index:12')).toBe('Bad page map pte:... index:#');
    expect(meaning(new FakeFault('crash', 'x'), 'it')).toMatchObject({ evidence: 'it crashes in toy (mm/toy.c:7): x' });
    const asleep = new FakeFault('deadlock', 'sleeps, and nothing would wake it');
    expect(meaning(asleep, 'it')).toMatchObject({ invariant: 'locks' });
    expect(meaning(asleep, 'it', true)).toEqual({
      inconclusive: 'it waits for a migration in flight: it must end before',
    });
    const lock = new FakeFault('deadlock', 'a lock that it holds itself');
    expect(meaning(lock, 'it', true)).toMatchObject({ invariant: 'locks' });
  });
});
