// SPDX-License-Identifier: GPL-2.0-or-later
// Series on top of what they need: applied first, part of the base, and known again where the tree has them already.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { applySeries, openTree } from '../../src/tree/index.ts';
import type { AppliedSeries, NeededPatches, SourceTree } from '../../src/tree/values.ts';
import { diffOf, git, patchOf, SMALL_KERNEL, seriesOf, temporary, writeCheckout, writeTree } from './kernels.ts';

const BASE = SMALL_KERNEL['mm/rmap.c'] ?? '';
const ONE = BASE.replace('line 30\n', 'line 30\nadded by one\n');
const TWO = ONE.replace('added by one\n', 'added by one\nadded by two\n').replace('line 5\n', 'line five\n');
const THREE = TWO.replace('line 50\n', 'line fifty\n');
const [NEED_1, NEED_2, OWN] = [
  diffOf('mm/rmap.c', BASE, ONE),
  diffOf('mm/rmap.c', ONE, TWO),
  diffOf('mm/rmap.c', TWO, THREE),
];
const ADDS =
  'diff --git a/mm/new.c b/mm/new.c\nnew file mode 100644\n--- /dev/null\n+++ b/mm/new.c\n@@ -0,0 +1 @@\n+int a;\n';
const CHANGES_ADDED = diffOf('mm/new.c', 'int a;\n', 'int b;\n');

const needed = (...diffs: string[]): NeededPatches => ({
  name: 'v1 "needed"',
  patches: diffs.map((diff, at) => patchOf(at + 1, diff)),
});

let folder: string;
let cacheRoot: string;
beforeEach(() => {
  folder = temporary();
  cacheRoot = join(folder, 'cache');
});

async function on(rmap: string, own: string[], ...prerequisites: NeededPatches[]): Promise<AppliedSeries> {
  writeTree(join(folder, 'linux'), { ...SMALL_KERNEL, 'mm/rmap.c': rmap });
  const tree = await openTree('linux', { cwd: folder });
  return applySeries(tree, seriesOf(own), { cacheRoot, prerequisites });
}
const text = (files: AppliedSeries['under'], path: string) => files?.get(path)?.toString();

describe('a series that needs another', () => {
  it('is applied behind it: the base has the other, the diff only its own', async () => {
    const result = await on(BASE, [OWN, CHANGES_ADDED], needed(NEED_1, NEED_2), { ...needed(ADDS), name: 'second' });
    expect(result.failure).toBeUndefined();
    expect(result.prerequisites).toEqual([
      { name: 'v1 "needed"', applied: [1, 2], alreadyThere: [] },
      { name: 'second', applied: [1], alreadyThere: [] },
    ]);
    expect([text(result.under, 'mm/rmap.c'), text(result.under, 'mm/new.c')]).toEqual([TWO, 'int a;\n']);
    expect(result.commits.map(({ number }) => number)).toEqual([1, 2]);
    const last = result.commits[1];
    expect(last?.changes).toEqual([{ path: 'mm/new.c', status: 'modified' }]);
    expect([text(last?.overlay, 'mm/rmap.c'), text(last?.overlay, 'mm/new.c')]).toEqual([THREE, 'int b;\n']);
    expect(result.diff).toContain('+line fifty');
    expect(result.diff).not.toContain('added by');
  });

  it('does not apply without it, and has no base of its own then', async () => {
    const result = await on(BASE, [CHANGES_ADDED]);
    expect(result.failure?.patch).toBe(1);
    expect(result).not.toHaveProperty('under');
    expect(result).not.toHaveProperty('prerequisites');
  });

  it.each([
    ['all of it', TWO, [], [1, 2]],
    ['its first patch', ONE, [2], [1]],
    ['nothing of it', BASE, [1, 2], []],
  ])('knows that the tree has %s', async (_what, rmap, applied, alreadyThere) => {
    const result = await on(rmap, [OWN], needed(NEED_1, NEED_2));
    expect(result.prerequisites).toEqual([{ name: 'v1 "needed"', applied, alreadyThere }]);
    expect(result.failure).toBeUndefined();
    expect(result.commits[0]?.overlay.get('mm/rmap.c')?.toString()).toBe(THREE);
  });

  it('applies a removal though its place looks the same elsewhere', async () => {
    const block = 'a\nb\nc\nd\ne\nf\n';
    const twice = `${block}X\n${block.replace('c\n', 'c\nGONE\n')}Y\n`;
    const removal = diffOf('mm/rmap.c', twice, twice.replace('GONE\n', ''));
    const result = await on(twice, [], needed(removal));
    expect(result.prerequisites?.[0]).toMatchObject({ applied: [1], alreadyThere: [] });
    expect(text(result.under, 'mm/rmap.c')).not.toContain('GONE');
  });

  it('says which patch of it does not apply, and tries no patch of the series', async () => {
    const other = diffOf('mm/vma.c', 'not like this\n', 'at all\n');
    const result = await on(BASE, [OWN], needed(NEED_1, other));
    expect(result.prerequisites).toMatchObject([
      { applied: [1], failure: { kind: 'does-not-apply', patch: 2, path: 'mm/vma.c' } },
    ]);
    expect([result.commits, result.diff, result.failure]).toEqual([[], '', undefined]);
  });

  it('takes no hostile patch of another series either', async () => {
    const evil = ADDS.replaceAll('mm/new.c', '../../evil');
    const result = await on(BASE, [OWN], needed(evil));
    expect(result.prerequisites?.[0]?.failure).toMatchObject({ kind: 'refused', patch: 1 });
    expect(result.commits).toEqual([]);
  });

  it('merges three ways against what the other made', async () => {
    // The author's base had line 50 in another form; the blob that the second patch starts from exists nowhere else.
    const theirs = BASE.replace('line 58\n', 'line fifty-eight\n');
    const first = diffOf('mm/rmap.c', theirs, theirs.replace('line 10\n', 'line ten\n'));
    const after = theirs.replace('line 10\n', 'line ten\n');
    const second = diffOf('mm/rmap.c', after, after.replace('line 56\n', 'line fifty-six\n'));
    const root = writeCheckout(join(folder, 'linux'), { ...SMALL_KERNEL, 'mm/rmap.c': theirs });
    writeFileSync(join(root, 'mm/rmap.c'), BASE.replace('line 59\n', 'line fifty-nine\n'));
    git(root, 'commit', '-q', '-a', '-m', 'moved on');
    const tree: SourceTree = await openTree('linux', { cwd: folder });
    const result = await applySeries(tree, seriesOf([second]), { cacheRoot, prerequisites: [needed(first)] });
    expect(result.failure).toBeUndefined();
    expect(result.commits[0]?.threeWay).toBe(true);
    expect(result.commits[0]?.overlay.get('mm/rmap.c')?.toString()).toContain('line ten\n');
  });
});
