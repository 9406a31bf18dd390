// SPDX-License-Identifier: GPL-2.0-or-later
// The values that the tree room hands on: a kernel tree to read files from, and a series applied to it.
import type { Patch } from '../series/values.ts';

/** Read access to the files of a kernel source tree. Paths are relative, with "/" and never with "..". */
export interface SourceTree {
  /** What the report calls it: "debian:7.3 (7.3~rc7-1~exp1)", "git:v7.2", a folder's name. Never a machine's path. */
  label: string;
  /** A real, canonical folder that holds the files, read only for us. */
  root: string;
  /** "VERSION.PATCHLEVEL.SUBLEVEL-EXTRA" of its Makefile. */
  version: string;
  /** Stable identity of the content: the archive's SHA-256, the commit, or for a plain folder undefined. */
  identity?: string;
  /** Where files of the tree come from that do not lie under root (yet); undefined for a plain folder. */
  origin?: TreeOrigin;
}

/** `entry`: a folder of our cache, with the list of all files of the tree. `checkout`: a user's, with its git directory. */
export type TreeOrigin = { kind: 'entry'; folder: string } | { kind: 'checkout'; gitDir: string };

/** Called with one short line for the terminal, whenever there is news. */
export type Progress = (line: string) => void;

/** Files that differ from the tree, laid over it: path -> content, or null where the file is deleted. */
export type Overlay = ReadonlyMap<string, Buffer | null>;

/** The tree after one patch, counted from the base. */
export interface AppliedCommit {
  /** Number of the patch in the series, from 1. */
  number: number;
  title: string;
  /** Git object id in our throwaway repository. */
  commit: string;
  /** Paths this patch changed, with their status. */
  changes: { path: string; oldPath?: string; status: 'added' | 'modified' | 'deleted' | 'renamed' }[];
  /** All files that differ from the tree after this patch, those of prerequisites included. */
  overlay: Overlay;
  /** True where the patch applied only by a three-way merge. */
  threeWay?: boolean;
}

export type ApplyFailure = {
  kind: 'does-not-apply' | 'refused';
  patch: number;
  /** The file and hunk where known. */
  path?: string;
  hunk?: number;
  /** Git's own words, or why we refuse. One paragraph, no machine paths. */
  message: string;
};

/** Patches of another series that are to be applied first. */
export interface NeededPatches {
  /** What reports call it. */
  name: string;
  patches: readonly Patch[];
}

/** What became of such patches, by their numbers. */
export interface AppliedPrerequisite {
  name: string;
  applied: number[];
  /** Found in the tree as they are, and left alone. */
  alreadyThere: number[];
  /** Set where a patch does neither: `patch` is its number in that series. */
  failure?: ApplyFailure;
}

/** A series on its base. */
export interface AppliedSeries {
  tree: SourceTree;
  /** What prerequisites changed, laid over the tree: with it the base of the series. Absent where there are none. */
  under?: Overlay;
  /** In the order applied; the last one may have a failure: then no patch of the series was tried. */
  prerequisites?: AppliedPrerequisite[];
  /** What the report prints as base: label and, where known, the commit. */
  base: string;
  /** Commits in patch order; up to the one before the failure if there is one. */
  commits: AppliedCommit[];
  /** The whole series as one unified diff from its base (prerequisites included there), git's format, context 3. */
  diff: string;
  failure?: ApplyFailure;
}
