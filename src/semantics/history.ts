// SPDX-License-Identifier: GPL-2.0-or-later
// AppliedSeries -> what became of each file: its content in the base and after each patch that touched it, renames
// followed. Files that end as they began are left out.

import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { AppliedCommit, AppliedSeries, SourceTree } from '../tree/values.ts';

export interface FileVersion {
  patch: number;
  /** Null where this patch deleted the file. */
  text: string | null;
}

export interface FileHistory {
  /** Path after the series, or in the base where it was deleted. */
  path: string;
  /** Path in the base; undefined where the series added the file. */
  basePath?: string;
  status: 'added' | 'modified' | 'deleted' | 'renamed';
  /** Null where the base has no such file. */
  base: string | null;
  /** One per patch that touched it, in patch order; never empty. */
  versions: FileVersion[];
}

interface Track {
  basePath: string | undefined;
  path: string;
  steps: { commit: AppliedCommit; path: string | null }[];
}

/** The files that differ between base and the last applied patch, by path. */
export async function fileHistories(applied: AppliedSeries): Promise<FileHistory[]> {
  const tracks = new Set<Track>();
  const at = new Map<string, Track>();
  for (const commit of applied.commits) {
    for (const { path, oldPath, status } of commit.changes) {
      const from = status === 'renamed' && oldPath !== undefined ? oldPath : path;
      let track = at.get(from);
      if (track === undefined) {
        track = { basePath: status === 'added' ? undefined : from, path, steps: [] };
        tracks.add(track);
      }
      at.delete(from);
      at.set(path, track);
      if (status !== 'deleted') track.path = path;
      track.steps.push({ commit, path: status === 'deleted' ? null : path });
    }
  }
  const all = await Promise.all([...tracks].map((track) => historyOf(applied, track)));
  return all.filter((one) => one !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function historyOf({ tree, under }: AppliedSeries, track: Track): Promise<FileHistory | undefined> {
  const laidUnder = track.basePath === undefined ? null : under?.get(track.basePath);
  const base =
    laidUnder === undefined ? await readBase(tree, track.basePath ?? '') : (laidUnder?.toString('utf8') ?? null);
  const versions: FileVersion[] = [];
  for (const { commit, path } of track.steps) {
    // A file that a patch brought back to the tree's content is not in the overlay any more.
    const laid = path === null ? null : commit.overlay.get(path);
    const text = laid === undefined ? await readBase(tree, path ?? track.path) : (laid?.toString('utf8') ?? null);
    versions.push({ patch: commit.number, text });
  }
  const last = versions.at(-1)?.text ?? null;
  const { basePath, path } = track;
  const moved = basePath !== undefined && basePath !== path;
  if (last === base && !moved) return undefined;
  const status = base === null ? 'added' : last === null ? 'deleted' : moved ? 'renamed' : 'modified';
  return { path, ...(basePath === undefined ? {} : { basePath }), status, base, versions };
}

/** A file of the tree as it is, or null where it has none. A link that leaves the tree is none of its files. */
export async function readBase(tree: SourceTree, path: string): Promise<string | null> {
  try {
    const full = await realpath(join(tree.root, path));
    const root = await realpath(tree.root);
    return full.startsWith(root + sep) ? await readFile(full, 'utf8') : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return null;
    throw error;
  }
}
