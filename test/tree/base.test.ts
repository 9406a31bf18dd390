// SPDX-License-Identifier: GPL-2.0-or-later
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { applySeries, baseChoices, openTree } from '../../src/tree/index.ts';
import { maintainersTree, repositoryKey } from '../../src/tree/maintainers.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import { treeIfOffered, treeNames } from '../support/trees.ts';
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
  const [choice, ...others] = await baseChoices(seriesOf([], { base: 'e'.repeat(40) }), tree);
  expect([choice?.commit, others]).toEqual([undefined, []]);
  expect(choice?.text).toMatch(/as they are \(without the series' base-commit eeeeeeeeeeee\)$/);
  const plain = await openTree(writeTree(join(folder, 'plain')), { cwd: '/' });
  expect((await baseChoices(seriesOf([], { base: 'e'.repeat(40) }), plain))[0]?.text).toBe(
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
  await expect(baseChoices(seriesOf([]), plain, 'HEAD')).rejects.toThrow(/needs a git checkout, and plain is none/);
});

it('finds base-commits from a worktree too', async () => {
  git(root, 'worktree', 'add', '-q', '../second', first);
  const other = await openTree('second', { cwd: folder });
  const result = await applySeries(other, seriesOf([EDIT], { base: first }), { cacheRoot });
  expect(result.tree.identity).toBe(first);
  expect(result.failure).toBeUndefined();
});

describe('where neither --base nor a base-commit decides', () => {
  const MAINTAINERS = `Maintainers List\n----------------\n
A SECTION
M:	Ann Example <ann@example.org>
T:	git git://git.example.org/pub/linux/a.git for-next
F:	mm/

RMAP
T:	git git://git.example.org/pub/linux/rmap
F:	mm/rmap.c

THE REST
T:	git git://git.example.org/pub/linux/all
F:	*
F:	*/
`;
  const ON_FIRST = diffOf('mm/vma.c', VMA, VMA.replace('line 3\n', 'line three\n'));
  beforeEach(() => {
    writeFileSync(join(root, 'MAINTAINERS'), MAINTAINERS);
    git(root, 'remote', 'add', 'theirs', 'https://git.example.org/pub/linux/rmap.git/');
    git(root, 'update-ref', 'refs/remotes/theirs/master', first);
    git(root, 'update-ref', 'refs/remotes/theirs/mm-unstable', first);
  });

  it('takes the branch that the subject names, if the series applies to it, and says so', async () => {
    const named = await applySeries(tree, seriesOf([ON_FIRST], { tags: ['RFC', 'mm-unstable'] }), { cacheRoot });
    expect(named.base).toBe(`linux at ${first}, its theirs/mm-unstable, which the subject of the series names`);
    expect(readFileSync(join(named.tree.root, 'mm/vma.c'), 'utf8')).toBe(VMA);
    const onFolder = diffOf('mm/vma.c', `${VMA}third\n`, `${VMA}fourth\n`);
    const other = await applySeries(tree, seriesOf([onFolder], { tags: ['mm-unstable'] }), { cacheRoot });
    expect(other.failure).toBeUndefined();
    expect(other.base).toMatch(/as they are.*; the series does not apply to theirs\/mm-unstable$/);
    expect((await baseChoices(seriesOf([EDIT], { tags: ['RFC', 'RESEND', 'nope'] }), tree)).length).toBe(2);
  });

  it('takes a stable line by the branch or the tag of it', async () => {
    git(root, 'branch', 'linux-6.12.y', first);
    const [choice] = await baseChoices(seriesOf([EDIT], { tags: ['6.12.y'] }), tree);
    expect(choice).toMatchObject({ commit: first, name: 'linux-6.12.y' });
  });

  it('takes the remote that MAINTAINERS names for the files, else the files as they are', async () => {
    const result = await applySeries(tree, seriesOf([EDIT]), { cacheRoot });
    expect(result.base).toBe(`linux at ${first}, its theirs/master, which MAINTAINERS names for RMAP`);
    const elsewhere = await baseChoices(seriesOf([ON_FIRST]), tree);
    expect(elsewhere.map(({ commit }) => commit)).toEqual([undefined]);
    git(root, 'update-ref', 'refs/remotes/theirs/master', git(root, 'rev-parse', 'HEAD'));
    expect((await baseChoices(seriesOf([EDIT]), tree)).map(({ commit }) => commit)).toEqual([undefined]);
  });

  it('asks MAINTAINERS for the most precise section with a tree', () => {
    const of = (...paths: string[]) => maintainersTree(MAINTAINERS, paths);
    expect(of('mm/rmap.c')).toEqual({ section: 'RMAP', url: 'git://git.example.org/pub/linux/rmap' });
    expect(of('mm/rmap.c', 'mm/vma.c')).toMatchObject({ section: 'A SECTION', branch: 'for-next' });
    expect(of('fs/exec.c')).toBeUndefined();
    const patterns = 'A\nT: git git://x/y\nF: mm/*\nF: fs/**/a?.c\nX: mm/not.c\nF: *a*a*a*a*a*a*a*b\n';
    const covered = ['mm/a.c', 'mm/sub/a.c', 'mm/not.c', 'fs/x/y/ab.c', 'fs/x/a.c', 'a'.repeat(5000)];
    expect(covered.map((path) => maintainersTree(patterns, [path]) !== undefined)).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it('knows one repository by its different addresses', () => {
    const key = 'git.kernel.org/pub/scm/linux/kernel/git/akpm/mm';
    for (const url of [
      'git://git.kernel.org/pub/scm/linux/kernel/git/akpm/mm',
      'https://git.kernel.org/pub/scm/linux/kernel/git/akpm/mm.git/',
      'git@gitolite.kernel.org:/pub/scm/linux/kernel/git/akpm/mm.git',
      'https://kernel.googlesource.com/pub/scm/linux/kernel/git/akpm/mm',
    ])
      expect(repositoryKey(url)).toBe(key);
    expect(repositoryKey('/srv/linux')).toBeUndefined();
  });

  it('reads the MAINTAINERS of every tree at hand', async () => {
    for (const name of treeNames) {
      const real = await treeIfOffered(name);
      if (!real) continue;
      const text = readFileSync(join(real.root, 'MAINTAINERS'), 'utf8');
      expect(maintainersTree(text, ['mm/mmap.c'])?.url).toMatch(/^git:\/\/git\.kernel\.org\/.*\/akpm\/mm$/);
    }
  });
});
