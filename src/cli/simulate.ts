// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot simulate SCENARIO... --tree T [--against T2]`: runs scenarios on a tree, or compares two trees.
import { existsSync } from 'node:fs';
import { InputError } from '../errors.ts';
import { compareTrees } from '../fidelity/between.ts';
import { fidelityRooms, loadChanges } from '../fidelity/index.ts';
import type { ConfigName, Image } from '../kernel/values.ts';
import { cProgram } from '../report/c-program/program.ts';
import { cleanLine } from '../report/sanitise.ts';
import { firstWords } from '../review/build-failure.ts';
import { memoryRows } from '../review/memory.ts';
import { ownScenarios, realRooms, scenarioInfo } from '../review/real-rooms.ts';
import type { Rooms, ScenarioInfo } from '../review/rooms.ts';
import type { Outcome } from '../simulator/ground-truth/compare.ts';
import { compareRuns, hasThreads, loadScenario, parseSchedule, type Run, type Scenario } from '../simulator/index.ts';
import { openTree } from '../tree/index.ts';
import type { SourceTree } from '../tree/values.ts';
import { behaviourText } from './behaviour.ts';
import { checkTarget, print, writeResult } from './output.ts';
import { type ProgressLine, progressLine } from './progress.ts';
import { comparisonText, runsText } from './simulate-text.ts';

export interface SimulateOptions {
  tree?: string;
  against?: string;
  jobs: number;
  json: boolean;
  /** File for a C program of the one scenario. */
  repro?: string;
  schedules?: number;
  schedule?: string;
}

/** Violations from check and prod, objects from prod. */
const CONFIGS: ConfigName[] = ['check', 'prod'];

/**
 * Exit code 1 where an invariant is broken (with --against: broken there and not in the first tree), 3 where a scenario
 * could not be judged, else 0.
 */
export async function simulate(names: string[], options: SimulateOptions): Promise<void> {
  if (names.length === 0 && options.against === undefined)
    throw new InputError('give scenarios, or --against TREE to compare two trees in all of ours');
  const found = names.length === 0 ? ownScenarios() : names.flatMap(find);
  const program = options.repro === undefined ? undefined : programOf(options.repro, found);
  const { schedule, schedules } = options;
  if (schedule !== undefined && (found.length !== 1 || !found.every(hasThreads)))
    throw new InputError('--schedule goes with one scenario that has threads');
  if (schedule !== undefined) parseSchedule(schedule);
  const scenarios = found.map(scenarioInfo).map((info) => (schedules === undefined ? info : { ...info, schedules }));
  const line = progressLine();
  const rooms = await realRooms();
  const trees: { tree: SourceTree; runs: Run[] }[] = [];
  let behaviour: Outcome[] = [];
  try {
    for (const spec of [options.tree, options.against].slice(0, options.against === undefined ? 1 : 2)) {
      const tree = await openTree(spec, { cwd: process.cwd(), onProgress: (text) => line.show(text) });
      trees.push({ tree, runs: await runOn(rooms, tree, scenarios, options, line) });
    }
    const [one, other] = trees;
    if (one && other) behaviour = await behaviours([one.tree, other.tree], found, options.jobs, line);
  } finally {
    rooms.close();
    line.clear();
  }
  const [first, second] = trees;
  if (!first) throw new Error('no tree was opened');
  const last = second ?? first;
  if (options.repro !== undefined && program !== undefined) await writeResult(options.repro, program(last.runs));
  const comparison = second && compareRuns(first.runs, second.runs);
  const broken = comparison
    ? comparison.violations.some(({ status }) => status === 'introduced')
    : last.runs.some((run) => run.violations.length > 0);
  const open = trees.some(({ runs }) => runs.some((run) => run.inconclusive !== undefined));
  process.exitCode = broken ? 1 : open ? 3 : 0;
  if (options.json) {
    const runs = trees.map(({ tree, runs }) => ({ tree: tree.label, runs: runs.map(withoutTime) }));
    await print(`${JSON.stringify({ schema: 'rmapbot.simulation/1', trees: runs }, null, 2)}\n`);
  } else if (comparison && second) {
    const memory = memoryRows(comparison, { config: 'prod', variant: '' }).filter((row) => row.config === 'prod');
    await print(comparisonText(first.tree.label, second.tree.label, comparison, memory));
    await print(behaviourText(behaviour, loadChanges()));
  } else await print(runsText(first.tree.label, first.runs));
}

/** What writes the C program once the runs are there. Throws InputError at once where there will be none. */
function programOf(path: string, scenarios: Scenario[]): (runs: readonly Run[]) => string {
  const [scenario, ...more] = scenarios;
  if (scenario === undefined || more.length > 0) throw new InputError('--repro: give one scenario');
  checkTarget(path);
  cProgram(scenario);
  return (runs) => {
    const seen = new Map(runs.flatMap((run) => run.violations.map((one) => [one.signature, { run, one }] as const)));
    const about = [...seen.values()].map(
      ({ run, one }) => `Look for: ${one.evidence} (${one.invariant}, after "${run.steps[one.step] ?? ''}").`,
    );
    return cProgram(scenario, { about });
  };
}

/** The same scenarios on two trees, step by step. */
async function behaviours(
  trees: SourceTree[],
  scenarios: Scenario[],
  jobs: number,
  line: ProgressLine,
): Promise<Outcome[]> {
  const rooms = fidelityRooms({ jobs, onProgress: (phase, done, total) => line.show({ phase, done, total }) });
  try {
    const images: Image[] = [];
    for (const tree of trees) images.push(await rooms.build(tree, new Map()));
    const [first, second] = images;
    if (!first || !second) throw new Error('two trees are to be compared');
    return await compareTrees(first, second, scenarios, rooms);
  } finally {
    rooms.close();
  }
}

/** A file, a scenario of ours by name, or all of a family. */
function find(word: string): Scenario[] {
  if (/[./]/.test(word) && existsSync(word)) return [loadScenario(word)];
  const own = ownScenarios();
  const found = own.filter((scenario) => scenario.name === word || scenario.family === word);
  if (found.length > 0) return found;
  if (existsSync(word)) return [loadScenario(word)];
  throw new InputError(`no scenario, family or file is named ${cleanLine(word, 120)}`);
}

async function runOn(
  rooms: Rooms,
  tree: SourceTree,
  scenarios: ScenarioInfo[],
  { jobs, schedule }: SimulateOptions,
  line: ProgressLine,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (const config of CONFIGS) {
    const image = await imageOf(rooms, tree, config, jobs, line);
    let done = 0;
    for await (const run of rooms.runScenarios(image, scenarios, {
      seed: 1,
      jobs,
      ...(schedule !== undefined && { schedule }),
    })) {
      runs.push(run);
      line.show({ phase: `run ${tree.label} (${config})`, done: ++done, total: scenarios.length });
    }
  }
  return runs;
}

async function imageOf(
  rooms: Rooms,
  tree: SourceTree,
  config: ConfigName,
  jobs: number,
  line: ProgressLine,
): Promise<Image> {
  const phase = `build ${tree.label} (${config})`;
  const onProgress = (done: number, total: number) => line.show({ phase, done, total });
  const result = await rooms.buildImage({ tree, overlay: new Map(), config, variant: '', jobs, onProgress });
  if ('failure' in result) {
    throw new Error(`the overlay cannot build this tree (${config}): ${firstWords(result.failure)}`);
  }
  return result.image;
}

function withoutTime({ elapsedMs: _, ...run }: Run): Omit<Run, 'elapsedMs'> {
  return run;
}
