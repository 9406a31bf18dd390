// SPDX-License-Identifier: GPL-2.0-or-later
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applySeries, openTree } from '../../src/tree/index.ts';
import type { AppliedSeries, SourceTree } from '../../src/tree/values.ts';
import { diffOf, git, patchOf, SMALL_KERNEL, seriesOf, temporary, writeCheckout, writeTree } from './kernels.ts';

const RMAP = SMALL_KERNEL['mm/rmap.c'] ?? '';
const EDITED = RMAP.replace('line 30\n', 'line thirty\n');
const EDITED_TWICE = EDITED.replace('line 50\n', 'line fifty\n');
const FIRST = diffOf('mm/rmap.c', RMAP, EDITED);
const SECOND = diffOf('mm/rmap.c', EDITED, EDITED_TWICE);
const ADDED = `diff --git a/mm/new.c b/mm/new.c
new file mode 100644
--- /dev/null
+++ b/mm/new.c
@@ -0,0 +1 @@
+int fresh;
`;

async function smallTree(): Promise<{ tree: SourceTree; root: string; cacheRoot: string }> {
  const folder = temporary();
  const root = writeTree(join(folder, 'small'));
  return { root, cacheRoot: join(folder, 'cache'), tree: await openTree('small', { cwd: folder }) };
}

async function applied(diffs: string[]): Promise<AppliedSeries> {
  const { tree, cacheRoot } = await smallTree();
  const result = await applySeries(tree, seriesOf(diffs), { cacheRoot });
  expect(readdirSync(join(cacheRoot, 'tmp'))).toEqual([]);
  return result;
}

function text(result: AppliedSeries, commit: number, path: string): string | null | undefined {
  const content = result.commits[commit]?.overlay.get(path);
  return content === undefined ? undefined : (content?.toString('utf8') ?? null);
}

