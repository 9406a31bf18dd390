// SPDX-License-Identifier: GPL-2.0-or-later
// A trial that shows a finding -> a smaller one that shows it too. Comes in: the trial, and who tells whether one still
// does. Goes out: the smallest that was come to, and what it took. Deterministic if the test is.
import { parseScenario } from '../grammar/parse.ts';
import { print } from '../grammar/print.ts';
import { fewerPages } from './fewer-pages.ts';
import { fewerSteps, withoutProcesses, withoutRegions } from './fewer-steps.ts';
import { foldProcesses } from './fold-processes.ts';
import { newNames } from './new-names.ts';
import { plainerSteps } from './plainer-steps.ts';
import type { Pass, Shrunk, Test, Trial } from './values.ts';

/** In the order in which they take most away. What has more to take away, as threads, adds its passes here. */
export const PASSES: readonly Pass[] = [
  withoutProcesses,
  withoutRegions,
  fewerSteps,
  foldProcesses,
  fewerPages,
  plainerSteps,
];

/** Rounds over all passes: what one took away lets another take more, twice at most in practice. */
const ROUNDS_MAX = 4;

export interface ShrinkOptions {
  /** Trials to run at most. */
  runs: number;
  passes?: readonly Pass[];
}

/** `shows` is asked for each trial once; those that are no valid scenario are not asked for. */
export async function shrink(trial: Trial, shows: Test, { runs, passes = PASSES }: ShrinkOptions): Promise<Shrunk> {
  const known = new Map<string, boolean>();
  const shrunk: Shrunk = { trial, runs: 0, bounded: false };
  const test: Test = async (candidate) => {
    const key = keyOf(candidate);
    const before = known.get(key);
    if (before !== undefined) return before;
    if (!isWellFormed(candidate)) return false;
    if (shrunk.runs >= runs) {
      shrunk.bounded = true;
      return false;
    }
    shrunk.runs++;
    const shown = await shows(candidate);
    known.set(key, shown);
    return shown;
  };
  known.set(keyOf(trial), true);
  for (let round = 0; round < ROUNDS_MAX && !shrunk.bounded; round++) {
    const before = keyOf(shrunk.trial);
    for (const pass of passes) shrunk.trial = await pass.shrink(shrunk.trial, test);
    if (keyOf(shrunk.trial) === before) break;
  }
  shrunk.trial = await newNames.shrink(shrunk.trial, test);
  return shrunk;
}

function keyOf({ scenario, schedule, allocation }: Trial): string {
  return JSON.stringify([print(scenario), schedule, allocation]);
}

/** The text of the trial can be read again: each step names processes and regions that are there. */
function isWellFormed({ scenario }: Trial): boolean {
  try {
    return parseScenario(print(scenario), 'trial').steps.length > 0;
  } catch {
    return false; // a step names what was taken away: not a trial at all
  }
}
