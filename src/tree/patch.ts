// SPDX-License-Identifier: GPL-2.0-or-later
// Applies one diff to the index of a workshop as "git am -3" does: as it stands, else by a three-way merge if the
// object store has the files that the author started from. In: diff. Out: applied (how), or git's words and the hunk.
import type { FileDiff } from '../series/diff.ts';
import { LIMITS } from './limits.ts';
import { printable } from './paths.ts';
import type { Workshop } from './workshop.ts';

export type PatchResult =
  | { applied: true; threeWay: boolean }
  | { applied: false; path?: string; hunk?: number; message: string };

export interface PatchInput {
  /** Ends in a line end. */
  diff: string;
  files: readonly FileDiff[];
}

/** A diff is text of its own: git reads it from stdin, strips one component and repairs nothing. */
export const APPLY: readonly string[] = ['apply', '--cached', '-p1', '--whitespace=nowarn'];

/** Applies `patches[at]` to the index, which must hold the state after the ones before it; on failure it is of no use. */
export async function applyPatch(shop: Workshop, patches: readonly PatchInput[], at: number): Promise<PatchResult> {
  const patch = patches[at];
  if (!patch) throw new Error('no such patch');
  const input = patch.diff;
  const direct = await shop.git([...APPLY, '-'], { input });
  if (direct.code === 0) return { applied: true, threeWay: false };
  await rebuildAuthorsFiles(shop, patches.slice(0, at));
  for (const file of patch.files) await shop.blob(file.oldBlob);
  const merged = await shop.git([...APPLY, '--3way', '-'], { input });
  if (merged.code === 0) return { applied: true, threeWay: true };
  return explain(direct.stderr, merged.stderr, patch.files);
}

/**
 * The files as the author had them before a later patch are in no repository; where the author's first state of them
 * is known (by the blob ids of the index lines), the earlier patches make them again, in an index of their own.
 */
async function rebuildAuthorsFiles(shop: Workshop, earlier: readonly PatchInput[]): Promise<void> {
  const env = { GIT_INDEX_FILE: `${shop.gitDir}/author-index` };
  for (const patch of earlier) {
    // What was made once is in the object store.
    if (shop.rebuilt.has(patch)) continue;
    shop.rebuilt.add(patch);
    const { diff, files } = patch;
    const olds = files.filter((file) => file.status !== 'added');
    const blobs: (string | undefined)[] = [];
    for (const file of olds) blobs.push(await shop.blob(file.oldBlob));
    if (blobs.includes(undefined)) continue;
    const lines = olds.map((file, i) => `${file.oldMode ?? '100644'} ${blobs[i]}\t${file.oldPath}\0`);
    await shop.must(['read-tree', '--empty'], { env });
    if (lines.length > 0) await shop.must(['update-index', '-z', '--index-info'], { env, input: lines.join('') });
    // It may fail: then the three-way merge of the later patch has no start, and says so itself.
    await shop.git([...APPLY, '-'], { env, input: diff });
  }
}

/** Git's words, the file and the hunk they are about. */
function explain(direct: string, merged: string, files: readonly FileDiff[]): PatchResult {
  const errors = direct.split('\n').filter((line) => /^(error|fatal): /.test(line));
  const text = errors.map((line) => line.replace(/^(error|fatal): /, '')).join('; ');
  const place = /patch failed: (.+):(\d+)(?=;|$)/.exec(text.replace(/; .*/, ''));
  const named =
    place?.[1] ?? files.map((file) => file.oldPath ?? file.newPath ?? '').find((path) => text.includes(path));
  const hunks = files.find((file) => (file.oldPath ?? file.newPath) === place?.[1])?.hunks ?? [];
  const hunk = hunks.findIndex((candidate) => candidate.oldStart === Number(place?.[2])) + 1;
  const conflicts = /^Applied patch to '.*' with conflicts/m.test(merged) ? '; three-way: conflicts' : '';
  return {
    applied: false,
    ...(named === undefined || named === '' ? {} : { path: printable(named) }),
    ...(hunk > 0 ? { hunk } : {}),
    message: `${text || 'git apply failed'}${conflicts}`.slice(0, LIMITS.messageCharsMax),
  };
}
