// SPDX-License-Identifier: GPL-2.0-or-later
// Image and scenarios -> runs by scenario name, from the cache where they were made before.
import type { Image } from '../kernel/values.ts';
import type { Run } from '../simulator/values.ts';
import type { Cache } from './cache.ts';
import type { Clock } from './clock.ts';
import type { Rooms, ScenarioInfo } from './rooms.ts';

export type Runs = ReadonlyMap<string, Run>;

export interface Runner {
  rooms: Rooms;
  cache: Cache;
  clock: Clock;
  seed: number;
  jobs: number;
}

export interface RunOptions {
  onProgress?: (done: number, total: number) => void;
  /** Number of a planted control to switch on. */
  plant?: number;
  /** To confirm what an earlier run said: never answered by that one, and not left out when the time cap is reached. */
  again?: boolean;
}

/** Runs every scenario on the image, in fresh processes. Absent from the result is only what the time cap left out. */
export async function runAll(
  runner: Runner,
  image: Image,
  scenarios: ScenarioInfo[],
  { onProgress, plant = 0, again = false }: RunOptions = {},
): Promise<Runs> {
  const { seed, jobs, cache, rooms, clock } = runner;
  const runs = new Map<string, Run>();
  const fresh: ScenarioInfo[] = [];
  // Everything that decides a run. The one that confirms is kept apart, so that none is taken for the other.
  const keyOf = ({ name, text, schedules }: ScenarioInfo) => {
    const key = ['run', image.key, name, text, seed, plant, again];
    return schedules === undefined ? key : [...key, schedules];
  };
  for (const scenario of scenarios) {
    const known = await cache.get(keyOf(scenario));
    if (isRun(known, scenario.name)) runs.set(scenario.name, known);
    else fresh.push(scenario);
  }
  if (fresh.length === 0) return runs;
  const byName = new Map(fresh.map((scenario) => [scenario.name, scenario]));
  for await (const run of rooms.runScenarios(image, fresh, { seed, jobs, plant })) {
    const scenario = byName.get(run.scenario);
    if (!scenario) throw new Error(`the simulator answered for a scenario it was not given: ${run.scenario}`);
    runs.set(run.scenario, run);
    // An inconclusive run may owe to a cap of this machine: ask again next time.
    if (run.inconclusive === undefined) await cache.put(keyOf(scenario), run);
    onProgress?.(runs.size, scenarios.length);
    if (clock.expired && !again) break;
  }
  return runs;
}

function isRun(value: unknown, scenario: string): value is Run {
  const run = value as Partial<Run> | null | undefined;
  return run?.scenario === scenario && Array.isArray(run.violations) && Array.isArray(run.marks);
}
