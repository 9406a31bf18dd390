// SPDX-License-Identifier: GPL-2.0-or-later
// A commit of a repository's store -> a tree that a review can work on without any network: what mm/ compiles from and
// every file that the series names are fetched first. Trees of base commits are kept for a while, not for ever.
import { readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDiff } from '../series/diff.ts';
import type { Series } from '../series/values.ts';
import { includedPaths } from '../tree/includes.ts';
import { isSelected } from '../tree/selection.ts';
import { dropEntry, entryFolder, readEntry } from '../tree/store.ts';
import { openCommit } from '../tree/trees.ts';
import type { SourceTree } from '../tree/values.ts';
import { TREE_REST_MS, TREES_KEPT } from './limits.ts';
import type { ObjectStore } from './objects.ts';

/** `label`: what reports call it. Throws InputError where the commit is no kernel. */
export async function treeOf(
  store: ObjectStore,
  commit: string,
  series: Series,
  { label, cacheRoot }: { label: string; cacheRoot: string },
): Promise<SourceTree> {
  await store.fetchCommit(commit, 1);
  const named = new Set(series.patches.flatMap(({ paths, diff }) => [...paths, ...includesOf(diff)]));
  const listed = (await store.read(['ls-tree', '-r', '-z', '--full-tree', commit])).toString('utf8').split('\0');
  const there = readEntry(entryFolder(cacheRoot, `commit-${commit}`)) !== undefined;
  const wanted = listed.flatMap((line) => {
    const [, id, path = ''] = /^1[02]0\d{3} blob ([0-9a-f]{40})\t(.+)$/s.exec(line) ?? [];
    return id !== undefined && (named.has(path) || (!there && isSelected(path))) ? [id] : [];
  });
  await store.fetchBlobs(wanted);
  const tree = await openCommit(store.gitDir, commit, label, { cacheRoot });
  await writeFile(join(entryFolder(cacheRoot, `commit-${commit}`), USED), '');
  await prune(cacheRoot, commit);
  return tree;
}

/** A diff that cannot be read is the review's to tell. */
function includesOf(diff: string): string[] {
  try {
    return includedPaths(parseDiff(diff));
  } catch {
    return [];
  }
}

/** Its time is when the tree was last taken for a review. */
const USED = 'github-used';

/** Removes trees of our stores that nobody has used for a day, beyond the last few. */
async function prune(cacheRoot: string, but: string): Promise<void> {
  const trees: { key: string; used: number }[] = [];
  for (const key of await readdir(join(cacheRoot, 'trees'))) {
    const used = await stat(join(entryFolder(cacheRoot, key), USED)).catch(() => undefined);
    if (used && key !== `commit-${but}`) trees.push({ key, used: used.mtimeMs });
  }
  const idle = trees.sort((a, b) => b.used - a.used).slice(TREES_KEPT);
  for (const { key, used } of idle) if (Date.now() - used > TREE_REST_MS) await dropEntry(cacheRoot, key);
}

/** Removes the trees whose files came from a store. */
export async function dropTreesOf(store: ObjectStore, cacheRoot: string): Promise<void> {
  const keys = await readdir(join(cacheRoot, 'trees')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const key of keys) {
    const source = readEntry(entryFolder(cacheRoot, key))?.source;
    if (source?.kind === 'borrowed' && source.objects.startsWith(`${store.gitDir}/`)) await dropEntry(cacheRoot, key);
  }
}

/** Sets when a tree was last used; for tests of what is removed when. */
export async function setUsed(cacheRoot: string, commit: string, time: Date): Promise<void> {
  await utimes(join(entryFolder(cacheRoot, `commit-${commit}`), USED), time, time);
}
