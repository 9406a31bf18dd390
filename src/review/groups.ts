// SPDX-License-Identifier: GPL-2.0-or-later
// Faults -> groups: what several scenarios and configurations show alike and the same patch brought is one thing.
import type { Fault } from './faults.ts';
import type { ScenarioInfo } from './rooms.ts';

/** Never empty; the fault that tells the group best stands first. */
export type FaultGroup = [Fault, ...Fault[]];

/** Groups by status, patches and signature, in the order of the faults. */
export function groupFaults(faults: Fault[], scenarios: ScenarioInfo[]): FaultGroup[] {
  const info = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  const groups = new Map<string, FaultGroup>();
  for (const fault of faults) {
    const key = JSON.stringify([fault.status, fault.patch, fault.gonePatch, fault.violation.signature]);
    const group = groups.get(key);
    if (group) group.push(fault);
    else groups.set(key, [fault]);
  }
  for (const group of groups.values()) group.sort((a, b) => nearer(a, b, info));
  return [...groups.values()];
}

/**
 * Fewer steps to the fault first, then fewer in all; then by name, check before prod, the author's defaults before
 * all-new.
 */
function nearer(a: Fault, b: Fault, info: ReadonlyMap<string, ScenarioInfo>): number {
  const steps = (fault: Fault) => info.get(fault.scenario)?.steps ?? Number.MAX_SAFE_INTEGER;
  return (
    a.violation.step - b.violation.step ||
    steps(a) - steps(b) ||
    compareText(a.scenario, b.scenario) ||
    compareText(a.flavour.config, b.flavour.config) ||
    compareText(a.flavour.variant, b.flavour.variant)
  );
}

/** By code units: the same order everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
