// SPDX-License-Identifier: GPL-2.0-or-later
// What shrinking takes and gives, and what another room adds to it.
import type { FlatStep, Scenario } from '../grammar/values.ts';

/** A scenario without repeat blocks. */
export interface FlatScenario extends Omit<Scenario, 'steps'> {
  steps: FlatStep[];
}

/** What shows a finding: a history, and whatever else it needs to show it. */
export interface Trial {
  scenario: FlatScenario;
  /** The order in which threads ran, where it matters. */
  schedule?: string;
  /** Number of the allocation that fails, where one does. */
  allocation?: number;
}

/** True if the trial still shows the finding; false too once the budget is used up. */
export type Test = (trial: Trial) => Promise<boolean>;

/**
 * One way to make a trial smaller: gives the last trial for which the test said yes, or the one it was given. It must
 * be deterministic, and every trial that it tries smaller than the one before by some measure of its own, so that it
 * comes to an end.
 */
export interface Pass {
  /** What becomes fewer: "steps", "processes", "threads", "schedule". */
  what: string;
  shrink(trial: Trial, test: Test): Promise<Trial>;
}

export interface Shrunk {
  trial: Trial;
  /** Trials that were run. */
  runs: number;
  /** The budget was used up: it may not be the smallest. */
  bounded: boolean;
}
