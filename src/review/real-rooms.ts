// SPDX-License-Identifier: GPL-2.0-or-later
// The real rooms behind a review: adapts their doors to what rooms.ts asks for.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NarrowLayouts } from '../kernel/layouts-32.ts';
import type { CompilerPool } from '../kernel/pool.ts';
import type { StructLayout } from '../kernel/values.ts';
import { plantControls, type ReadFile, readerOf, recipesOf } from '../recipes/index.ts';
import { analyse, loadRules, ownRules } from '../semantics/index.ts';
import {
  hasThreads,
  loadScenarios,
  ownWorkloads,
  print,
  runScenarios,
  type Scenario,
  type Step,
  scenarioOf,
} from '../simulator/index.ts';
import { applySeries } from '../tree/index.ts';
import { PathLookup } from '../tree/materialise.ts';
import type { Overlay, SourceTree } from '../tree/values.ts';
import { callGraph, includers } from './code-graph.ts';
import type { BuildRequest, BuildResult, Planted, Rooms, ScenarioInfo, SearchOptions } from './rooms.ts';
import { Shrinker } from './shrinker.ts';
import type { WorkloadInfo } from './workloads.ts';

/** A scenario with what the simulator needs of it. */
interface OwnScenario extends ScenarioInfo {
  scenario: Scenario;
}

type Repeat = Extract<Step, { kind: 'repeat' }>;

/** Where they lie, a folder for each family. */
export const SCENARIO_FOLDER = fileURLToPath(new URL('../../simulations/scenarios', import.meta.url));

/** The scenarios that come with the program. */
export function ownScenarios(): Scenario[] {
  return loadScenarios(SCENARIO_FOLDER);
}

/** What the review needs to know of a scenario. */
export function scenarioInfo(scenario: Scenario): OwnScenario {
  const { name, areas } = scenario;
  const threads = hasThreads(scenario) && { threads: true };
  return { name, areas, text: print(scenario), steps: countSteps(scenario.steps), scenario, ...threads };
}

/** A search for histories, run like a scenario. In: the blocks that it is to look for. */
function searchInfo(targets: [number, number][], { name, seed, histories }: SearchOptions): OwnScenario {
  const text = `${histories} generated histories, seed ${seed}, looking for ${JSON.stringify(targets)}`;
  const about = 'generated histories';
  const scenario: Scenario = {
    ...{ name, about, areas: [], requires: [], configs: ['check', 'prod'], files: [], bounds: {}, steps: [] },
    family: 'generated',
    search: { seed, histories, targets },
  };
  return { name, areas: [], text, steps: 0, scenario };
}

/**
 * Those that take the least of a second at the least scale that says something: forks of a server, what each of many
 * children keeps, generations.
 */
const REVIEWED: Readonly<Record<string, number>> = {
  'fork-server': 0.004,
  generations: 0.01,
  'thousand-by-thousand': 0.02,
};

function reviewedWorkloads(): (WorkloadInfo & OwnScenario)[] {
  return ownWorkloads()
    .filter(({ name }) => REVIEWED[name] !== undefined)
    .map((workload) => {
      const { name, areas, about } = workload;
      const scale = REVIEWED[name] ?? 1;
      const scenario = scenarioOf({ workload, scale });
      // The file itself is part of the program's version, and with it of every cache key.
      return { name, areas, text: `workload ${name} at scale ${scale}: ${about}`, steps: 0, scenario, scale };
    });
}

/** Steps as executed: a repeat block counts as often as it repeats. */
function countSteps(steps: Scenario['steps'] | Repeat['steps']): number {
  let count = 0;
  for (const step of steps) count += step.kind === 'repeat' ? step.times * countSteps(step.steps) : 1;
  return count;
}

/**
 * Rooms that fetch, compile and run for real. To be closed: the compiler's processes wait for the next build.
 * userRules: folders of rules beside our own. Throws InputError where a rule is wrong.
 */
