// SPDX-License-Identifier: GPL-2.0-or-later
// A pull request becomes a series and a tree: by real git from a fake GitHub, fetching only what is needed.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ObjectStore } from '../../src/github/objects.ts';
import { readPullRequest } from '../../src/github/pull-request.ts';
import { seriesOf } from '../../src/github/series.ts';
import { setUsed, treeOf } from '../../src/github/tree.ts';
import type { Series } from '../../src/series/values.ts';
import { applySeries } from '../../src/tree/index.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import { commit, git } from './fake-git.ts';
import { type World, world } from './world.ts';

/** Each test starts git some fifty times. */
vi.setConfig({ testTimeout: 180_000 });

async function storeOf({ access, cacheRoot, ref }: World): Promise<ObjectStore> {
  return ObjectStore.open({ cacheRoot, server: access.server, repository: ref, token: () => access.token(1) });
}

async function read(at: World, number: number): Promise<{ series: Series; tree: SourceTree }> {
  const store = await storeOf(at);
  const pull = await readPullRequest(at.access.client(1), at.ref, number);
  const series = await seriesOf(store, pull);
  const tree = await treeOf(store, pull.mergeBase, series, { label: 'octo/linux', cacheRoot: at.cacheRoot });
  return { series, tree };
}

const RMAP = (two: string) => ({ 'mm/rmap.c': `int one;\n${two}\nint three;\n` });

describe('a pull request', () => {
  it('is a series of its commits in order, on its merge base, that applies there', async () => {
    const at = await world();
    const moved = at.push(at.main, { 'mm/Kconfig': 'config MMU\n\tbool "moved on"\n' });
    const head = at.push(at.main, RMAP('int second;'), {
      ...RMAP('long second;'),
      message: 'mm/rmap: make it\nlong\n\nLonger is better.\n---\nno notes here\n\nCc: Bob <bob@example.org>\n',
    });
    at.pull(1, head, { base: moved });
    const { series, tree } = await read(at, 1);
    expect(series).toMatchObject({
      id: `octo/linux#1@${head}`,
      subject: 'mm/rmap: a small thing',
      base: at.main,
      expected: 2,
      missing: [],
      cover: { text: 'What it is for.' },
      patches: [
        { number: 1, title: 'mm/rmap: change 1', paths: ['mm/rmap.c'], trailers: [{ name: 'Signed-off-by' }] },
        {
          number: 2,
          title: 'mm/rmap: make it long',
          message: 'Longer is better.\n---\nno notes here\n\nCc: Bob <bob@example.org>',
        },
      ],
    });
    expect(readFileSync(join(tree.root, 'mm/Kconfig'), 'utf8')).not.toContain('moved on');
    const applied = await applySeries(tree, series, { cacheRoot: at.cacheRoot });
    expect(applied.failure).toBeUndefined();
    expect(applied.base).toBe(`octo/linux, commit ${at.main}, the series' base-commit`);
    expect(applied.commits.at(-1)?.overlay.get('mm/rmap.c')?.toString()).toBe('int one;\nlong second;\nint three;\n');
    expect(at.fake.faults).toEqual([]);
  });

  it('brings only what mm/ compiles from and what it names; the next one of the repository little more', async () => {
    const at = await world();
    at.pull(1, at.push(at.main, RMAP('int second;')));
    const { tree } = await read(at, 1);
    const first = at.fake.gitBytes;
    const all = Number(git(at.repository.gitDir, ['cat-file', '-s', `${at.main}:drivers/net/d0.c`])) * 40;
    expect(first).toBeLessThan(all / 20);
    expect(() => readFileSync(join(tree.root, 'drivers/net/d0.c'))).toThrow('ENOENT');
    at.pull(2, at.push(at.main, { 'drivers/net/d7.c': 'int seven;\n' }));
    const second = await read(at, 2);
    const applied = await applySeries(second.tree, second.series, { cacheRoot: at.cacheRoot });
    expect(applied.failure).toBeUndefined();
    // The one file of 20 kB that it changes, and its folders; nothing of the selection again.
    expect(at.fake.gitBytes - first).toBeLessThan(40_000);
    expect(second.tree.root).toBe(tree.root);
    const before = at.fake.gitBytes;
    await read(at, 2);
    expect(at.fake.gitBytes).toBe(before);
  });

  it('keeps binary files, renames and odd names apart', async () => {
    const at = await world();
    const binary = '\u0000\u0001bin\u0000';
    const head = at.push(at.main, {
      'mm/rmap.c': null,
      'mm/räv map.c': 'int one;\nint two;\nint three;\n',
      'mm/logo.bin': binary,
    });
    at.pull(1, head);
    const { series, tree } = await read(at, 1);
    expect(series.patches[0]?.paths.toSorted()).toEqual(['mm/logo.bin', 'mm/rmap.c', 'mm/räv map.c']);
    const applied = await applySeries(tree, series, { cacheRoot: at.cacheRoot });
    expect(applied.failure).toBeUndefined();
    expect(applied.commits[0]?.overlay.get('mm/logo.bin')?.toString()).toBe(binary);
  });

  it('survives a git that was killed in the middle', async () => {
    const at = await world();
    const head = at.push(at.main, RMAP('int second;'));
    at.pull(1, head);
    const store = await storeOf(at);
    mkdirSync(join(store.gitDir, 'refs/rmapbot'), { recursive: true });
    mkdirSync(join(store.gitDir, 'objects/pack'), { recursive: true });
    const left = ['shallow.lock', `refs/rmapbot/${head}.lock`, 'objects/pack/tmp_pack_x'].map((path) =>
      join(store.gitDir, path),
    );
    for (const path of left) writeFileSync(path, 'half');
    expect((await read(at, 1)).series.patches).toHaveLength(1);
    expect(left.filter((path) => existsSync(path))).toEqual([]);
  });

  it('survives that packs are made one', async () => {
    const at = await world();
    at.pull(1, at.push(at.main, RMAP('int second;')));
    await read(at, 1);
    const store = await storeOf(at);
    git(store.gitDir, ['repack', '-a', '-d', '-q']);
    const before = at.fake.gitBytes;
    await read(at, 1);
    expect(at.fake.gitBytes).toBe(before);
  });
});

