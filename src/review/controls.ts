// SPDX-License-Identifier: GPL-2.0-or-later
// Positive controls: one known small bug per touched area is planted into the base and must be seen by the scenarios
// chosen. All of them sleep in one image (check), built once per base; a run switches one on.
import type { SemanticDiff } from '../semantics/values.ts';
import { firstWords } from './build-failure.ts';
import type { Images } from './images.ts';
import { CONTROL_SCENARIOS_FIRST } from './limits.ts';
import type { Planted, ScenarioInfo } from './rooms.ts';
import { type Runner, type Runs, runAll } from './run.ts';
import type { Side } from './sides.ts';
import type { ControlResult } from './values.ts';

type Wanted = Pick<ControlResult, 'area' | 'id'>;

/**
 * In: the touched areas, scenarios in the order run, the unplanted base in check with its runs. Out: a result for every
 * area that has a control. Its own scenarios are tried first, then the others until one sees the bug. What was detected
 * once on a base is not tried again.
 */
export async function runControls(
  areas: SemanticDiff['areas'],
  scenarios: ScenarioInfo[],
  base: Side['base'],
  images: Images,
  runner: Runner,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<ControlResult[]> {
  const wanted = areas.flatMap(({ id, control }) => (control === undefined ? [] : [{ area: id, id: control }]));
  const texts = scenarios.map(({ name, text }) => [name, text]);
  const keyOf = ({ area, id }: Wanted) => ['control', base.image.key, area, id, runner.seed, texts];
  const seen = new Map<Wanted, string>();
  for (const control of wanted) {
    const known = await runner.cache.get(keyOf(control));
    if (typeof known === 'string') seen.set(control, known);
  }
  const fresh = wanted.filter((control) => !seen.has(control));
  const tried = fresh.length === 0 ? [] : await tryControls(fresh, scenarios, base.runs, images, runner, onProgress);
  for (const [index, result] of tried.entries()) {
    const control = fresh[index];
    if (control && result.scenario !== undefined) await runner.cache.put(keyOf(control), result.scenario);
  }
  return wanted.map((control) => {
    const scenario = seen.get(control);
    if (scenario !== undefined) return { ...control, detected: true, scenario };
    return tried[fresh.indexOf(control)] ?? { ...control, detected: false };
  });
}

async function tryControls(
  wanted: Wanted[],
  scenarios: ScenarioInfo[],
  base: Runs,
  images: Images,
  runner: Runner,
  onProgress: (done: number, total: number) => void,
): Promise<ControlResult[]> {
  const ids = [...new Set(wanted.map(({ id }) => id))].sort();
  const planted = await runner.rooms.plantControls(images.tree, ids, images.under);
  const built = await images.planted(planted.overlay, { config: 'check', variant: '' });
  if ('failure' in built) {
    const reason = `the base does not build with it: ${firstWords(built.failure)}`;
    return wanted.map((control) => ({ ...control, detected: false, reason }));
  }
  const results: ControlResult[] = [];
  for (const [index, { area, id }] of wanted.entries()) {
    onProgress(index, wanted.length);
    const control = planted.controls.find((one) => one.id === id);
    if (!control) {
      const reason = planted.unfit.find((one) => one.id === id)?.reason ?? 'there is no such control';
      results.push({ area, id, detected: false, reason: `could not be planted: ${reason}` });
      continue;
    }
    const seenBy = await firstToSee(control, ordered(scenarios, area), base, (some) =>
      runAll(runner, built.image, some, { plant: control.number }),
    );
    results.push({ area, id, detected: seenBy !== undefined, ...(seenBy === undefined ? {} : { scenario: seenBy }) });
  }
  return results;
}

/** A few of the area's own scenarios, its others, the rest: the first few see most control bugs. */
function ordered(scenarios: ScenarioInfo[], area: string): ScenarioInfo[][] {
  const own = scenarios.filter((scenario) => scenario.areas.includes(area));
  const others = scenarios.filter((scenario) => !scenario.areas.includes(area));
  const groups = [own.slice(0, CONTROL_SCENARIOS_FIRST), own.slice(CONTROL_SCENARIOS_FIRST), others];
  return groups.filter((group) => group.length > 0);
}

async function firstToSee(
  control: Planted['controls'][number],
  groups: ScenarioInfo[][],
  base: Runs,
  run: (scenarios: ScenarioInfo[]) => Promise<Runs>,
): Promise<string | undefined> {
  for (const group of groups) {
    const runs = await run(group);
    for (const { name } of group) {
      const known = new Set(base.get(name)?.violations.map((violation) => violation.signature));
      const seen = runs
        .get(name)
        ?.violations.some(
          ({ invariant, signature }) => control.invariants.includes(invariant) && !known.has(signature),
        );
      if (seen) return name;
    }
  }
  return undefined;
}
