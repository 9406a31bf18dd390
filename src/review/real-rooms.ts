// SPDX-License-Identifier: GPL-2.0-or-later
// The real rooms behind a review: adapts their doors to what rooms.ts asks for.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StructLayout } from '../kernel/values.ts';
import { plantControls, readerOf, recipesOf } from '../recipes/index.ts';
import { analyse, loadRules } from '../semantics/index.ts';
import { loadScenarios, print, runScenarios, type Scenario, type Step } from '../simulator/index.ts';
import { applySeries } from '../tree/index.ts';
import type { Planted, Rooms, ScenarioInfo } from './rooms.ts';

/** A scenario with what the simulator needs of it. */
interface OwnScenario extends ScenarioInfo {
  scenario: Scenario;
}

type Repeat = Extract<Step, { kind: 'repeat' }>;

/** The scenarios that come with the program. */
export function ownScenarios(): Scenario[] {
  return loadScenarios(fileURLToPath(new URL('../../simulations/scenarios', import.meta.url)));
}

/** What the review needs to know of a scenario. */
export function scenarioInfo(scenario: Scenario): OwnScenario {
  const { name, areas } = scenario;
  return { name, areas, text: print(scenario), steps: countSteps(scenario.steps), scenario };
}

/** Steps as executed: a repeat block counts as often as it repeats. */
function countSteps(steps: Scenario['steps'] | Repeat['steps']): number {
  let count = 0;
  for (const step of steps) count += step.kind === 'repeat' ? step.times * countSteps(step.steps) : 1;
  return count;
}

/** Rooms that fetch, compile and run for real. */
export async function realRooms(): Promise<Rooms> {
  const rules = await loadRules();
  return {
    simulatorVersion: programVersion(),
    applySeries,
    analyse: (applied) => analyse(applied, rules),
    buildImage: async (request) => (await kernel()).buildImage(request),
    layouts: async (image) => JSON.parse(await readFile(image.layoutsFile, 'utf8')) as Record<string, StructLayout>,
    executedLines: async (image, blocks, files) => (await kernel()).executedLines(image, blocks, files),
    scenarios: async () => ownScenarios().map(scenarioInfo),
    runScenarios: (image, scenarios, { jobs, plant }) =>
      runScenarios(image, scenarios.map(ofInfo), { jobs, ...(plant ? { plant } : {}) }),
    plantControls: async (tree, ids): Promise<Planted> => {
      const recipes = recipesOf('controls').filter((recipe) => ids.includes(recipe.name));
      const { files, controls, unfit } = plantControls(readerOf(tree), recipes);
      return { overlay: files, controls, unfit };
    },
  };
}

/** The compiler is large: loaded when something is to be built. */
const kernel = () => import('../kernel/index.ts');

function ofInfo(info: ScenarioInfo): Scenario {
  return (info as OwnScenario).scenario;
}

/** Changes with every change of the code that decides what a run says; the machine's C side is part of the image. */
function programVersion(): string {
  const hash = createHash('sha256');
  for (const room of ['simulator', 'machine']) {
    const folder = fileURLToPath(new URL(`../${room}`, import.meta.url));
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files)
      hash.update(file.slice(folder.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}
