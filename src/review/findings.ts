// SPDX-License-Identifier: GPL-2.0-or-later
// Groups of faults -> findings, each told by the scenario that comes to the fault soonest.
import { INVARIANTS } from '../simulator/invariants/index.ts';
import type { TurnText } from '../simulator/values.ts';
import { type Fault, scenarioLabel } from './faults.ts';
import { compareText, type FaultGroup } from './groups.ts';
import { FINDINGS_MAX, PICTURED_MAX, TURN_PLACES_MAX } from './limits.ts';
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

/** In: confirmed groups and the scenarios for their texts. Out: findings, the gravest and most widely seen first. */
export function gatherFindings(groups: FaultGroup[], scenarios: ScenarioInfo[]): Findings {
  const texts = new Map(scenarios.map(({ name, text }) => [name, text]));
  const told = groups.map((group) => {
    const [fault] = group;
    return { finding: findingOf(group, texts), fault, seen: new Set(group.map((one) => one.scenario)).size };
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
  for (const { finding } of told.slice(PICTURED_MAX)) delete finding.pictures;
  return { told: told.slice(0, FINDINGS_MAX), dropped: Math.max(0, told.length - FINDINGS_MAX) };
}

/** Of a turn's stack the places that a report shows. */
function turnOf({ where, ...turn }: TurnText): NonNullable<Finding['turns']>[number] {
  return {
    ...turn,
    where: where.slice(0, TURN_PLACES_MAX).map(({ file, line, function: name }) => ({ file, line, function: name })),
  };
}

function findingOf(group: FaultGroup, texts: ReadonlyMap<string, string>): Finding {
  const [first, ...rest] = group;
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
    reproducer: texts.get(first.scenario) ?? '',
    signature: violation.signature,
    ...(violation.schedule === undefined ? {} : { schedule: violation.schedule }),
    ...(violation.turns === undefined ? {} : { turns: violation.turns.map(turnOf) }),
    ...(violation.pictures === undefined ? {} : { pictures: violation.pictures }),
    ...(violation.stacks === undefined ? {} : { stacks: violation.stacks }),
  };
}