describe('what is refused', () => {
  it('a merge, with the commit and the way out', async () => {
    const at = await world();
    const moved = at.push(at.main, { 'mm/Kconfig': 'config MMU\n\tbool "moved on"\n' });
    const one = at.push(at.main, RMAP('int second;'));
    const merge = commit(at.repository.gitDir, [one, moved], {}, "Merge branch 'main'");
    at.pull(1, at.push(merge, RMAP('int third;')), { base: moved });
    await expect(read(at, 1)).rejects.toThrow(/^commit [0-9a-f]{12} "Merge branch 'main'" is a merge, .*rebase/);
  });

  it('no commits, too many, no common history, no pull request', async () => {
    const at = await world();
    at.pull(1, at.main);
    await expect(read(at, 1)).rejects.toThrow('no commits of its own');
    let tip = at.main;
    const tree = git(at.repository.gitDir, ['rev-parse', `${tip}^{tree}`]);
    for (let i = 0; i < 251; i++) tip = git(at.repository.gitDir, ['commit-tree', tree, '-p', tip], `c${i}`);
    at.pull(2, tip);
    const before = at.fake.gitBytes;
    await expect(read(at, 2)).rejects.toThrow('251 commits');
    expect(at.fake.gitBytes).toBe(before);
    await expect(read(at, 3)).rejects.toThrow('octo/linux#3: no such pull request');
  });

  it('a symbolic link, by the tree room', async () => {
    const at = await world();
    at.pull(1, at.push(at.main, { 'mm/link.c': '-> /etc/passwd' }));
    const { series, tree } = await read(at, 1);
    const { failure } = await applySeries(tree, series, { cacheRoot: at.cacheRoot });
    expect(failure).toMatchObject({ kind: 'refused', message: expect.stringContaining('symbolic link') });
  });
});

it('trees of base commits go when they have rested for a day, the last few never', async () => {
  const at = await world();
  const bases: string[] = [];
  let tip = at.main;
  for (let number = 1; number <= 11; number++) {
    tip = at.push(tip, { 'mm/Kconfig': `config MMU${number}\n\tbool\n` });
    bases.push(tip);
    at.pull(number, at.push(tip, RMAP(`int n${number};`)), { base: tip });
    await read(at, number);
    if (number <= 10)
      await setUsed(
        at.cacheRoot,
        tip,
        new Date(Date.now() - (number <= 5 ? 2 : 0) * 86_400_000 - (11 - number) * 1000),
      );
  }
  const { readdirSync } = await import('node:fs');
  const left = readdirSync(join(at.cacheRoot, 'trees'));
  expect(left.toSorted()).toEqual(
    bases
      .slice(2)
      .map((base) => `commit-${base}`)
      .toSorted(),
  );
});
