// SPDX-License-Identifier: GPL-2.0-or-later
// All scenarios on the mm/ of real trees as they stand: a correct kernel breaks nothing, and nothing is left unjudged.
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildImage } from '../../src/kernel/build.ts';
import type { ConfigName, Image } from '../../src/kernel/values.ts';
import { loadScenarios } from '../../src/simulator/grammar/load.ts';
import { runScenarios } from '../../src/simulator/host.ts';
import type { Run } from '../../src/simulator/values.ts';
import type { Overlay } from '../../src/tree/values.ts';
import { sourceOf, type TreeName, treeFor, treeIfOffered } from '../support/trees.ts';

const scenarios = loadScenarios(fileURLToPath(new URL('../../simulations/scenarios', import.meta.url)));

async function imageOf(name: TreeName, config: ConfigName, overlay: Overlay = new Map()): Promise<Image | undefined> {
  const tree = await treeIfOffered(name);
  if (tree === undefined) return undefined;
  const result = await buildImage({ tree, overlay, config, variant: '' });
  if ('failure' in result) throw new Error(JSON.stringify(result.failure, undefined, 1));
  return result.image;
}

async function runAll(image: Image, names?: string[]): Promise<Run[]> {
  const runs: Run[] = [];
  const chosen = scenarios.filter((scenario) => names === undefined || names.includes(scenario.name));
  for await (const run of runScenarios(image, chosen)) runs.push(run);
  return runs;
}

/** A tree's mm/rmap.c with one text replaced. */
async function changed(name: TreeName, from: string | RegExp, to: string): Promise<Overlay> {
  const text = sourceOf(await treeFor(name), 'mm/rmap.c') ?? '';
  expect(text).toMatch(from);
  return new Map([['mm/rmap.c', Buffer.from(text.replace(from, to))]]);
}

describe.each<[TreeName, ConfigName]>([
  ['6.1', 'prod'],
  ['6.12', 'prod'],
  ['6.12', 'check'],
  ['7.2', 'prod'],
  ['7.3', 'prod'],
])('%s %s', (name, config) => {
  test('breaks no invariant and leaves nothing unjudged', { timeout: 900_000 }, async () => {
    const image = await imageOf(name, config);
    if (image === undefined) return;
    const runs = await runAll(image);
    expect(runs).toHaveLength(scenarios.length);
    const said = runs.flatMap((run) =>
      [...run.violations.map(({ evidence }) => evidence), run.inconclusive ?? []]
        .flat()
        .map((text) => `${run.scenario}: ${text}`),
    );
    expect(said).toEqual([]);
    // What newer trees alone have: moves of several VMAs, guard pages; 6.1 lacks UFFDIO_MOVE, folios of other sizes and
    // migration by two functions as well.
    const lacks = runs.filter(({ skipped }) => skipped?.startsWith('needs '));
    expect(lacks.length).toBeLessThanOrEqual(name === '6.1' ? 24 : 3);
    expect(runs.reduce((sum, run) => sum + run.walks.visits, 0)).toBeGreaterThan(10_000);
  });
});

describe('what a step does', () => {
  test('is counted: objects, locks, faults and copies', async () => {
    const [run] = await runAll((await imageOf('6.12', 'prod')) as Image, ['split-in-grandchild']);
    const work = new Map(run?.steps.map((step, index) => [step, run.work?.[index]]));
    // Eight first writes: eight faults, nothing to copy, one anon_vma with its chain, under the lock of the new root.
    expect(work.get('P: write A 0-7')).toMatchObject({
      faults: 8,
      'allocated anon_vma': 1,
      'allocated anon_vma_chain': 1,
      'lock anon_vma.rwsem (write)': 1,
      'lock mm_struct.mmap_lock (read)': 1,
      walks: 8,
      visits: 8,
    });
    expect(work.get('P: write A 0-7')?.copies).toBeUndefined();
    // A child's chain leads to its own anon_vma, and one to each ancestor's.
    expect(work.get('C1: fork C2')).toMatchObject({
      'allocated anon_vma': 1,
      'allocated anon_vma_chain': 3,
      visits: 24,
    });
    expect(work.get('C2: write A 0-2')).toMatchObject({ faults: 3, copies: 3 });
    const sum = (key: string) => run?.work?.reduce((total, step) => total + (step[key] ?? 0), 0);
    for (const object of ['anon_vma', 'anon_vma_chain', 'vm_area_struct']) {
      expect(sum(`freed ${object}`), object).toBe(sum(`allocated ${object}`));
    }
  });
});

describe('a changed 6.12', () => {
  test('that never returns from a fork is said not to return', async () => {
    const image = await imageOf(
      '6.12',
      'prod',
      await changed('6.12', /(int anon_vma_fork\([^)]*\)\s*\{)/, '$1 for (volatile int i = 0; ; i++) ;'),
    );
    const [run] = await runAll(image as Image, ['first-write']);
    expect(run?.violations).toMatchObject([{ invariant: 'returns', step: 6, signature: 'returns: did not return' }]);
    expect(run?.violations[0]?.where[0]).toMatchObject({ file: 'mm/rmap.c', function: 'anon_vma_fork' });
  });

  test('that follows NULL crashes, at a place', async () => {
    const image = await imageOf(
      '6.12',
      'prod',
      await changed('6.12', /(int anon_vma_fork\([^)]*\)\s*\{)/, '$1 if (!vma->vm_file) vma->vm_file->f_mapping = 0;'),
    );
    const [run] = await runAll(image as Image, ['first-write']);
    expect(run?.violations[0]).toMatchObject({ invariant: 'no-dangling', step: 6 });
  });

  test('that warns is quoted', async () => {
    const image = await imageOf(
      '6.12',
      'prod',
      await changed('6.12', /(void unlink_anon_vmas\([^)]*\)\s*\{)/, '$1 WARN_ON(vma->anon_vma);'),
    );
    const [run] = await runAll(image as Image, ['first-write']);
    expect(run?.violations[0]).toMatchObject({ invariant: 'kernel-says' });
    expect(run?.violations[0]?.evidence).toMatch(
      /^the kernel says in unlink_anon_vmas \(mm\/rmap\.c:\d+\): WARNING at/,
    );
  });
});
