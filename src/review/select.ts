// SPDX-License-Identifier: GPL-2.0-or-later
// Which scenarios are run, in which order: those of the touched areas first, then the rest, within the budget.
import { matchesGlob } from 'node:path';
import { InputError } from '../errors.ts';
import type { ScenarioInfo } from './rooms.ts';

export interface Selection {
  /** Scenarios of the touched areas, the most shared areas first; all where no scenario speaks for them. */
  matched: ScenarioInfo[];
  /** What is run, matched ones first. */
  order: ScenarioInfo[];
  /** Names left out because the budget does not reach them. */
  notRun: string[];
}

/**
 * In: all scenarios, ids of touched areas, glob on names, budget in steps and the number of images each is run on.
 * Throws InputError where the glob names no scenario.
 */
export function selectScenarios(
  all: ScenarioInfo[],
  areas: ReadonlySet<string>,
  options: { glob?: string; budget: number; images: number },
): Selection {
  const { glob } = options;
  const wanted = glob === undefined ? all : all.filter((scenario) => matchesGlob(scenario.name, glob));
  if (wanted.length === 0) throw new InputError(`no scenario is named ${glob ?? ''}`);
  const shared = (scenario: ScenarioInfo) => scenario.areas.filter((area) => areas.has(area)).length;
  const byName = (a: ScenarioInfo, b: ScenarioInfo) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const ranked = [...wanted].sort((a, b) => shared(b) - shared(a) || byName(a, b));
  const order: ScenarioInfo[] = [];
  const notRun: string[] = [];
  let left = options.budget;
  for (const scenario of ranked) {
    const cost = scenario.steps * options.images;
    if (cost > left) {
      notRun.push(scenario.name);
      continue;
    }
    left -= cost;
    order.push(scenario);
  }
  const matched = ranked.filter((scenario) => shared(scenario) > 0);
  // A change that no scenario speaks for (a struct's layout, the configuration) is everybody's.
  return { matched: matched.length > 0 ? matched : ranked, order, notRun: notRun.sort() };
}