describe('a series that applies', () => {
  it('gives one commit a patch, each with all that differs from the base', async () => {
    const result = await applied([FIRST, ADDED, SECOND]);
    expect(result.failure).toBeUndefined();
    expect(result.commits.map(({ number, changes }) => ({ number, changes }))).toEqual([
      { number: 1, changes: [{ path: 'mm/rmap.c', status: 'modified' }] },
      { number: 2, changes: [{ path: 'mm/new.c', status: 'added' }] },
      { number: 3, changes: [{ path: 'mm/rmap.c', status: 'modified' }] },
    ]);
    expect(text(result, 0, 'mm/rmap.c')).toBe(EDITED);
    expect(text(result, 0, 'mm/new.c')).toBeUndefined();
    expect(text(result, 1, 'mm/rmap.c')).toBe(EDITED);
    expect(text(result, 2, 'mm/rmap.c')).toBe(EDITED_TWICE);
    expect(text(result, 2, 'mm/new.c')).toBe('int fresh;\n');
  });

  it('hands on the whole as one diff that git would print', async () => {
    const { diff } = await applied([FIRST, SECOND]);
    expect(diff).toContain('--- a/mm/rmap.c\n+++ b/mm/rmap.c\n@@ -27,7 +27,7 @@');
    expect(diff.match(/^@@/gm)).toHaveLength(2);
    expect(await applied([FIRST, SECOND])).toMatchObject({ diff });
  });

  it('names deletions, renames and files that a later patch puts back', async () => {
    const removed = diffOf('mm/vma.c', SMALL_KERNEL['mm/vma.c'] ?? '', '').replace(
      /^index.*$/m,
      'deleted file mode 100644',
    );
    const gone = removed.replace('+++ b/mm/vma.c', '+++ /dev/null');
    const moved =
      'diff --git a/mm/rmap.c b/mm/map.c\nsimilarity index 100%\nrename from mm/rmap.c\nrename to mm/map.c\n';
    const back =
      'diff --git a/mm/map.c b/mm/rmap.c\nsimilarity index 100%\nrename from mm/map.c\nrename to mm/rmap.c\n';
    const result = await applied([gone, moved, back]);
    expect(result.failure).toBeUndefined();
    expect(result.commits[0]?.changes).toEqual([{ path: 'mm/vma.c', status: 'deleted' }]);
    expect(text(result, 0, 'mm/vma.c')).toBeNull();
    expect(result.commits[1]?.changes).toEqual([{ path: 'mm/map.c', oldPath: 'mm/rmap.c', status: 'renamed' }]);
    expect([text(result, 1, 'mm/rmap.c'), text(result, 1, 'mm/map.c')]).toEqual([null, RMAP]);
    expect([...(result.commits[2]?.overlay.keys() ?? [])]).toEqual(['mm/vma.c']);
  });

  it('keeps bytes that are not UTF-8, blanks in names and a missing last newline', async () => {
    const { tree, root, cacheRoot } = await smallTree();
    const tail = Buffer.from([0xe9, 10, 0x62]);
    writeFileSync(join(root, 'mm/odd name.c'), Buffer.concat([Buffer.from('a\nb\nc\nd\n'), tail]));
    const diff =
      'diff --git a/mm/odd name.c b/mm/odd name.c\n--- a/mm/odd name.c\n+++ b/mm/odd name.c\n@@ -1,4 +1,4 @@\n-a\n+A\n b\n c\n d\n';
    const result = await applySeries(tree, seriesOf([diff]), { cacheRoot });
    expect(result.failure).toBeUndefined();
    const expected = Buffer.concat([Buffer.from('A\nb\nc\nd\n'), tail]);
    expect(result.commits[0]?.overlay.get('mm/odd name.c')).toEqual(expected);
  });

  it('gives each patch its own changes, though it changes nothing or puts back what was', async () => {
    const back = diffOf('mm/rmap.c', EDITED, RMAP);
    const result = await applied([FIRST, back, FIRST, back]);
    expect(result.commits.map(({ changes }) => changes.length)).toEqual([1, 1, 1, 1]);
    expect(result.commits.map(({ overlay }) => overlay.size)).toEqual([1, 0, 1, 0]);
    expect(result.diff).toBe('');
    expect(new Set(result.commits.map(({ commit }) => commit)).size).toBe(4);
  });

  it('gives the same commits each time, whoever runs it and whatever the mail lacks', async () => {
    const run = async (): Promise<string[]> => {
      const { tree, cacheRoot } = await smallTree();
      const nobody = { author: { name: '<>\n', address: '' }, message: '' };
      const patches = [patchOf(1, FIRST, nobody), patchOf(2, SECOND)];
      delete patches[0]?.date;
      return (await applySeries(tree, seriesOf([], { patches }), { cacheRoot })).commits.map(({ commit }) => commit);
    };
    const once = await run();
    expect(once).toHaveLength(2);
    expect(await run()).toEqual(once);
  });
});

describe('a series that does not apply', () => {
  it('names patch, file and hunk in git’s own words and keeps what applied before', async () => {
    const wrong = SECOND.replace('-line 50', '-line five-oh').replace(
      /^@@/m,
      '@@ -5,7 +5,7 @@\n line 5\n line 6\n line 7\n-line 8\n+line eight\n line 9\n line 10\n line 11\n@@',
    );
    const result = await applied([FIRST, wrong]);
    expect(result.commits).toHaveLength(1);
    expect(result.failure).toEqual({
      kind: 'does-not-apply',
      patch: 2,
      path: 'mm/rmap.c',
      hunk: 2,
      message: 'patch failed: mm/rmap.c:47; mm/rmap.c: patch does not apply',
    });
  });

  it.each([
    [
      'changes a file that does not exist',
      FIRST.replaceAll('rmap.c', 'nope.c'),
      'mm/nope.c',
      /mm\/nope\.c: does not exist/,
    ],
    ['adds a file that exists', ADDED.replaceAll('new.c', 'vma.c'), 'mm/vma.c', /mm\/vma\.c: already exists/],
    ['adds a file where a folder is', ADDED.replaceAll('mm/new.c', 'mm'), 'mm', /folder/],
    ['adds a file below a file', ADDED.replaceAll('mm/new.c', 'mm/rmap.c/x.c'), 'mm/rmap.c/x.c', /is a file/],
  ])('where it %s', async (_what, diff, path, message) => {
    const { failure, commits, diff: whole } = await applied([diff]);
    expect(failure).toMatchObject({ kind: 'does-not-apply', patch: 1, path });
    expect(failure?.message).toMatch(message);
    expect([commits, whole]).toEqual([[], '']);
  });

  it('says so of a diff that is cut off', async () => {
    const { failure } = await applied([FIRST.split('\n').slice(0, -4).join('\n')]);
    expect(failure).toMatchObject({ kind: 'does-not-apply', patch: 1 });
    expect(failure?.message).toMatch(/cut off/);
  });
});

