// SPDX-License-Identifier: GPL-2.0-or-later
// A series on its base, one commit a patch. In: a tree, a series. Out: an AppliedSeries. Only the files that the series
// names are imported, into a git directory of our own; the user's files, index, refs and configuration stay untouched.
import { cacheRoot } from '../cache-dir.ts';
import { InputError } from '../errors.ts';
import { type FileDiff, parseDiff } from '../series/diff.ts';
import type { Patch, Series } from '../series/values.ts';
import { type BaseChoice, baseChoices } from './base.ts';
import { objectsOf } from './checkout.ts';
import { includedPaths } from './includes.ts';
import { materialise, PathLookup } from './materialise.ts';
import { applyNeeded, type NeededInput } from './needed.ts';
import { applyPatch, type PatchInput } from './patch.ts';
import { printable } from './paths.ts';
import { modeFault, refusePatch, refuseSize } from './refuse.ts';
import { withTemporary } from './store.ts';
import { openCommit } from './trees.ts';
import type { AppliedCommit, AppliedSeries, ApplyFailure, NeededPatches, Progress, SourceTree } from './values.ts';
import { describeChange, type RawChange, Workshop } from './workshop.ts';

export interface ApplyOptions {
  /** The user's `--base`: a revision of the checkout. */
  base?: string;
  /** Patches of other series to be applied first, in this order. */
  prerequisites?: readonly NeededPatches[];
  onProgress?: Progress;
  /** Instead of the user's cache, for tests. */
  cacheRoot?: string;
}

/**
 * Applies the patches in order, up to the first that fails, to the first of the bases in question that takes them all;
 * where none does, to the last, the tree as given. The tree of the result is the one the overlays are meant for: where a
 * commit is the base, that is not the folder given but the commit's files in the cache.
 * Throws InputError where the base asked for is not there; a patch at fault is no error but `failure`.
 */
export async function applySeries(
  tree: SourceTree,
  series: Series,
  options: ApplyOptions = {},
): Promise<AppliedSeries> {
  const choices = await baseChoices(series, tree, options.base);
  const refused: string[] = [];
  for (const choice of choices.slice(0, -1)) {
    const result = await applyTo(choice, tree, series, options);
    if (isWhole(result)) return result;
    refused.push(choice.name ?? choice.text);
  }
  const last = choices.at(-1);
  if (!last) throw new Error('no base in question');
  const result = await applyTo(last, tree, series, options);
  if (refused.length > 0) result.base += `; the series does not apply to ${refused.join(', nor to ')}`;
  return result;
}

/** Whether everything was applied, what the series needs included. */
export function isWhole({ failure, prerequisites = [] }: AppliedSeries): boolean {
  return !failure && prerequisites.every((one) => one.failure === undefined);
}

async function applyTo(
  choice: BaseChoice,
  tree: SourceTree,
  series: Series,
  options: ApplyOptions,
): Promise<AppliedSeries> {
  const cache = options.cacheRoot ?? cacheRoot();
  const gitDir = tree.origin?.kind === 'checkout' ? tree.origin.gitDir : undefined;
  let base = tree;
  if (choice.commit !== undefined && gitDir !== undefined) {
    const where = { cacheRoot: cache, ...(options.onProgress ? { onProgress: options.onProgress } : {}) };
    base = await openCommit(gitDir, choice.commit, `${tree.label} at ${choice.commit.slice(0, 12)}`, where);
  }
  const result: AppliedSeries = { tree: base, base: choice.text, commits: [], diff: '' };

  const prerequisites = options.prerequisites ?? [];
  const large = refuseSize([...prerequisites.flatMap((one) => one.patches), ...series.patches]);
  if (large !== undefined) return { ...result, failure: { kind: 'refused', patch: 1, message: large } };
  const lookup = new PathLookup(base);
  const needed = prerequisites.map((one): NeededInput => {
    const { patches: inputs, failure } = readPatches(one.patches, lookup);
    return { ...one, inputs, ...(failure ? { failure } : {}) };
  });
  const { patches, failure } = readPatches(series.patches, lookup);
  const all = [...needed.flatMap(({ inputs }) => inputs), ...patches];
  const paths = [...new Set(all.flatMap(({ files }) => files.flatMap(pathsOfFile)))];
  await materialise(base, [...paths, ...all.flatMap(({ files }) => includedPaths(files))]);
  await withTemporary(cache, async (folder) => {
    const present = paths.filter((path) => lookup.kind(path) === 'file').sort();
    const objects = gitDir === undefined ? undefined : await objectsOf(gitDir);
    const shop = await Workshop.open(folder, base.root, present, objects);
    const changed = choice.head === undefined ? [] : await shop.differing(choice.head, paths);
    if (changed.length > 0) result.base += `; not as committed: ${changed.map(printable).join(', ')}`;
    let start = shop.baseTree;
    if (needed.length > 0) {
      const { tip, done } = await applyNeeded(shop, needed);
      result.prerequisites = done;
      if (done.some((one) => one.failure !== undefined)) return;
      start = tip;
    }
    if (failure) result.failure = failure;
    const steps: Step[] = [];
    for (const [at, patch] of series.patches.slice(0, patches.length).entries()) {
      const step = await applyOne(shop, all, all.length - patches.length + at, patch);
      if ('failure' in step) {
        result.failure = step.failure;
        break;
      }
      steps.push(step);
    }
    await describeSteps(shop, start, steps, result);
  });
  return result;
}

