// SPDX-License-Identifier: GPL-2.0-or-later
// The tree room's front door: kernel trees by name or path. In: what the user wrote. Out: a SourceTree, fetched into
// the cache if it has to be. (Applying series to trees: apply.ts.)
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { cacheRoot } from '../cache-dir.ts';
import { InputError } from '../errors.ts';
import { findGitDir, objectsOf, resolveCommit } from './checkout.ts';
import { fetchBorrowed, fetchRemote } from './commit.ts';
import { fetchDebian } from './debian.ts';
import { inspectKernel } from './kernel.ts';
import { DEFAULT_TREE, parseTreeName, type TreeName, transportOf, UPSTREAM } from './names.ts';
import { printable } from './paths.ts';
import { dropEntry, type Entry, entryFolder, folderBytes, makeEntry, readEntry } from './store.ts';
import type { Progress, SourceTree } from './values.ts';

export interface TreeOptions {
  /** The user's current folder. */
  cwd: string;
  onProgress?: Progress;
  /** Instead of the user's cache, for tests. */
  cacheRoot?: string;
}

/** A tree in the cache. */
export interface FetchedTree {
  /** What to write to name it again. */
  name: string;
  label: string;
  version: string;
  /** Of all its files in the cache. */
  bytes: number;
  /** When it was fetched, ISO 8601. */
  fetched: string;
}

/**
 * Opens a tree by path or name; undefined: `cwd` if it is a kernel tree, else the default. Named ones are fetched
 * first if the cache does not have them. Throws InputError where there is no such tree or it is no kernel.
 */
export async function openTree(
  spec: string | undefined,
  options: TreeOptions = { cwd: process.cwd() },
): Promise<SourceTree> {
  if (spec === undefined) {
    if ('version' in inspectKernel(options.cwd)) return openFolder('.', options);
    options.onProgress?.(`no tree named and this folder is no kernel tree: taking ${DEFAULT_TREE}`);
    return openTree(DEFAULT_TREE, options);
  }
  const name = parseTreeName(spec);
  if (name.kind === 'path') return openFolder(name.path, options);
  const { key } = await ensureEntry(name, options, false);
  return entryTree(cacheOf(options), key);
}

/** Fetches a named tree if the cache does not have it (`refresh`: even then) and says what it takes up. */
export async function fetchTree(
  spec: string,
  options: TreeOptions & { refresh?: boolean } = { cwd: process.cwd() },
): Promise<FetchedTree> {
  const name = parseTreeName(spec);
  if (name.kind === 'path') throw new InputError(`${printable(spec)} is not a name of a tree that can be fetched`);
  const { key } = await ensureEntry(name, options, options.refresh ?? false);
  const fetched = await describe(cacheOf(options), key);
  if (!fetched) throw new Error(`${spec} was removed while it was fetched`);
  return fetched;
}

