// SPDX-License-Identifier: GPL-2.0-or-later
// The whole house on a real tree: an example series from mbox to review, and what the command says of it.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Recipe, recipeNamed, writeSeries } from '../../src/recipes/index.ts';
import { reviewSchema } from '../../src/review/schema.ts';
import type { Review } from '../../src/review/values.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import { treeFor } from '../support/trees.ts';

/** A cold build on a busy machine. */
vi.setConfig({ testTimeout: 600_000 });

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const run = promisify(execFile);

let tree: SourceTree;
let folder = '';
beforeAll(async () => {
  tree = await treeFor('6.12');
  folder = mkdtempSync(join(tmpdir(), 'rmapbot-e2e-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Reviews an mbox by the command. */
async function review(mbox: string, ...more: string[]): Promise<{ code: number; text: string; review: Review }> {
  const json = join(folder, 'out.json');
  const args = [MAIN, 'review', mbox, '--tree', tree.root, '--json', json, ...more];
  const done = await run(process.execPath, args, { maxBuffer: 1 << 26 }).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: { code: number; stdout: string; stderr: string }) => {
      if (error.stderr !== '') throw new Error(error.stderr);
      return error;
    },
  );
  return { code: done.code, text: done.stdout, review: reviewSchema.parse(JSON.parse(readFileSync(json, 'utf8'))) };
}

async function mboxOf(recipe: Recipe): Promise<string> {
  const file = join(folder, `${recipe.name}.mbox`);
  await writeSeries(recipe, tree, file);
  return file;
}

/** A recipe of one patch that inserts a text at the start of a function. */
function inserting(name: string, insert: string): Recipe {
  const edits = [{ in: 'mm/rmap.c', function: 'anon_vma_fork', start: true as const, insert }];
  const patches = [{ title: `mm/rmap: ${name}`, message: 'Because.', edits }];
  return { name, kind: 'example', about: name, invariants: [], needs: [], names: {}, patches };
}

describe('a refactoring patch and one with a subtle bug', () => {
  let first: Awaited<ReturnType<typeof review>>;
  beforeAll(async () => {
    first = await review(await mboxOf(recipeNamed('grandchild-split')));
  });

  it('is a violation since the second patch, with a place in the kernel and a scenario', () => {
    expect(first.code).toBe(1);
    expect(first.review.verdict).toBe('violations');
    const [finding] = first.review.findings;
    expect(finding).toMatchObject({ status: 'introduced', severity: 'violation', patch: 2 });
    expect(finding?.reproducer).toMatch(/^name: /m);
    expect(first.review.findings.map((one) => one.invariant)).toContain('walk-complete');
    expect(first.review.findings.every((one) => one.status === 'introduced' && one.patch === 2)).toBe(true);
  });

  it('ran everything, saw its controls and most of the changed code', () => {
    const { controls, coverage, inconclusive, scenarios } = first.review;
    expect(inconclusive).toEqual([]);
    expect(scenarios.matched.length).toBeGreaterThan(10);
    expect(controls.length).toBeGreaterThan(0);
    expect(controls.filter((control) => !control.detected)).toEqual([]);
    expect(coverage.changedLines).toBeGreaterThan(0);
    expect(coverage.executedLines).toBe(coverage.changedLines);
  });

  it('says what the functions do and reach, and which scenarios run them', () => {
    const { semantics, scenarios, coverage } = first.review;
    const clone = semantics.functions.find(({ name }) => name === 'anon_vma_clone');
    expect(clone?.after).toMatchObject({
      reads: expect.arrayContaining(['anon_vma_chain.anon_vma']),
      allocates: ['anon_vma_chain_cachep'],
      reachedFrom: expect.arrayContaining(['anon_vma_fork']),
    });
    expect(semantics.companions?.missing).toEqual(['changes anon_vma_clone and anon_vma_fork, touches no test']);
    expect(semantics.patches?.map(({ number, areas }) => [number, areas.includes('fork-propagation')])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(scenarios.measured).toBeGreaterThan(100);
    // What this tree cannot have need not be matched: a scenario that asks for a feature of newer trees.
    const possible = scenarios.matched.filter((name) => !scenarios.notApplicable.includes(name));
    expect(scenarios.matchedRan).toBe(possible.length);
    const [best] = scenarios.chosen ?? [];
    expect(best?.functions).toEqual(expect.arrayContaining(['anon_vma_clone', 'anon_vma_fork']));
    // Not every scenario forks: those that only make a VMA say nothing about it.
    expect(scenarios.byCoverage).toBeLessThan(scenarios.ran);
    expect(coverage.patches?.map(({ patch }) => patch)).toEqual([1, 2]);
  });

  it('saves the chains that the patch does not clone, in the figures of a distribution', () => {
    const rows = first.review.memory.filter((row) => row.object === 'anon_vma_chain');
    expect(rows.every((row) => row.config === 'prod')).toBe(true);
    expect(rows.some((row) => row.after.count < row.before.count)).toBe(true);
    expect(rows.every((row) => row.before.bytes === row.before.count * 64)).toBe(true);
  });

  it('says the same a second time, byte for byte', async () => {
    const second = await review(join(folder, 'grandchild-split.mbox'));
    expect({ ...second.review, timings: {} }).toEqual({ ...first.review, timings: {} });
    expect(second.text).toBe(first.text);
  });

  it('finds the same with the scenario that the report names alone', async () => {
    const [finding] = first.review.findings;
    const { review: alone } = await review(
      join(folder, 'grandchild-split.mbox'),
      '--scenarios',
      finding?.scenario ?? '',
    );
    const { invariant, summary } = finding ?? {};
    expect(alone.findings).toContainEqual(expect.objectContaining({ invariant, patch: 2, summary }));
  });
});

it('does not blame a series for what it needs: the faults of a prerequisite are pre-existing', async () => {
  const buggy = await mboxOf(recipeNamed('grandchild-split'));
  const own = await mboxOf(inserting('on-top', 'barrier();'));
  const depends = '\n---\nDepends-on: <grandchild-split.0@example.org>\n';
  const both = join(folder, 'both.mbox');
  writeFileSync(both, readFileSync(buggy, 'utf8') + readFileSync(own, 'utf8').replace('\n---\n', depends));
  const { code, text, review: result } = await review(both, '--series', 'on-top.1@example.org');
  expect(result.prerequisites).toMatchObject([{ status: 'applied', applied: [1, 2], from: 'the same input' }]);
  expect([result.verdict, code]).toEqual(['clean', 0]);
  expect(result.findings.map((one) => one.invariant)).toContain('walk-complete');
  expect(result.findings.every((one) => one.status === 'pre-existing' && one.patch === null)).toBe(true);
  expect(result.controls.filter((control) => !control.detected)).toEqual([]);
  expect(text).toContain('applied first');
});

it('is clean where the first patch of it comes alone', async () => {
  const { cover: _, ...example } = recipeNamed('grandchild-split');
  const recipe = { ...example, name: 'first-only', patches: example.patches.slice(0, 1) };
  const { code, review: result } = await review(await mboxOf(recipe));
  expect([result.verdict, code, result.findings]).toEqual(['clean', 0, []]);
});

it('says what the compiler says where a patch does not compile', async () => {
  const { code, text, review: result } = await review(await mboxOf(inserting('broken', 'this_is_not_declared();')));
  expect([result.verdict, code]).toEqual(['does-not-build', 3]);
  expect(result.failure).toMatchObject({ kind: 'does-not-build', patch: 1, unit: 'mm/rmap.c' });
  expect(text).toMatch(/mm\/rmap\.c:\d+:\d+: error: .*this_is_not_declared/);
});

it('ends an endless loop at its step limit and calls it a violation', async () => {
  const { code, review: result } = await review(await mboxOf(inserting('endless', 'while (READ_ONCE(vma->vm_mm)) ;')));
  expect([result.verdict, code]).toEqual(['violations', 1]);
  expect(result.findings[0]).toMatchObject({ invariant: 'returns', patch: 1 });
});

it('costs no build where it touches nothing of ours', async () => {
  const { code, review: result } = await review(await mboxOf(recipeNamed('out-of-scope')));
  expect([result.verdict, code, result.configs]).toEqual(['out-of-scope', 0, []]);
});
