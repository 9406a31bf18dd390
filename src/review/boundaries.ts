// SPDX-License-Identifier: GPL-2.0-or-later
// Short series: every patch boundary is run, so that what a later patch repairs is told as a bisectability note.
import type { BoundaryRuns } from './bisect.ts';
import type { Fault } from './faults.ts';
import type { Flavour } from './images.ts';
import { BOUNDARIES_MAX } from './limits.ts';
import type { Runs } from './run.ts';

export interface BoundaryReport {
  faults: Fault[];
  /** Patches after which the tree does not build though a later one does. */
  doNotBuild: number[];
  notes: string[];
}

/**
 * In: number of the last patch, runs of base and final, scenarios of the touched areas.
 * Out: faults that neither base nor final shows, with the patch that brought and the patch that removed them.
 */
export async function checkBoundaries(
  last: number,
  flavour: Flavour,
  scenarios: string[],
  sides: { base: Runs; final: Runs },
  runsAt: BoundaryRuns,
  mayBuild: () => boolean,
): Promise<BoundaryReport> {
  const report: BoundaryReport = { faults: [], doNotBuild: [], notes: [] };
  if (last < 2 || scenarios.length === 0) return report;
  if (last > BOUNDARIES_MAX) {
    report.notes.push(
      `bisectability not checked: the series has ${last} patches, boundaries are run up to ${BOUNDARIES_MAX}`,
    );
    return report;
  }
  const open = new Map<string, Fault>();
  for (let patch = 1; patch < last; patch++) {
    if (!mayBuild()) {
      report.notes.push(`bisectability checked up to patch ${patch - 1} only: the time cap was reached`);
      break;
    }
    const runs = await runsAt(patch, flavour, scenarios);
    if (!runs) {
      report.doNotBuild.push(patch);
      continue;
    }
    note(patch, runs, flavour, sides, open, report.faults);
  }
  for (const fault of report.faults) fault.gonePatch ??= last;
  return report;
}

function note(
  patch: number,
  runs: Runs,
  flavour: Flavour,
  sides: { base: Runs; final: Runs },
  open: Map<string, Fault>,
  faults: Fault[],
): void {
  const seen = new Set<string>();
  for (const [scenario, run] of runs) {
    const elsewhere = new Set(
      [sides.base, sides.final].flatMap((side) => side.get(scenario)?.violations ?? []).map((one) => one.signature),
    );
    for (const violation of run.violations) {
      const key = `${scenario} ${violation.signature}`;
      if (elsewhere.has(violation.signature) || seen.has(key)) continue;
      seen.add(key);
      if (open.has(key)) continue;
      const stepText = run.steps[violation.step] ?? '';
      const fault: Fault = { status: 'bisectability', scenario, flavour, violation, stepText, patch };
      open.set(key, fault);
      faults.push(fault);
    }
  }
  for (const [key, fault] of open) {
    if (seen.has(key) || !runs.has(fault.scenario)) continue;
    fault.gonePatch = patch;
    open.delete(key);
  }
}
