// SPDX-License-Identifier: GPL-2.0-or-later
// Patches of other series that a series needs, applied before it. In: a workshop, the patches. Out: the tree that is
// the series' base, and which patches were applied and which the tree has already.
import { LIMITS } from './limits.ts';
import { APPLY, applyPatch, type PatchInput, type PatchResult } from './patch.ts';
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
  let tip = shop.baseTree;
  for (const { name, patches, inputs, failure } of needed) {
    const result: AppliedPrerequisite = { name, applied: [], alreadyThere: [] };
    done.push(result);
    const numbers = patches.map(({ number }) => number);
    for (let at = 0; at < inputs.length; ) {
      const rest = inputs.slice(at);
      const outcome = await applyFirst(shop, tip, before, rest);
      if ('applied' in outcome) {
        const { applied: _, ...words } = outcome;
        result.failure = { kind: 'does-not-apply', patch: numbers[at] ?? 0, ...words };
        return { tip, done };
      }
      result.alreadyThere.push(...numbers.slice(at, at + outcome.there));
      const taken = Math.max(outcome.there, 1);
      if (outcome.there === 0) {
        const next = await shop.writeTree();
        // A merge that changes nothing: the tree has it in a form of its own.
        const list = next === tip ? result.alreadyThere : result.applied;
        list.push(...numbers.slice(at, at + 1));
        tip = next;
      }
      before.push(...rest.slice(0, taken));
      at += taken;
    }
    if (failure) {
      result.failure = failure;
      break;
    }
  }
  return { tip, done };
}

/**
 * Applies the first of the patches to the index, which holds the tree at `tip`; or `there`: how many of them, from the
 * first on, that tree has already. A patch is there if it can be taken back. One that adds nothing can be taken back and
 * applied alike in places that merely look the same: it counts as there only if it does not apply.
 */
async function applyFirst(
  shop: Workshop,
  tip: string,
  before: readonly PatchInput[],
  patches: readonly PatchInput[],
): Promise<{ there: number } | Extract<PatchResult, { applied: false }>> {
  const [first] = patches;
  if (!first || first.files.length === 0) return { there: 0 };
  const input = first.diff;
  const back = (await shop.git([...APPLY, '-R', '--check', '-'], { input })).code === 0;
  if (back && addsMore(first)) return { there: 1 };
  if ((await shop.git([...APPLY, '-'], { input })).code === 0) return { there: 0 };
  const there = back ? 1 : await takenBack(shop, tip, patches);
  if (there > 0) return { there };
  const outcome = await applyPatch(shop, [...before, first], before.length);
  return outcome.applied ? { there: 0 } : outcome;
}

/**
 * How many patches can be taken back from the tree together, the last one first: a later one may have changed what an
 * earlier one wrote.
 */
async function takenBack(shop: Workshop, tip: string, patches: readonly PatchInput[]): Promise<number> {
  const env = { GIT_INDEX_FILE: `${shop.gitDir}/there-index` };
  for (let count = Math.min(patches.length, LIMITS.takenBackMax); count > 1; count--) {
    await shop.must(['read-tree', tip], { env });
    let left = count;
    for (; left > 0; left--) {
      const input = patches[left - 1]?.diff ?? '';
      if ((await shop.git([...APPLY, '-R', '-'], { env, input })).code !== 0) break;
    }
    if (left === 0) return count;
  }
  return 0;
}

function addsMore({ files }: PatchInput): boolean {
  const lines = files.flatMap(({ hunks }) => hunks.flatMap((hunk) => hunk.lines));
  const count = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
  return count('+') > count('-');
}
