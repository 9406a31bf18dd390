// SPDX-License-Identifier: GPL-2.0-or-later
// Files that added lines include by a path relative to their own file. Such a header may lie in a part of the tree that
// is not written out yet; without it a patch would seem not to build.
import { posix } from 'node:path';
import type { FileDiff } from '../series/diff.ts';
import { LIMITS } from './limits.ts';
import { pathFault } from './paths.ts';

/** Paths that added `#include "..."` lines may mean: beside the file. (All of include/ is written out anyway.) */
export function includedPaths(files: readonly FileDiff[]): string[] {
  const paths = new Set<string>();
  for (const file of files) {
    if (file.newPath === undefined) continue;
    for (const line of file.hunks.flatMap((hunk) => hunk.lines)) {
      const name = /^\+[ \t]*#[ \t]*include[ \t]*"([^"]{1,200})"/.exec(line)?.[1];
      if (name === undefined) continue;
      const path = posix.normalize(posix.join(posix.dirname(file.newPath), name));
      if (pathFault(path) === undefined) paths.add(path);
      if (paths.size >= LIMITS.includesMax) return [...paths];
    }
  }
  return [...paths];
}
