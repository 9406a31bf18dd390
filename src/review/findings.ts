// SPDX-License-Identifier: GPL-2.0-or-later
// Faults -> findings: equal faults of several scenarios and configurations become one, told by its shortest scenario.
import { INVARIANTS } from '../simulator/invariants/index.ts';
import { type Fault, scenarioLabel } from './faults.ts';
import { FINDINGS_MAX } from './limits.ts';
import type { ScenarioInfo } from './rooms.ts';
import type { Finding } from './values.ts';

const STATUS_ORDER = ['introduced', 'bisectability', 'fixed', 'pre-existing'];
/** The simulator's own: what tells most about a cause comes first. */
const ORDER = INVARIANTS.map((invariant) => invariant.id);
const SEVERITY_ORDER = ['violation', 'warning', 'note'];

/** A finding and the fault that tells it. */
export interface Told {
  finding: Finding;
  fault: Fault;
}

export interface Findings {
  told: Told[];
  /** How many were left out beyond the limit. */
  dropped: number;
}

/** In: confirmed faults and the scenarios for their texts. Out: findings, the gravest and most widely seen first. */
export function gatherFindings(faults: Fault[], scenarios: ScenarioInfo[]): Findings {
  const info = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  const groups = new Map<string, Fault[]>();
  for (const fault of faults) {
    const key = JSON.stringify([fault.status, fault.patch, fault.gonePatch, fault.violation.signature]);
    const group = groups.get(key);
    if (group) group.push(fault);
    else groups.set(key, [fault]);
  }
  const told = [...groups.values()].map((group) => {
    group.sort((a, b) => shortest(a, b, info));
    const [fault] = group as [Fault, ...Fault[]];
    return { finding: findingOf(group, info), fault, seen: new Set(group.map((one) => one.scenario)).size };
  });
  told.sort(
    (a, b) =>
      STATUS_ORDER.indexOf(a.finding.status) - STATUS_ORDER.indexOf(b.finding.status) ||
      SEVERITY_ORDER.indexOf(a.finding.severity) - SEVERITY_ORDER.indexOf(b.finding.severity) ||
      (a.finding.patch ?? 0) - (b.finding.patch ?? 0) ||
      b.seen - a.seen ||
      a.fault.violation.step - b.fault.violation.step ||
      ORDER.indexOf(a.finding.invariant) - ORDER.indexOf(b.finding.invariant) ||
      compareText(a.finding.summary, b.finding.summary),
  );
  return { told: told.slice(0, FINDINGS_MAX), dropped: Math.max(0, told.length - FINDINGS_MAX) };
}

/** Fewer steps to the fault first, then fewer in all; then check before prod, the author's defaults before all-new, then by name. */
function shortest(a: Fault, b: Fault, info: ReadonlyMap<string, ScenarioInfo>): number {
  const steps = (fault: Fault) => info.get(fault.scenario)?.steps ?? Number.MAX_SAFE_INTEGER;
  return (
    a.violation.step - b.violation.step ||
    steps(a) - steps(b) ||
    compareText(a.scenario, b.scenario) ||
    compareText(a.flavour.config, b.flavour.config) ||
    compareText(a.flavour.variant, b.flavour.variant)
  );
}

function findingOf(group: Fault[], info: ReadonlyMap<string, ScenarioInfo>): Finding {
  const [first, ...rest] = group as [Fault, ...Fault[]];
  const { violation } = first;
  const warning = violation.severity === 'warning' || violation.modelled.length > 0;
  return {
    invariant: violation.invariant,
    config: first.flavour.config,
    variant: first.flavour.variant,
    severity: first.status === 'bisectability' ? 'note' : warning ? 'warning' : 'violation',
    status: first.status,
    patch: first.patch,
    ...(first.gonePatch === undefined ? {} : { gonePatch: first.gonePatch }),
    scenario: first.scenario,
    step: violation.step,
    stepText: first.stepText,
    where: violation.where.map(({ file, line, function: name }) => ({ file, line, function: name })),
    whereIs: 'fault',
    summary: violation.evidence,
    alsoIn: [...new Set(rest.map((fault) => scenarioLabel(fault.scenario, fault.flavour)))].sort(compareText),
    modelled: [...violation.modelled],
    reproducer: info.get(first.scenario)?.text ?? '',
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
