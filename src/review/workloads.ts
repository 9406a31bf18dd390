// SPDX-License-Identifier: GPL-2.0-or-later
// Workloads at a small scale on both sides (prod): objects and bytes at each mark, as a kernel changelog tells them.
import type { Image } from '../kernel/values.ts';
import { compareRuns } from '../simulator/compare.ts';
import { memoryRows } from './memory.ts';
import type { ScenarioInfo } from './rooms.ts';
import { type Runner, runAll } from './run.ts';
import type { WorkloadRow } from './values.ts';

/** A workload as the review sees it: run like a scenario, and never taken for one. */
export interface WorkloadInfo extends ScenarioInfo {
  scale: number;
}

export interface WorkloadReport {
  rows: WorkloadRow[];
  /** What could not be compared, or broke an invariant on the patched side only. */
  notes: string[];
}

/** In: the workloads and the images of base and patched. Runs are cached as those of scenarios are. */
export async function compareWorkloads(
  runner: Runner,
  workloads: WorkloadInfo[],
  base: Image,
  patched: Image,
): Promise<WorkloadReport> {
  const [before, after] = await Promise.all([runAll(runner, base, workloads), runAll(runner, patched, workloads)]);
  const comparison = compareRuns([...before.values()], [...after.values()]);
  const scales = new Map(workloads.map(({ name, scale }) => [name, scale]));
  const rows = memoryRows(comparison, { config: 'prod', variant: '' }).map(
    ({ scenario, mark, object, before: from, after: to }) => {
      return { workload: scenario, scale: scales.get(scenario) ?? 1, mark, object, before: from, after: to };
    },
  );
  const again = (name: string) => `rmapbot simulate --workload ${name} --scale ${scales.get(name) ?? 1}`;
  const notes = comparison.violations
    .filter(({ status }) => status === 'introduced')
    .map(({ scenario, violation }) => {
      return `the workload ${scenario} breaks ${violation.invariant} on the patched tree: ${violation.evidence} (${again(scenario)})`;
    });
  for (const { scenario, side, reason } of comparison.inconclusive)
    notes.push(`the workload ${scenario} could not be judged on the ${side} side: ${reason}`);
  return { rows, notes };
}