/** All trees in the cache, by name. */
export async function listTrees(options: Pick<TreeOptions, 'cacheRoot'> = {}): Promise<FetchedTree[]> {
  const cache = cacheOf(options);
  const trees: FetchedTree[] = [];
  for (const key of await entryKeys(cache)) {
    const tree = await describe(cache, key);
    if (tree) trees.push(tree);
  }
  return trees.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Removes a tree from the cache. Throws InputError where it is not there. */
export async function removeTree(spec: string, options: Pick<TreeOptions, 'cacheRoot'> = {}): Promise<void> {
  const cache = cacheOf(options);
  for (const key of await entryKeys(cache)) {
    const entry = readEntry(entryFolder(cache, key));
    if (entry && (entry.name === spec || entry.label === spec) && (await dropEntry(cache, key))) return;
  }
  throw new InputError(`${printable(spec)} is not in the cache`);
}

/** The tree of a commit of the user's repository, written out into the cache once. `label`: what reports call it. */
export async function openCommit(
  gitDir: string,
  commit: string,
  label: string,
  options: Omit<TreeOptions, 'cwd'>,
): Promise<SourceTree> {
  const cache = cacheOf(options);
  const say = options.onProgress ?? (() => {});
  const key = `commit-${commit}`;
  const again = (): boolean => readEntry(entryFolder(cache, key)) !== undefined;
  if (!again()) {
    const objects = await objectsOf(gitDir);
    const make = async (folder: string): Promise<void> => {
      await fetchBorrowed(commit, objects, folder, (line) => say(`${label}: ${line}`));
      await seal(folder, { name: `git:${commit}`, label, identity: commit, source: { kind: 'borrowed', objects } });
    };
    await makeEntry(cache, key, { make, again, say });
  }
  return { ...entryTree(cache, key), label };
}

/** The tree in a folder of the user's. */
function openFolder(path: string, options: TreeOptions): SourceTree {
  let root: string;
  try {
    root = realpathSync.native(resolve(options.cwd, path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    throw new InputError(`no kernel tree at ${printable(path)}: ${code === 'ENOENT' ? 'no such folder' : code}`);
  }
  const found = inspectKernel(root);
  if ('fault' in found) throw new InputError(`no kernel tree at ${printable(path)}: ${found.fault}`);
  const gitDir = findGitDir(root);
  const tree: SourceTree = { label: basename(root), root, version: found.version };
  return gitDir === undefined ? tree : { ...tree, origin: { kind: 'checkout', gitDir } };
}

/** Finds the entry of a name in the cache or makes it. */
async function ensureEntry(
  name: Exclude<TreeName, { kind: 'path' }>,
  options: TreeOptions,
  refresh: boolean,
): Promise<{ key: string }> {
  const cache = cacheOf(options);
  const say = options.onProgress ?? (() => {});
  if (name.kind === 'debian') {
    const key = `debian-${name.version}`;
    const full = `debian:${name.version}`;
    return ensure(cache, key, refresh, say, async (folder) => {
      const lines: Progress = (line) => say(`${full}: ${line}`);
      const { packageVersion, identity } = await fetchDebian(name.version, folder, lines);
      return { name: full, label: `${full} (${packageVersion})`, identity, source: { kind: 'archive' } };
    });
  }
  const local = await localCommit(name, options.cwd);
  if (local) {
    await openCommit(local.gitDir, local.commit, `git:${name.rev}`, options);
    return { key: `commit-${local.commit}` };
  }
  const url = name.url ?? UPSTREAM;
  const protocol = transportOf(url);
  if (protocol !== 'https' && protocol !== 'file') {
    throw new InputError(`git:${name.rev}: no such revision in ${printable(url)}, or no repository there`);
  }
  if (/[~^]/.test(name.rev)) throw new InputError(`git:${name.rev}: only a tag, branch or commit can be fetched`);
  const full = name.url === undefined ? `git:${name.rev}` : `git:${name.rev}@${url}`;
  const key = `git-${createHash('sha256').update(`${name.rev}@${url}`).digest('hex').slice(0, 16)}`;
  return ensure(cache, key, refresh, say, async (folder) => {
    const lines: Progress = (line) => say(`git:${name.rev}: ${line}`);
    const identity = await fetchRemote(name.rev, { url, protocol }, folder, lines);
    return { name: full, label: `git:${name.rev}`, identity, source: { kind: 'partial-clone', protocol } };
  });
}

async function ensure(
  cache: string,
  key: string,
  refresh: boolean,
  say: Progress,
  make: (folder: string) => Promise<Omit<Entry, 'schema' | 'version'>>,
): Promise<{ key: string }> {
  const again = (): boolean => readEntry(entryFolder(cache, key)) !== undefined;
  if (refresh || !again()) {
    await makeEntry(cache, key, {
      again: () => !refresh && again(),
      make: async (folder) => seal(folder, await make(folder)),
      say,
    });
  }
  return { key };
}

/** Checks that what was fetched is a kernel and writes the card that makes the folder an entry. */
async function seal(folder: string, card: Omit<Entry, 'schema' | 'version'>): Promise<void> {
  const found = inspectKernel(join(folder, 'source'));
  if ('fault' in found) throw new InputError(`${card.label} is no kernel tree: ${found.fault}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'entry.json'), JSON.stringify({ schema: 1, version: found.version, ...card }, null, 2));
}

/** The commit of a git name that lies on this machine: in the repository at its path, or at the current folder. */
async function localCommit(
  name: { rev: string; url?: string },
  cwd: string,
): Promise<{ gitDir: string; commit: string } | undefined> {
  if (name.url !== undefined && transportOf(name.url) !== 'path') return undefined;
  const gitDir = findGitDir(resolve(cwd, name.url ?? '.'));
  const commit = gitDir === undefined ? undefined : await resolveCommit(gitDir, name.rev);
  return gitDir === undefined || commit === undefined ? undefined : { gitDir, commit };
}

function entryTree(cache: string, key: string): SourceTree {
  const folder = realpathSync.native(entryFolder(cache, key));
  const entry = readEntry(folder);
  const found = inspectKernel(join(folder, 'source'));
  if (!entry || 'fault' in found) {
    throw new InputError(`the cache's copy of ${entry?.name ?? key} is damaged: remove it and fetch it again`);
  }
  const { label, version, identity } = entry;
  return { label, version, identity, root: join(folder, 'source'), origin: { kind: 'entry', folder } };
}

async function describe(cache: string, key: string): Promise<FetchedTree | undefined> {
  const folder = entryFolder(cache, key);
  const entry = readEntry(folder);
  if (!entry) return undefined;
  const fetched = (await stat(join(folder, 'entry.json'))).mtime.toISOString();
  return { name: entry.name, label: entry.label, version: entry.version, bytes: await folderBytes(folder), fetched };
}

async function entryKeys(cache: string): Promise<string[]> {
  try {
    return await readdir(join(cache, 'trees'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function cacheOf(options: Pick<TreeOptions, 'cacheRoot'>): string {
  return options.cacheRoot ?? cacheRoot();
}