/** Parses the diffs and judges their names and modes, up to the first patch that is refused. */
function readPatches(all: readonly Patch[], lookup: PathLookup): { patches: PatchInput[]; failure?: ApplyFailure } {
  const patches: PatchInput[] = [];
  for (const patch of all) {
    let files: FileDiff[];
    try {
      files = parseDiff(patch.diff);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { patches, failure: { kind: 'does-not-apply', patch: patch.number, message: error.message } };
    }
    const refusal = refusePatch(files, lookup);
    if (refusal) return { patches, failure: { ...refusal, patch: patch.number } };
    patches.push({ diff: patch.diff.endsWith('\n') ? patch.diff : `${patch.diff}\n`, files });
  }
  return { patches };
}

/** A patch that git took: the tree after it. */
interface Step {
  patch: Patch;
  files: readonly FileDiff[];
  tree: string;
  threeWay: boolean;
}

async function applyOne(
  shop: Workshop,
  patches: readonly PatchInput[],
  at: number,
  patch: Patch,
): Promise<Step | { failure: ApplyFailure }> {
  const input = patches[at];
  if (!input) throw new Error('no such patch');
  const { files } = input;
  let threeWay = false;
  if (files.length > 0) {
    const outcome = await applyPatch(shop, patches, at);
    if (!outcome.applied) {
      const { applied: _, ...words } = outcome;
      return { failure: { kind: 'does-not-apply', patch: patch.number, ...words } };
    }
    threeWay = outcome.threeWay;
  }
  return { patch, files, tree: await shop.writeTree(), threeWay };
}

/** Fills the result: what each patch changed, up to one that git read otherwise than we did. A few gits for all. */
async function describeSteps(
  shop: Workshop,
  start: string,
  all: readonly Step[],
  result: AppliedSeries,
): Promise<void> {
  const trees = all.map(({ tree }) => tree);
  const changes = await shop.changes(start, trees, true);
  const at = all.findIndex((step, index) => {
    const refusal = misread(step, changes[index] ?? []);
    if (refusal) result.failure = refusal;
    return refusal !== undefined;
  });
  const steps = at < 0 ? all : all.slice(0, at);
  const [under, ...overlays] = await shop.overlays([start, ...trees.slice(0, steps.length)]);
  if (result.prerequisites && under) result.under = under;
  const before = { tree: start, text: UNDER };
  const commits = await shop.commits([before, ...steps.map(({ tree, patch }) => ({ tree, text: patch }))]);
  for (const [index, { patch, threeWay }] of steps.entries()) {
    const done: AppliedCommit = {
      number: patch.number,
      title: patch.title,
      commit: commits[index + 1] ?? '',
      changes: (changes[index] ?? []).map(describeChange),
      overlay: overlays[index] ?? new Map(),
    };
    result.commits.push(threeWay ? { ...done, threeWay } : done);
  }
  result.diff = await shop.diff(start, steps.at(-1)?.tree ?? start);
}

/** The commit that the patches stand on: what the series needs. */
const UNDER = { title: 'base', message: '', author: { name: 'rmapbot', address: 'rmapbot@example.org' } };

/** What git made of a diff is looked at again: its reading counts, not ours. */
function misread({ patch, files }: Step, changes: readonly RawChange[]): ApplyFailure | undefined {
  const known = new Set(files.flatMap(pathsOfFile));
  for (const change of changes) {
    const path = printable(change.path);
    const fault =
      modeFault(change.newMode) ?? (known.has(change.path) ? undefined : 'changes a file that it does not name');
    if (fault !== undefined)
      return { kind: 'refused', patch: patch.number, path, message: `${path}: the patch ${fault}` };
  }
  return undefined;
}

function pathsOfFile(file: FileDiff): string[] {
  return [file.oldPath, file.newPath].filter((path) => path !== undefined);
}
