// SPDX-License-Identifier: GPL-2.0-or-later
// What a patch may not do to a tree, whatever git would say to it. In: a patch's file diffs, the tree it is for.
// Out: the first reason to refuse it, or nothing.
import type { FileDiff } from '../series/diff.ts';
import type { Patch } from '../series/values.ts';
import { LIMITS } from './limits.ts';
import type { PathLookup } from './materialise.ts';
import { pathFault, printable } from './paths.ts';

export interface Refusal {
  kind: 'refused' | 'does-not-apply';
  path: string;
  message: string;
}

/** Judges the names and modes of one patch's diffs. `lookup` tells what the base has there. */
export function refusePatch(files: readonly FileDiff[], lookup: PathLookup): Refusal | undefined {
  for (const file of files) {
    for (const path of [file.oldPath, file.newPath]) {
      const refusal = path === undefined ? undefined : refusePath(path, lookup);
      if (refusal) return refusal;
    }
    const path = printable(file.newPath ?? file.oldPath ?? '');
    for (const mode of [file.newMode, file.oldMode]) {
      const fault = modeFault(mode);
      if (fault !== undefined) return { kind: 'refused', path, message: `${path}: the patch ${fault}` };
    }
  }
  return undefined;
}

/** Why a file mode is none that we accept; undefined where it is a regular file's. */
export function modeFault(mode: string | undefined): string | undefined {
  if (mode === undefined || /^100(644|755|664|600)$|^0+$/.test(mode)) return undefined;
  if (mode === '120000') return 'creates or changes a symbolic link';
  if (mode === '160000') return 'creates or changes a link to another repository (gitlink)';
  return `gives a file the mode ${mode}`;
}

function refusePath(path: string, lookup: PathLookup): Refusal | undefined {
  const name = printable(path);
  const refused = (message: string): Refusal => ({ kind: 'refused', path: name, message });
  const fault = pathFault(path);
  if (fault !== undefined) return refused(`the patch names a file outside of any tree: "${name}" ${fault}`);
  switch (lookup.kind(path)) {
    case 'symlink':
      return refused(`${name} is a symbolic link in the tree: the patch would change what it points to`);
    case 'behind-symlink':
      return refused(`${name} lies behind a symbolic link of the tree`);
    case 'special':
      return refused(`${name} is no regular file in the tree`);
    case 'folder':
      return { kind: 'does-not-apply', path: name, message: `${name} is a folder in the tree` };
    case 'behind-file':
      return { kind: 'does-not-apply', path: name, message: `a folder of ${name} is a file in the tree` };
    default:
      return undefined;
  }
}

/** Whether a series is larger than anything meant seriously, as the reason to refuse it. */
export function refuseSize(patches: readonly Patch[]): string | undefined {
  const bytes = patches.reduce((sum, patch) => sum + Buffer.byteLength(patch.diff), 0);
  const paths = new Set(patches.flatMap((patch) => patch.paths)).size;
  const mib = LIMITS.seriesBytesMax / 1024 / 1024;
  if (bytes > LIMITS.seriesBytesMax) return `the series is too large: more than ${mib} MiB of diffs`;
  if (paths > LIMITS.seriesPathsMax)
    return `the series is too large: it touches more than ${LIMITS.seriesPathsMax} files`;
  return undefined;
}
