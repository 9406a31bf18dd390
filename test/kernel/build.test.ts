// SPDX-License-Identifier: GPL-2.0-or-later
// Images of a real tree: the whole build, what a change costs, and what a bad change is answered with.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuildResult, buildImage, compilerPool } from '../../src/kernel/build.ts';
import { Lines } from '../../src/kernel/lines.ts';
import type { CompilerPool } from '../../src/kernel/pool.ts';
import type { Image, StructLayout } from '../../src/kernel/values.ts';
import type { Overlay, SourceTree } from '../../src/tree/values.ts';
import { sourceOf, treeFor } from '../support/trees.ts';

/** The cache may be any age: makes a unit one that it cannot know. */
const NEVER_BUILT = `/* ${randomUUID()} */\n`;

let tree: SourceTree;
let pool: CompilerPool;
let base: Image;

async function build(overlay: Overlay = new Map()): Promise<BuildResult & { compiled: string[] }> {
  const compiled: string[] = [];
  const onProgress = (_done: number, _total: number, name: string) => compiled.push(name);
  const result = await buildImage({ tree, overlay, config: 'prod', variant: '', pool, onProgress });
  return { ...result, compiled };
}

function imageOf(result: BuildResult): Image {
  if ('failure' in result) throw new Error(JSON.stringify(result.failure, undefined, 1));
  return result.image;
}

/** The file with one text replaced by another, as an overlay. */
function change(file: string, from: string | RegExp, to: string): Overlay {
  const text = sourceOf(tree, file) ?? '';
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  return new Map([[file, Buffer.from(changed)]]);
}

beforeAll(async () => {
  tree = await treeFor('6.12');
  pool = compilerPool(tree);
  base = imageOf(await build());
});
afterAll(() => pool?.close());

test('the same again is the same image, and nothing is compiled', async () => {
  const again = await build();
  expect(imageOf(again)).toEqual(base);
  expect(again.compiled).toEqual([]);
});

test('the layouts file tells sizes and members', () => {
  const layouts = JSON.parse(readFileSync(base.layoutsFile, 'utf8')) as Record<string, StructLayout>;
  const offsetOf = (struct: string, name: string) =>
    layouts[struct]?.members.find((member) => member.name === name)?.offset;
  expect(layouts).toMatchObject({ anon_vma: { size: 96 }, anon_vma_chain: { size: 64 }, page: { size: 64 } });
  expect(layouts).toMatchObject({ folio: { size: 256 }, vma_merge_struct: { size: 128 }, mmu_gather: { size: 128 } });
  expect(offsetOf('anon_vma', 'rb_root')).toBe(80);
  expect(offsetOf('anon_vma', 'rb_root.rb_leftmost')).toBe(88);
  expect(offsetOf('mm_struct', 'mm_mt')).toBe(64);
});

test('every block of the tree lies on a line of the tree', () => {
  const lines = Lines.load(base.linesFile);
  const coverage = lines.coverage([[1, 100_000]]);
  const rmap = coverage.get('mm/rmap.c');
  expect(rmap?.executable.size).toBeGreaterThan(500);
  expect(rmap?.executed).toEqual(rmap?.executable);
  for (const file of coverage.keys()) {
    if (!file.includes(':')) expect(sourceOf(tree, file)?.length, file).toBeGreaterThan(0);
  }
});

test('a changed unit alone is compiled anew', async () => {
  const result = await build(
    change('mm/rmap.c', /$/, `\nint rmapbot_test_addition(void) { return 42; }\n${NEVER_BUILT}`),
  );
  expect(imageOf(result).key).not.toBe(base.key);
  expect(result.compiled.filter((name) => name !== 'link')).toEqual(['mm/rmap.c']);
});

test('a comment in a unit gives other lines, not other layouts', async () => {
  const { layoutsFile, linesFile } = imageOf(await build(change('mm/rmap.c', /^/, '/* one more line */\n')));
  expect(readFileSync(layoutsFile, 'utf8')).toBe(readFileSync(base.layoutsFile, 'utf8'));
  expect(readFileSync(linesFile, 'utf8')).not.toBe(readFileSync(base.linesFile, 'utf8'));
});

test('a unit that does not compile is answered with the compiler words', async () => {
  const result = await build(
    change('mm/rmap.c', 'int folio_referenced(', 'int folio_referenced(struct nonsense here, '),
  );
  expect(result).toMatchObject({ failure: { unit: 'mm/rmap.c', config: 'prod' } });
  const { diagnostics } = 'failure' in result ? result.failure : { diagnostics: [] };
  expect(diagnostics.find(({ severity }) => severity === 'error')).toMatchObject({
    file: 'mm/rmap.c',
    column: expect.any(Number),
  });
});

test('an undefined symbol of data is a link failure by name', async () => {
  const text = '\nextern int rmapbot_missing;\nint rmapbot_use(void) { return rmapbot_missing; }\n';
  const result = await build(change('mm/util.c', /$/, text));
  expect(result).toMatchObject({ failure: { unit: 'link' } });
  expect('failure' in result ? result.failure.link : '').toBe(
    'error: undefined data symbol rmapbot_missing (mm/util.c)',
  );
});

test('a new unit in mm/Makefile joins the image', async () => {
  const makefile = change('mm/Makefile', /$/, '\nobj-y += rmapbot_new.o\n');
  const unit = Buffer.from(
    `#include <linux/mm.h>\nint rmapbot_new(struct page *page) { return page_count(page); }\n${NEVER_BUILT}`,
  );
  const result = await build(new Map([...makefile, ['mm/rmapbot_new.c', unit]]));
  expect(result.compiled.filter((name) => name !== 'link')).toEqual(['mm/rmapbot_new.c']);
  const names = Lines.load(imageOf(result).linesFile).functions.map(({ name }) => name);
  expect(names).toContain('rmapbot_new');
});
