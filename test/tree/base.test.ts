// SPDX-License-Identifier: GPL-2.0-or-later
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { applySeries, openTree, pickBase } from '../../src/tree/index.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import { diffOf, git, SMALL_KERNEL, seriesOf, temporary, writeCheckout, writeTree } from './kernels.ts';

const RMAP = SMALL_KERNEL['mm/rmap.c'] ?? '';
const VMA = SMALL_KERNEL['mm/vma.c'] ?? '';
const EDIT = diffOf('mm/rmap.c', RMAP, RMAP.replace('line 30\n', 'line thirty\n'));

let folder: string;
let root: string;
let first: string;
let tree: SourceTree;
let cacheRoot: string;
beforeEach(async () => {
  folder = temporary();
  cacheRoot = join(folder, 'cache');
  root = writeCheckout(join(folder, 'linux'));
  first = git(root, 'rev-parse', 'HEAD');
  writeFileSync(join(root, 'mm/vma.c'), `${VMA}second\n`);
  git(root, 'commit', '-q', '-a', '-m', 'second');
  writeFileSync(join(root, 'mm/vma.c'), `${VMA}third\n`);
  tree = await openTree('linux', { cwd: folder });
});

it('takes the folder as it is where nothing else is asked, and says what is not as committed', async () => {
  const head = git(root, 'rev-parse', 'HEAD');
  const result = await applySeries(tree, seriesOf([EDIT]), { cacheRoot });
  expect(result.tree).toEqual(tree);
  expect(result.base).toBe(`linux at ${head}, the files of the folder as they are`);
  const touching = diffOf('mm/vma.c', `${VMA}third\n`, `${VMA}fourth\n`);
  const dirty = await applySeries(tree, seriesOf([touching]), { cacheRoot });
  expect(dirty.failure).toBeUndefined();
  expect(dirty.base).toBe(`linux at ${head}, the files of the folder as they are; not as committed: mm/vma.c`);
});

it('takes the base-commit where the checkout has it: all of the tree is then of that commit', async () => {
  const result = await applySeries(tree, seriesOf([EDIT], { base: first }), { cacheRoot });
  expect(result.base).toBe(`linux at ${first}, the series' base-commit`);
  expect(result.tree).toMatchObject({
    identity: first,
    label: `linux at ${first.slice(0, 12)}`,
    version: '6.12.3-test',
  });
  expect(readFileSync(join(result.tree.root, 'mm/vma.c'), 'utf8')).toBe(VMA);
  const far = diffOf('drivers/misc/far.c', SMALL_KERNEL['drivers/misc/far.c'] ?? '', 'short\n');
  const on = await applySeries(tree, seriesOf([far], { base: first }), { cacheRoot });
  expect(on.failure).toBeUndefined();
  expect(on.commits[0]?.overlay.get('drivers/misc/far.c')?.toString()).toBe('short\n');
});

it('says so where the base-commit is not there', async () => {
  const choice = await pickBase(seriesOf([], { base: 'e'.repeat(40) }), tree);
  expect(choice.commit).toBeUndefined();
  expect(choice.text).toMatch(/as they are \(without the series' base-commit eeeeeeeeeeee\)$/);
  const plain = await openTree(writeTree(join(folder, 'plain')), { cwd: '/' });
  expect((await pickBase(seriesOf([], { base: 'e'.repeat(40) }), plain)).text).toBe(
    "plain (without the series' base-commit eeeeeeeeeeee)",
  );
});

it('puts --base first', async () => {
  const result = await applySeries(tree, seriesOf([EDIT], { base: first }), { cacheRoot, base: 'main' });
  expect(result.base).toMatch(/\(--base main\)$/);
  expect(readFileSync(join(result.tree.root, 'mm/vma.c'), 'utf8')).toBe(`${VMA}second\n`);
});

it.each(['nope', '--help', 'HEAD..main', '-x', 'main@{1}', ':/second', 'HEAD:mm'])(
  'knows no --base %s',
  async (base) => {
    await expect(applySeries(tree, seriesOf([EDIT]), { cacheRoot, base })).rejects.toThrow(InputError);
  },
);

it('has --base for checkouts only', async () => {
  const plain = await openTree(writeTree(join(folder, 'plain')), { cwd: '/' });
  await expect(pickBase(seriesOf([]), plain, 'HEAD')).rejects.toThrow(/needs a git checkout, and plain is none/);
});

it('finds base-commits from a worktree too', async () => {
  git(root, 'worktree', 'add', '-q', '../second', first);
  const other = await openTree('second', { cwd: folder });
  const result = await applySeries(other, seriesOf([EDIT], { base: first }), { cacheRoot });
  expect(result.tree.identity).toBe(first);
  expect(result.failure).toBeUndefined();
});
