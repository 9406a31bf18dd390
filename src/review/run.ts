// SPDX-License-Identifier: GPL-2.0-or-later
// Image and scenarios -> runs by scenario name, from the cache where they were made before.
import type { Image } from '../kernel/values.ts';
import type { Run } from '../simulator/values.ts';
import type { Clock } from './clock.ts';
import type { Rooms, ScenarioInfo } from './rooms.ts';
import type { RunCache } from './run-cache.ts';

export type Runs = ReadonlyMap<string, Run>;

export interface Runner {
  rooms: Rooms;
  cache: RunCache;
  clock: Clock;
  seed: number;
  jobs: number;
}

/**
 * Runs every scenario on the image, with a planted control switched on where its number is given. Absent from the result
 * is only what the time cap left out.
 */
export async function runAll(
  runner: Runner,
  image: Image,
  scenarios: ScenarioInfo[],
  onProgress?: (done: number, total: number) => void,
  plant = 0,
): Promise<Runs> {
  const { seed, jobs } = runner;
  const runs = new Map<string, Run>();
  const fresh: ScenarioInfo[] = [];
  for (const scenario of scenarios) {
    const known = await runner.cache.get(image, scenario, { seed, plant });
    if (known) runs.set(scenario.name, known);
    else fresh.push(scenario);
  }
  const byName = new Map(fresh.map((scenario) => [scenario.name, scenario]));
  if (fresh.length > 0) {
    for await (const run of runner.rooms.runScenarios(image, fresh, { seed, jobs, plant })) {
      const scenario = byName.get(run.scenario);
      if (!scenario) throw new Error(`the simulator answered for a scenario it was not given: ${run.scenario}`);
      runs.set(run.scenario, run);
      // An inconclusive run may owe to a cap of this machine: ask again next time.
      if (run.inconclusive === undefined) await runner.cache.put(image, scenario, { seed, plant }, run);
      onProgress?.(runs.size, scenarios.length);
      if (runner.clock.expired) break;
    }
  }
  return runs;
}

/** Runs scenarios in a fresh process, past the cache: to confirm what an earlier run said. */
export async function runFresh(runner: Runner, image: Image, scenarios: ScenarioInfo[]): Promise<Runs> {
  const runs = new Map<string, Run>();
  if (scenarios.length === 0) return runs;
  for await (const run of runner.rooms.runScenarios(image, scenarios, { seed: runner.seed, jobs: runner.jobs })) {
    runs.set(run.scenario, run);
  }
  return runs;
}
