// SPDX-License-Identifier: GPL-2.0-or-later
// Which tree a series is for, where the user names none. In: a series, the trees in the cache. Out: the tree, and why
// that one, as the report prints it. Nothing is fetched to find out.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from '../cache-dir.ts';
import type { Series } from '../series/values.ts';
import { applySeries } from './apply.ts';
import { inspectKernel } from './kernel.ts';
import { LIMITS } from './limits.ts';
import { type Entry, entryFolder, readEntry } from './store.ts';
import { openTree, type TreeOptions } from './trees.ts';
import type { NeededPatches, SourceTree } from './values.ts';

/**
 * The current folder if it is a kernel tree; else, of the trees in the cache, the one of the series' base-commit, the
 * newest of the stable line that a tag names ("6.12.y"), the newest of all, whichever of these the series applies to
 * first; else the default, which is fetched. `why`: only where the cache decided.
 */
export async function fittingTree(
  series: Series,
  options: TreeOptions,
  prerequisites: readonly NeededPatches[] = [],
): Promise<{ tree: SourceTree; why?: string }> {
  const cache = options.cacheRoot ?? cacheRoot();
  const whole = series.missing.length === 0 && series.patches.every(({ unusable }) => unusable === undefined);
  const entries = 'version' in inspectKernel(options.cwd) || !whole ? [] : await cachedTrees(cache);
  for (const { entry, because } of ranked(entries, series).slice(0, LIMITS.treesTriedMax)) {
    options.onProgress?.(`no tree named: trying ${entry.label}`);
    const tree = await openTree(entry.name, options);
    const { failure, prerequisites: needed } = await applySeries(tree, series, { cacheRoot: cache, prerequisites });
    if (!failure && !needed?.some((one) => one.failure))
      return { tree, why: `no tree was named: ${entry.label} ${because}, and the series applies to it` };
  }
  const tree = await openTree(undefined, options);
  return entries.length === 0 ? { tree } : { tree, why: 'no tree was named, and the series applies to none at hand' };
}

/** Trees that have a name to fetch them by; those of commits in a user's checkout have none that holds elsewhere. */
async function cachedTrees(cache: string): Promise<Entry[]> {
  let keys: string[];
  try {
    keys = await readdir(join(cache, 'trees'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const entries = keys.sort().map((key) => readEntry(entryFolder(cache, key)));
  return entries.filter((entry) => entry !== undefined).filter(({ source }) => source.kind !== 'borrowed');
}

function ranked(entries: readonly Entry[], series: Series): { entry: Entry; because: string }[] {
  const newest = entries.toSorted((a, b) => compareVersions(b.version, a.version));
  const base = series.base !== undefined && series.base.length >= 12 ? series.base : undefined;
  const line = series.tags
    .map((tag) => /^(?:v|linux-)?(\d{1,3}\.\d{1,3})(?:\.y)?$/.exec(tag)?.[1])
    .find((one) => one !== undefined);
  const named = base === undefined ? [] : newest.filter(({ identity }) => identity?.startsWith(base));
  const stable = line === undefined ? [] : newest.filter(({ version }) => version.startsWith(`${line}.`));
  const all = [
    ...named.map((entry) => ({ entry, because: "is the series' base-commit" })),
    ...stable.map((entry) => ({ entry, because: `is of the stable line ${line} that the series names` })),
    ...newest.map((entry) => ({ entry, because: 'is the newest at hand that fits' })),
  ];
  return all.filter(({ entry }, index) => all.findIndex((other) => other.entry === entry) === index);
}

/** By number; a release candidate comes before its release. */
function compareVersions(a: string, b: string): number {
  const parts = (text: string) => {
    const [, version = 0, patchlevel = 0, sublevel = 0, candidate] =
      /^(\d+)\.(\d+)\.(\d+)(?:-rc(\d+))?/.exec(text) ?? [];
    return [version, patchlevel, sublevel, candidate ?? Number.MAX_SAFE_INTEGER].map(Number);
  };
  const [x, y] = [parts(a), parts(b)];
  for (const [index, value] of x.entries()) if (value !== y[index]) return value - (y[index] ?? 0);
  return a < b ? -1 : a > b ? 1 : 0;
}
