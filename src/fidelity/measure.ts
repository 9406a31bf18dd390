// SPDX-License-Identifier: GPL-2.0-or-later
// How a tree compares with the measured kernel. In: a tree, measured histories, the rooms to build and run. Out: for
// each history whether it is equal, differs for a named reason, differs without one, or could not be run.
// A difference is explained only by proof: a recorded one whose figures hold, or a run of the same tree with the named
// changes made as the measured kernel has them, which must be equal, and is not without each of them.
import type { Image } from '../kernel/values.ts';
import { type ReadFile, readerOf } from '../recipes/index.ts';
import { compareHistory, type Outcome } from '../simulator/ground-truth/compare.ts';
import { type GroundTruth, wantedOf } from '../simulator/ground-truth/load.ts';
import type { Wanted } from '../simulator/ground-truth/values.ts';
import type { Run, Scenario } from '../simulator/index.ts';
import type { Overlay, SourceTree } from '../tree/values.ts';
import { loadChanges, withChanges } from './changes.ts';
import { figuresOf, type Recorded, sameFigures } from './recorded.ts';

/** A tree, or one with changes made as the measured kernel has them, does not build. */
export class NotBuilt extends Error {}

export interface FidelityRooms {
  /** Builds the prod image. Throws NotBuilt where the tree does not build. */
  build(tree: SourceTree, overlay: Overlay): Promise<Image>;
  /** One Run a scenario, in their order, with its replay. */
  run(image: Image, scenarios: Scenario[], wanted: ReadonlyMap<string, Wanted>): AsyncIterable<Run>;
  onProgress?(phase: string, done: number, total: number): void;
}

export interface HistoryResult extends Outcome {
  status: 'equal' | 'explained' | 'differs' | 'not run';
  /** Names of the changes that explain the differences. */
  changes: string[];
  /** What is wrong with the recorded entry of this history. */
  entry?: string;
}

export interface Fidelity {
  tree: string;
  version: string;
  histories: HistoryResult[];
}

export interface MeasureOptions {
  /** Recorded differences of these histories; not given: every difference is proved by a run. */
  recorded?: Recorded;
}

export async function measureTree(
  tree: SourceTree,
  truths: readonly GroundTruth[],
  rooms: FidelityRooms,
  { recorded }: MeasureOptions = {},
): Promise<Fidelity> {
  const image = await rooms.build(tree, new Map());
  const outcomes = await outcomesOn(image, truths, rooms, tree.label);
  const results = outcomes.map((outcome): HistoryResult => ({ ...outcome, status: statusOf(outcome), changes: [] }));
  const known = recorded?.[tree.version] ?? {};
  for (const [index, result] of results.entries()) {
    compareEntry(result, known[result.name]);
    compareRequires(result, truths[index]?.requires, image.features ?? []);
  }
  const open = results.filter(({ status }) => status === 'differs');
  if (open.some(({ entry }) => entry === undefined)) await explain(tree, truths, open, rooms);
  return { tree: tree.label, version: tree.version, histories: results };
}

function statusOf(outcome: Outcome): HistoryResult['status'] {
  if (outcome.differences.length > 0) return 'differs';
  if (outcome.notRun !== undefined) return 'not run';
  return 'equal';
}

function compareEntry(result: HistoryResult, entry: Recorded[string][string] | undefined): void {
  if (entry === undefined) return;
  if (result.differences.length === 0) {
    result.status = 'differs';
    result.entry = `the expected difference (${entry.changes.join(', ')}) is not there`;
  } else if (sameFigures(entry.figures, figuresOf(result.differences))) {
    result.status = result.notRun === undefined ? 'explained' : 'not run';
    result.changes = entry.changes;
  } else result.entry = 'it differs otherwise than expected';
}

/** What a history says that it requires is what stops it on a tree without. */
function compareRequires(
  result: HistoryResult,
  requires: readonly string[] | undefined,
  features: readonly string[],
): void {
  if (requires === undefined) return;
  const missing = requires.filter((feature) => !features.includes(feature));
  const stopped = result.requires === undefined ? [] : [result.requires];
  if (missing.join() === stopped.join()) return;
  result.status = 'differs';
  result.entry =
    stopped.length > 0
      ? `does not say that it requires ${stopped}`
      : `says that it requires ${missing}, and runs without`;
}

/** Runs the histories on the tree with all changes that fit it, then without each, and notes which are needed. */
async function explain(
  tree: SourceTree,
  truths: readonly GroundTruth[],
  open: HistoryResult[],
  rooms: FidelityRooms,
): Promise<void> {
  const read = readerOf(tree);
  const fitting = fittingChanges(read);
  const names = new Set(open.filter(({ entry }) => entry === undefined).map(({ name }) => name));
  const differing = truths.filter(({ name }) => names.has(name));
  const equalWith = async (changes: string[]): Promise<Set<string>> => {
    const overlay = withChanges(read, changes);
    if (overlay === undefined || differing.length === 0) return new Set();
    let image: Image;
    try {
      image = await rooms.build(tree, overlay);
    } catch (error) {
      // A change that fits the text of a tree, but not the tree, proves nothing there.
      if (error instanceof NotBuilt) return new Set();
      throw error;
    }
    const outcomes = await outcomesOn(image, differing, rooms, `${tree.label}, as measured`);
    return new Set(outcomes.filter((outcome) => outcome.differences.length === 0).map(({ name }) => name));
  };
  if (fitting.length === 0) return;
  const explained = await equalWith(fitting);
  const without = new Map<string, Set<string>>();
  for (const change of fitting.length > 1 && explained.size > 0 ? fitting : [])
    without.set(change, await equalWith(fitting.filter((other) => other !== change)));
  for (const result of open) {
    if (!explained.has(result.name)) continue;
    const needed = fitting.filter((change) => without.get(change)?.has(result.name) !== true);
    result.changes = needed.length > 0 ? needed : fitting;
    result.status = result.notRun === undefined ? 'explained' : 'not run';
  }
}

/** Names of the changes with a recipe that fits, each on top of those before it. */
export function fittingChanges(read: ReadFile): string[] {
  const fitting: string[] = [];
  for (const { name, recipe } of loadChanges())
    if (recipe && withChanges(read, [...fitting, name]) !== undefined) fitting.push(name);
  return fitting;
}

async function outcomesOn(
  image: Image,
  truths: readonly GroundTruth[],
  rooms: FidelityRooms,
  label: string,
): Promise<Outcome[]> {
  const runnable = truths.filter(({ unsupported }) => unsupported.length === 0);
  const wanted = new Map(runnable.map((truth) => [truth.scenario.name, wantedOf(truth)]));
  const outcomes = new Map<string, Outcome>();
  const runs = rooms.run(
    image,
    runnable.map(({ scenario }) => scenario),
    wanted,
  );
  let index = 0;
  for await (const run of runs) {
    const truth = runnable[index++];
    if (truth === undefined) throw new Error('more runs than histories');
    const replay = run.replay ?? {
      observations: [],
      steps: [],
      stopped: { kind: 'cannot', step: 0, text: 'start', reason: run.inconclusive ?? 'no replay' } as const,
    };
    outcomes.set(truth.name, compareHistory(truth, replay));
    rooms.onProgress?.(`replay ${label}`, index, runnable.length);
  }
  return truths.map((truth) => outcomes.get(truth.name) ?? unsupported(truth));
}

function unsupported(truth: GroundTruth): Outcome {
  const empty = compareHistory(truth, { observations: [], steps: [] });
  return { ...empty, notRun: truth.unsupported.join(', ') };
}
