// SPDX-License-Identifier: GPL-2.0-or-later
// Which scenarios are run, in which order, within the budget: by rules at first, and by what each executes of the base
// once that is measured.
import { matchesGlob } from 'node:path';
import { InputError } from '../errors.ts';
import { BUDGET_STEPS_DEFAULT, SCHEDULES_MATCHED, SCHEDULES_OTHERS } from './limits.ts';
import type { ScenarioInfo } from './rooms.ts';
import type { Telling } from './telling.ts';

/** What is known before anything ran. */
export interface Plan {
  /** All wanted ones, those that share the most touched areas first. */
  ranked: ScenarioInfo[];
  /** Those to run on the base first, to measure what they execute. */
  measure: ScenarioInfo[];
  /** Steps left for the other images once these ran. */
  left: number;
  /** Images other than the one that is measured on. */
  images: number;
  areas: ReadonlySet<string>;
}

export interface Selection {
  /** Chosen by rules or coverage, the most telling first; all where nothing speaks for any. */
  matched: ScenarioInfo[];
  /** What is run, the most telling first. */
  order: ScenarioInfo[];
  /** Names left out because the budget does not reach them. */
  notRun: string[];
}

const byName = (a: ScenarioInfo, b: ScenarioInfo): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Touched areas that a scenario declares. */
export const sharedAreas = (scenario: ScenarioInfo, areas: ReadonlySet<string>): string[] =>
  scenario.areas.filter((area) => areas.has(area));

/**
 * In: all scenarios, ids of touched areas, glob on names, budget in steps and the number of images each is run on.
 * The base is measured with all of them where that takes half of the budget at most; with less, rules alone say which
 * are measured and run. Throws InputError where the glob names no scenario.
 */
export function planScenarios(
  all: ScenarioInfo[],
  areas: ReadonlySet<string>,
  options: { glob?: string; budget: number; images: number },
): Plan {
  const { glob, budget, images } = options;
  const named = glob === undefined ? all : all.filter((scenario) => matchesGlob(scenario.name, glob));
  const wanted = named.map((scenario) => withSchedules(scenario, areas, budget));
  if (wanted.length === 0) throw new InputError(`no scenario is named ${glob ?? ''}`);
  const shared = (scenario: ScenarioInfo) => sharedAreas(scenario, areas).length;
  const ranked = [...wanted].sort((a, b) => shared(b) - shared(a) || byName(a, b));
  const total = ranked.reduce((steps, scenario) => steps + scenario.steps, 0);
  const whole = total * images <= budget || total * 2 <= budget;
  const measure = whole ? ranked : within(ranked, images, budget);
  const spent = measure.reduce((steps, scenario) => steps + scenario.steps, 0);
  return { ranked, measure, left: budget - spent, images: images - 1, areas };
}

/** How many schedules of a scenario with threads are tried: most go where changed code is spoken for. */
function withSchedules(scenario: ScenarioInfo, areas: ReadonlySet<string>, budget: number): ScenarioInfo {
  if (!scenario.threads) return scenario;
  const share = Math.max(1, budget / BUDGET_STEPS_DEFAULT);
  const touched = sharedAreas(scenario, areas).length > 0;
  return { ...scenario, schedules: touched ? Math.floor(SCHEDULES_MATCHED * share) : SCHEDULES_OTHERS };
}

/** In: the plan and what each measured scenario executes of the base. */
export function selectScenarios(plan: Plan, telling: ReadonlyMap<string, Telling>): Selection {
  const { ranked, measure, areas } = plan;
  const score = ({ name }: ScenarioInfo): number => telling.get(name)?.score ?? 0;
  const sorted = [...ranked].sort(
    (a, b) => score(b) - score(a) || sharedAreas(b, areas).length - sharedAreas(a, areas).length || byName(a, b),
  );
  const measured = new Set(measure);
  const order = within(
    sorted.filter((scenario) => measured.has(scenario)),
    plan.images,
    plan.left,
  );
  const runs = new Set(order);
  const speaks = (scenario: ScenarioInfo): boolean =>
    sharedAreas(scenario, areas).length > 0 || telling.get(scenario.name)?.executes === true;
  const matched = sorted.filter(speaks);
  return {
    // A change that no scenario speaks for (a struct's layout, the configuration) is everybody's.
    matched: matched.length > 0 ? matched : sorted,
    order,
    notRun: ranked
      .filter((scenario) => !runs.has(scenario))
      .map(({ name }) => name)
      .sort(),
  };
}

/** The scenarios that the budget reaches, in their order; one too long does not keep out those behind it. */
function within(scenarios: ScenarioInfo[], images: number, budget: number): ScenarioInfo[] {
  let left = budget;
  return scenarios.filter(({ steps }) => {
    const cost = steps * images;
    if (cost > left) return false;
    left -= cost;
    return true;
  });
}
