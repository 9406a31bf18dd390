// SPDX-License-Identifier: GPL-2.0-or-later
// Workloads at a small scale on real trees: what they count is what can be worked out by hand from what each process does.
import { beforeAll, describe, expect, test } from 'vitest';
import { buildImage } from '../../../src/kernel/build.ts';
import type { Image } from '../../../src/kernel/values.ts';
import { runScenarios } from '../../../src/simulator/host.ts';
import { ownWorkloads, scenarioOf } from '../../../src/simulator/workload/load.ts';
import type { LoadMark } from '../../../src/simulator/workload/values.ts';
import { type TreeName, treeIfOffered } from '../../support/trees.ts';

const SCALES: Record<string, number> = { phone: 0.0001, 'moving-collector': 0.02, 'snapshot-database': 0.008 };

describe.each<TreeName>(['6.12', '7.3'])('%s', (tree) => {
  const marks = new Map<string, LoadMark>();
  const said: string[] = [];
  let image: Image | undefined;

  beforeAll(async () => {
    const found = await treeIfOffered(tree);
    if (found === undefined) return;
    const result = await buildImage({ tree: found, overlay: new Map(), config: 'prod', variant: '' });
    if ('failure' in result) throw new Error(JSON.stringify(result.failure, undefined, 1));
    image = result.image;
    const scenarios = ownWorkloads().map((workload) => scenarioOf({ workload, scale: SCALES[workload.name] ?? 0.004 }));
    for await (const run of runScenarios(image, scenarios)) {
      said.push(
        ...run.violations.map(({ evidence }) => `${run.scenario}: ${evidence}`),
        ...(run.inconclusive === undefined ? [] : [run.inconclusive]),
      );
      for (const mark of run.load?.marks ?? []) marks.set(`${run.scenario} ${mark.name}`, mark);
    }
  }, 900_000);

  /** VMAs, anon_vmas, chains at a mark. */
  function counts(at: string): number[] | undefined {
    if (image === undefined) return undefined;
    const objects = new Map(marks.get(at)?.objects.map(({ object, live }) => [object, live]));
    return ['vm_area_struct', 'anon_vma', 'anon_vma_chain'].map((name) => objects.get(name) ?? 0);
  }
  const expectCounts = (at: string, vmas: number, anonVmas: number, chains: number) => {
    if (image !== undefined) expect(counts(at), at).toEqual([vmas, anonVmas, chains]);
  };

  test('no invariant is broken, nothing is left', () => {
    expect(said).toEqual([]);
  });

  test('N VMAs by N children, each keeping one', () => {
    expectCounts('thousand-by-thousand faulted', 4, 4, 4);
    // Each child's VMA has an anon_vma of its own and is linked to it and to the parent's.
    expectCounts('thousand-by-thousand one-each', 4 + 4, 4 + 4, 4 + 2 * 4);
    const mark = marks.get('thousand-by-thousand one-each');
    if (mark === undefined) return;
    // Each of the 4 pages is mapped by the parent and by one child, and nobody else is visited.
    expect(mark.anonWalks).toMatchObject({ walked: 4, visits: 8, worst: 2 });
    expect(mark.forks.count).toBe(4);
    expect(mark.forks.objects).toMatchObject({ vm_area_struct: 16, anon_vma: 16, anon_vma_chain: 32 });
    expect(mark.operations).toEqual({ fork: 4, munmap: 8 });
    expect(mark.processes).toBe(5);
  });

  test('a snapshot, copied and dropped', () => {
    // Two extents of 1024 pages; the child adds an anon_vma and two links for each.
    expectCounts('snapshot-database loaded', 2, 2, 2);
    expectCounts('snapshot-database forked', 4, 4, 6);
    expectCounts('snapshot-database saved', 2, 2, 2);
    const folios = ['loaded', 'copied', 'saved'].map((name) => marks.get(`snapshot-database ${name}`)?.folios ?? 0);
    // 30 % of 1024, rounded down, in each extent.
    if (image !== undefined) expect([(folios[1] ?? 0) - (folios[0] ?? 0), folios[2]]).toEqual([2 * 307, folios[0]]);
  });

  test('what was mapped one page at a time is one VMA', () => {
    expectCounts('merge-right merged', 1, 1, 1);
    expectCounts('merge-right forked', 2, 2, 3);
  });

  test('generations leave no more than a few anon_vmas for each VMA', () => {
    expectCounts('generations first', 16, 16, 16);
    const [vmas = 0, anonVmas = 0, chains = 0] = counts('generations last') ?? [];
    if (image === undefined) return;
    expect(vmas).toBe(16);
    expect(anonVmas).toBeLessThanOrEqual(16 * 5);
    expect(chains).toBeLessThanOrEqual(16 * 5);
  });

  test('a server with children is alone again in the end', () => {
    // 20 libraries of five VMAs, 40 heaps, a stack. Relro and data of a library share the anon_vma that they were split from.
    expectCounts('fork-server started', 20 * 5 + 40 + 1, 20 * 2 + 40 + 1, 20 * 3 + 40 + 1);
    expectCounts('fork-server alone-again', 20 * 5 + 40 + 1, 20 * 2 + 40 + 1, 20 * 3 + 40 + 1);
    expect(marks.get('fork-server started')?.fileWalks.walked ?? 0).toBe(0);
  });

  test('what locks and forks cost is counted', () => {
    if (image === undefined) return;
    const mark = marks.get('fork-server serving');
    const lock = mark?.locks.find((use) => use.lock === 'anon_vma.rwsem' && use.mode === 'write');
    expect(lock?.taken).toBeGreaterThan(40 * 40);
    expect(lock?.blocks).toBeGreaterThan(lock?.longest ?? 0);
    expect(mark?.locks.map((use) => use.lock)).toContain('mm_struct.mmap_lock');
    expect(mark?.forks.blocks).toBeGreaterThan(40 * 1000);
    expect(mark?.pageTableBytes).toBeGreaterThan(33 * 4096);
  });

  test('file pages are found by all that map them', () => {
    if (image === undefined) return;
    // The buffers of two renderers, each mapped by the browser too.
    expect(marks.get('browser tabs-open')?.fileWalks).toMatchObject({ worst: 2 });
    expect(marks.get('phone apps')?.fileWalks.worst).toBe(9);
  });
});
