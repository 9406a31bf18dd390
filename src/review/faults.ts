// SPDX-License-Identifier: GPL-2.0-or-later
// Runs of base and patched -> faults: one per scenario, flavour, status and signature.
import type { Comparison } from '../simulator/compare.ts';
import type { Violation } from '../simulator/values.ts';
import { type Flavour, flavourName } from './images.ts';
import type { Runs } from './run.ts';

export interface Fault {
  status: 'introduced' | 'fixed' | 'pre-existing' | 'bisectability';
  scenario: string;
  flavour: Flavour;
  violation: Violation;
  stepText: string;
  /** First bad patch (of a fixed fault the fixing one), once known. */
  patch: number | null;
  gonePatch?: number;
}

/**
 * The violations of a comparison as faults. Several of one signature in a scenario count once, the earliest. A base that
 * could not be judged says nothing about what is new: such scenarios give no faults.
 */
export function faultsOf(comparison: Comparison, base: Runs, flavour: Flavour): Fault[] {
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const { status, scenario, violation, stepText } of comparison.violations) {
    const before = base.get(scenario);
    const key = JSON.stringify([status, scenario, violation.signature]);
    if (!before || before.inconclusive !== undefined || before.skipped !== undefined || seen.has(key)) continue;
    seen.add(key);
    faults.push({ status, scenario, flavour, violation, stepText, patch: null });
  }
  return faults;
}

/** True where the runs show the fault. Undefined where its scenario has no judgement there. */
export function shows(runs: Runs, fault: Pick<Fault, 'scenario' | 'violation'>): boolean | undefined {
  const run = runs.get(fault.scenario);
  if (!run || run.skipped !== undefined) return undefined;
  const all = [...run.violations, ...(run.remnants ?? [])];
  if (all.some((violation) => violation.signature === fault.violation.signature)) return true;
  return run.inconclusive === undefined ? false : undefined;
}

/** "name" for check with the author's defaults, else "name (prod)", "name (check, all-new)". */
export function scenarioLabel(scenario: string, flavour: Flavour): string {
  const name = flavourName(flavour);
  return name === 'check' ? scenario : `${scenario} (${name})`;
}
