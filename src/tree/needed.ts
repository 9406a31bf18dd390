// SPDX-License-Identifier: GPL-2.0-or-later
// Patches of other series that a series needs, applied before it. In: a workshop, the patches. Out: the commit that is
// the series' base, and which patches were applied and which the tree has already.
import { LIMITS } from './limits.ts';
import { APPLY, applyPatch, type PatchInput } from './patch.ts';
import type { AppliedPrerequisite, ApplyFailure, NeededPatches } from './values.ts';
import type { Workshop } from './workshop.ts';

/** Needed patches, their diffs read; `failure` where one of them cannot be. */
export interface NeededInput extends NeededPatches {
  inputs: PatchInput[];
  failure?: ApplyFailure;
}

/** Applies them in order, up to the first that fails. Out: the tip, and what became of each. */
export async function applyNeeded(
  shop: Workshop,
  needed: readonly NeededInput[],
): Promise<{ tip: string; done: AppliedPrerequisite[] }> {
  const done: AppliedPrerequisite[] = [];
  const before: PatchInput[] = [];
  let tip = shop.base;
  for (const one of needed) {
    const result: AppliedPrerequisite = { name: one.name, applied: [], alreadyThere: [] };
    done.push(result);
    for (let at = 0; at < one.inputs.length; ) {
      const patch = one.patches[at];
      if (!patch) throw new Error('a diff without its patch');
      const there = await alreadyThere(shop, tip, one.inputs.slice(at));
      if (there > 0) {
        for (const { number } of one.patches.slice(at, at + there)) result.alreadyThere.push(number);
        before.push(...one.inputs.slice(at, at + there));
        at += there;
        continue;
      }
      const inputs = [...before, ...one.inputs.slice(at)];
      const outcome = await applyPatch(shop, inputs, before.length);
      if (!outcome.applied) {
        const { applied: _, ...words } = outcome;
        result.failure = { kind: 'does-not-apply', patch: patch.number, ...words };
        return { tip, done };
      }
      const next = await shop.commit(tip, patch);
      // A merge that changes nothing: the tree has it in a form of its own.
      if ((await shop.changes(tip, next, false)).length === 0) result.alreadyThere.push(patch.number);
      else result.applied.push(patch.number);
      tip = next;
      before.push(...one.inputs.slice(at, at + 1));
      at++;
    }
    if (one.failure) {
      result.failure = one.failure;
      break;
    }
  }
  return { tip, done };
}

/**
 * How many of the patches, from the first on, the tree at `tip` has already: as many as can be taken back from it, the
 * last one first (a later patch may have changed what an earlier one wrote). A patch that adds nothing can be taken back
 * and applied alike in places that merely look the same: it counts as there only if it does not apply.
 */
async function alreadyThere(shop: Workshop, tip: string, patches: readonly PatchInput[]): Promise<number> {
  const first = patches[0];
  if (!first || first.files.length === 0) return 0;
  const env = { GIT_INDEX_FILE: `${shop.gitDir}/there-index` };
  const takesBack = async ({ diff }: PatchInput) =>
    (await shop.git([...APPLY, '-R', '-'], { env, input: diff })).code === 0;
  const applies = (await shop.git([...APPLY, '--check', '-'], { input: first.diff })).code === 0;
  if (applies && !addsMore(first)) return 0;
  const furthest = applies ? 1 : Math.min(patches.length, LIMITS.takenBackMax);
  for (let count = furthest; count > 0; count--) {
    await shop.must(['read-tree', tip], { env });
    let left = count;
    for (let patch = patches[left - 1]; patch && (await takesBack(patch)); patch = patches[left - 1]) left--;
    if (left === 0) return count;
  }
  return 0;
}

function addsMore({ files }: PatchInput): boolean {
  const lines = files.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.lines));
  const count = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
  return count('+') > count('-');
}
