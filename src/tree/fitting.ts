// SPDX-License-Identifier: GPL-2.0-or-later
// Which tree a series is for, where the user names none. In: a series, the trees in the cache. Out: the tree, and why
// that one, as the report prints it. Nothing is fetched to find out.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from '../cache-dir.ts';
import type { Series } from '../series/values.ts';
import { applySeries, isWhole } from './apply.ts';
import { maintainersOf, treeTags } from './base.ts';
import { inspectKernel } from './kernel.ts';
import { LIMITS } from './limits.ts';
import { type MaintainersTree, repositoryKey } from './maintainers.ts';
import { parseTreeName, type TreeName } from './names.ts';
import { printable } from './paths.ts';
import { type Entry, entryFolder, readEntry } from './store.ts';
import { openTree, type TreeOptions } from './trees.ts';
import type { NeededPatches, SourceTree } from './values.ts';

/**
 * The current folder if it is a kernel tree; else, of the trees in the cache, the one of the series' base-commit, the one
 * that a tag of the subject names ("mm-unstable", or the newest of the stable line "6.12.y"), the one that MAINTAINERS
 * names for the files, the newest of all, whichever of these the series applies to first; else the default, which is
 * fetched. `why`: only where the cache decided.
 */
export async function fittingTree(
  series: Series,
  options: TreeOptions,
  prerequisites: readonly NeededPatches[] = [],
): Promise<{ tree: SourceTree; why?: string }> {
  const cache = options.cacheRoot ?? cacheRoot();
  const whole = series.missing.length === 0 && series.patches.every(({ unusable }) => unusable === undefined);
  const entries = 'version' in inspectKernel(options.cwd) || !whole ? [] : await cachedTrees(cache);
  const [newest] = entries;
  const maintained = newest && maintainersOf(series, await openTree(newest.name, options));
  const candidates = ranked(entries, series, maintained);
  const lacking = lackingWords(maintained, candidates);
  for (const { entry, because } of candidates.slice(0, LIMITS.treesTriedMax)) {
    options.onProgress?.(`no tree named: trying ${entry.label}`);
    const tree = await openTree(entry.name, options);
    if (!isWhole(await applySeries(tree, series, { cacheRoot: cache, prerequisites }))) continue;
    return { tree, why: `no tree was named: ${entry.label} ${because}, and the series applies to it${lacking}` };
  }
  const tree = await openTree(undefined, options);
  const why = `no tree was named, and the series applies to none at hand${lacking}`;
  return entries.length === 0 ? { tree } : { tree, why };
}

/** What MAINTAINERS names is shown where it is not at hand: nothing that stands in a tree is contacted. */
function lackingWords(maintained: MaintainersTree | undefined, candidates: readonly Candidate[]): string {
  if (!maintained || candidates.some(({ because }) => because.includes('MAINTAINERS'))) return '';
  const branch = maintained.branch === undefined ? '' : ` ${maintained.branch}`;
  const { url, section } = maintained;
  return `; MAINTAINERS names ${printable(`${url}${branch}`)} for ${printable(section)}, which is not at hand`;
}

/** Trees that have a name to fetch them by, the newest first; those of commits in a user's checkout have none that holds elsewhere. */
async function cachedTrees(cache: string): Promise<Entry[]> {
  let keys: string[];
  try {
    keys = await readdir(join(cache, 'trees'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const entries = keys.sort().map((key) => readEntry(entryFolder(cache, key)));
  const named = entries.filter((entry) => entry !== undefined).filter(({ source }) => source.kind !== 'borrowed');
  return named.sort((a, b) => compareVersions(b.version, a.version));
}

interface Candidate {
  entry: Entry;
  because: string;
}

function ranked(newest: readonly Entry[], series: Series, maintained: MaintainersTree | undefined): Candidate[] {
  const base = series.base !== undefined && series.base.length >= 12 ? series.base : undefined;
  const line = series.tags
    .map((tag) => /^(?:v|linux-)?(\d{1,3}\.\d{1,3})(?:\.y)?$/.exec(tag)?.[1])
    .find((one) => one !== undefined);
  const named = base === undefined ? [] : newest.filter(({ identity }) => identity?.startsWith(base));
  const stable = line === undefined ? [] : newest.filter(({ version }) => version.startsWith(`${line}.`));
  const tags = new Set(treeTags(series));
  const tagged = newest.filter(({ name }) => tags.has(gitName(name)?.rev ?? ''));
  const section = printable(maintained?.section ?? '');
  const all = [
    ...named.map((entry) => ({ entry, because: "is the series' base-commit" })),
    ...tagged.map((entry) => ({ entry, because: 'is named by the subject of the series' })),
    ...stable.map((entry) => ({ entry, because: `is of the stable line ${line} that the series names` })),
    ...newest
      .filter(({ name }) => maintained && isTree(maintained, name))
      .map((entry) => ({ entry, because: `is what MAINTAINERS names for ${section}` })),
    ...newest.map((entry) => ({ entry, because: 'is the newest at hand that fits' })),
  ];
  return all.filter(({ entry }, index) => all.findIndex((other) => other.entry === entry) === index);
}

function gitName(name: string): Extract<TreeName, { kind: 'git' }> | undefined {
  const parsed = parseTreeName(name);
  return parsed.kind === 'git' ? parsed : undefined;
}

function isTree({ url, branch }: MaintainersTree, name: string): boolean {
  const git = gitName(name);
  const key = repositoryKey(url);
  if (git?.url === undefined || key === undefined) return false;
  return repositoryKey(git.url) === key && (branch === undefined || git.rev === branch);
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