describe('three-way', () => {
  /** A checkout whose second commit moved on from what the author of the series saw. */
  async function movedOn(): Promise<{ tree: SourceTree; cacheRoot: string; root: string }> {
    const folder = temporary();
    const root = writeCheckout(join(folder, 'linux'));
    writeFileSync(
      join(root, 'mm/rmap.c'),
      RMAP.replace('line 28\n', 'line twenty-eight\n').replace('line 48\n', 'l 48\n'),
    );
    git(root, 'commit', '-q', '-a', '-m', 'second');
    return { root, cacheRoot: join(folder, 'cache'), tree: await openTree('linux', { cwd: folder }) };
  }
  // Changes two lines away from what moved: the context differs, a merge does not conflict.
  const near = diffOf('mm/rmap.c', RMAP, EDITED);

  it('applies by the blob that the index line names, then on by blobs that the series itself makes', async () => {
    const { tree, cacheRoot } = await movedOn();
    const result = await applySeries(tree, seriesOf([near, SECOND]), { cacheRoot });
    expect(result.failure).toBeUndefined();
    expect(result.commits.map((commit) => commit.threeWay)).toEqual([true, true]);
    const final = text(result, 1, 'mm/rmap.c');
    expect(final).toContain('line twenty-eight\nline 29\nline thirty\n');
    expect(final).toContain('l 48\nline 49\nline fifty\n');
  });

  it('replays the series on the author’s files where only a later patch needs the merge', async () => {
    const { tree, root, cacheRoot } = await movedOn();
    writeFileSync(join(root, 'mm/rmap.c'), RMAP.replace('line 48\n', 'l 48\n'));
    const result = await applySeries(tree, seriesOf([near, SECOND]), { cacheRoot });
    expect(result.failure).toBeUndefined();
    expect(result.commits.map((commit) => commit.threeWay)).toEqual([undefined, true]);
    expect(text(result, 1, 'mm/rmap.c')).toBe(EDITED_TWICE.replace('line 48\n', 'l 48\n'));
  });

  it('does not apply where the merge conflicts', async () => {
    const { tree, root, cacheRoot } = await movedOn();
    writeFileSync(join(root, 'mm/rmap.c'), RMAP.replace('line 30\n', 'line 30 of another\n'));
    const { failure } = await applySeries(tree, seriesOf([near]), { cacheRoot });
    expect(failure).toMatchObject({ kind: 'does-not-apply', patch: 1, path: 'mm/rmap.c', hunk: 1 });
    expect(failure?.message).toMatch(/three-way: conflicts/);
  });

  it('does not wait for the author’s files of a patch that only adds some', async () => {
    const other = FIRST.replace('-line 30\n', '-line xxx\n');
    const result = await applied([ADDED, FIRST, other]);
    expect(result.failure).toMatchObject({ kind: 'does-not-apply', patch: 3, path: 'mm/rmap.c' });
    expect(result.commits).toHaveLength(2);
  });

  it('does not apply where the blob is nowhere', async () => {
    const { tree, root, cacheRoot } = await movedOn();
    rmSync(join(root, '.git'), { recursive: true });
    const plain = await openTree(root, { cwd: '/' });
    expect(plain.origin).toBeUndefined();
    expect((await applySeries(plain, seriesOf([near]), { cacheRoot })).failure).toMatchObject({
      kind: 'does-not-apply',
    });
    expect(tree.origin?.kind).toBe('checkout');
  });
});
