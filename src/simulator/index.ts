// SPDX-License-Identifier: GPL-2.0-or-later
// The simulator's door: scenarios in, runs and comparisons out.
export {
  type ComparedViolation,
  type Comparison,
  compareRuns,
  type MemoryRow,
  type Side,
  type Status,
} from './compare.ts';
export { exploreScenario, hasThreads } from './explore/explore.ts';
export { parseSchedule } from './explore/schedule.ts';
export { loadScenario, loadScenarios } from './grammar/load.ts';
export { parseScenario } from './grammar/parse.ts';
export { format, formatAction, print } from './grammar/print.ts';
export type { FlatStep, Scenario, Step } from './grammar/values.ts';
export { type HostOptions, runScenarios } from './host.ts';
export { INVARIANTS } from './invariants/index.ts';
export { notConcerned, type RunOptions, runScenario } from './run.ts';
export type { ObjectCount, Run, Violation } from './values.ts';
export { checkWorkload } from './workload/check.ts';
export { figuresOf } from './workload/figures.ts';
export { loadWorkload, ownWorkloads, scenarioOf } from './workload/load.ts';
export type { Load, LoadMark, ScaledWorkload, Workload } from './workload/values.ts';