export async function realRooms(userRules: readonly string[] = []): Promise<Rooms & { close(): void }> {
  const rules = await loadRules([ownRules, ...userRules]);
  const builder = new Builder();
  const turns = new Turns();
  return {
    programVersion: programVersion(),
    applySeries,
    hasFile: (tree, path) => new PathLookup(tree).kind(path) === 'file',
    analyse: (applied) => analyse(applied, rules),
    warm: (tree, jobs) => builder.warm(tree, jobs),
    buildImage: (request) => builder.build(request),
    layouts: async (image) => JSON.parse(await readFile(image.layoutsFile, 'utf8')) as Record<string, StructLayout>,
    narrowLayouts: (tree, overlay, under) => builder.narrow(tree, overlay, under),
    executedLines: async (image, blocks, files) => {
      const { Lines } = await import('../kernel/lines.ts');
      return Lines.load(image.linesFile).coverage(blocks, new Set(files));
    },
    executedByRun: async (image, runs, files) => {
      const { Lines } = await import('../kernel/lines.ts');
      return Lines.load(image.linesFile).byRun(runs, new Set(files));
    },
    includers,
    callGraph,
    scenarios: async () => ownScenarios().map(scenarioInfo),
    workloads: async () => reviewedWorkloads(),
    search: async (image, lines, options) => {
      const { Lines } = await import('../kernel/lines.ts');
      return searchInfo(Lines.load(image.linesFile).blocksOn(lines), options);
    },
    scenarioInfo,
    shrinker: () => {
      const shrinker = new Shrinker();
      return {
        shrink: (info, request) => shrinker.shrink(ofInfo(info), request),
        close: () => shrinker.close(),
      };
    },
    runScenarios: (image, scenarios, { jobs, plant, schedule }) =>
      // One process an image: several would each compile its module. Only where nothing else is under way they are
      // sooner done together, as at the end of most reviews.
      turns.take(jobs, (alone) =>
        runScenarios(image, scenarios.map(ofInfo), {
          jobs: alone && builder.idle ? jobs : 1,
          ...(plant ? { plant } : {}),
          ...(schedule === undefined ? {} : { schedule }),
        }),
      ),
    plantControls: async (tree, ids, under) => plant(laidOver(readerOf(tree), under), ids),
    close: () => builder.close(),
  };
}

/**
 * All controls are planted, so that a file's content and with it its object do not depend on which are wanted; only
 * the files that the wanted ones need are laid over the tree.
 */
function plant(read: ReadFile, ids: string[]): Planted {
  const recipes = recipesOf('controls');
  const { files, controls, unfit } = plantControls(read, recipes);
  const needed = new Set<string>();
  for (const recipe of recipes) {
    if (!ids.includes(recipe.name)) continue;
    for (const path of plantControls(read, [recipe]).files.keys()) needed.add(path);
  }
  return { overlay: new Map([...files].filter(([path]) => needed.has(path))), controls, unfit };
}

/** Reads files of a tree with others laid over it. */
function laidOver(read: ReadFile, under: Overlay): ReadFile {
  return (path) => {
    const laid = under.get(path);
    return laid === undefined ? read(path) : laid?.toString('utf8');
  };
}

/** Rank of what is only told, after all that is to be run. */
const LAST = Number.MAX_SAFE_INTEGER;

/** Builds images with processes that stay alive for the next build of the same tree; what was asked for first goes first. */
class Builder {
  private readonly pools = new Map<string, CompilerPool>();
  private rank = 0;
  private underWay = 0;
  private closed = false;

  get idle(): boolean {
    return this.underWay === 0;
  }

  private async counted<T>(work: () => Promise<T>): Promise<T> {
    this.underWay++;
    try {
      return await work();
    } finally {
      this.underWay--;
    }
  }

  /** Layouts alone. */
  async narrow(tree: SourceTree, overlay: Overlay, under: Overlay): Promise<NarrowLayouts> {
    const { layouts32 } = await import('../kernel/layouts-32.ts');
    return this.counted(async () => layouts32(tree, overlay, under, await this.pool(tree), { rank: LAST }));
  }

  /** Loads the compiler; what fails says so when something is built. */
  warm(tree: SourceTree, jobs: number): void {
    this.pool(tree, jobs).catch(() => undefined);
  }

  async build(request: BuildRequest): Promise<BuildResult> {
    const rank = this.rank++;
    const { buildImage } = await import('../kernel/build.ts');
    const pool = await this.pool(request.tree, request.jobs);
    const variant = request.variant === 'all-new' ? 'all-new' : '';
    return this.counted(() => buildImage({ ...request, variant, pool, rank }));
  }

  /** The compiler is large: loaded when something is to be built. */
  private async pool(tree: SourceTree, jobs?: number): Promise<CompilerPool> {
    const { compilerPool } = await import('../kernel/build.ts');
    const known = this.pools.get(tree.root);
    if (known) return known;
    if (this.closed) throw new Error('the review is over');
    const pool = compilerPool(tree, jobs === undefined ? {} : { jobs });
    this.pools.set(tree.root, pool);
    pool.warm(); // while the configuration is made
    return pool;
  }

  close(): void {
    this.closed = true;
    for (const pool of this.pools.values()) pool.close();
    this.pools.clear();
  }
}

/** Lets as many images run at a time as the user allows processes; the others wait for their turn. */
class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  async *take<T>(atOnce: number, start: (alone: boolean) => AsyncIterable<T>): AsyncIterable<T> {
    if (this.running >= atOnce) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      yield* start(this.running === 1);
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}

function ofInfo(info: ScenarioInfo): Scenario {
  const { scenario } = info as OwnScenario;
  return info.schedules === undefined ? scenario : { ...scenario, schedules: info.schedules };
}

/**
 * Changes with every change of the code that decides what a run says or a control is; the machine's C side is part of
 * the image.
 */
function programVersion(): string {
  const hash = createHash('sha256');
  for (const room of [
    '../simulator',
    '../machine',
    '../recipes',
    '../../simulations/controls',
    '../../simulations/workloads',
  ]) {
    const folder = fileURLToPath(new URL(room, import.meta.url));
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files)
      hash.update(file.slice(folder.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}
