// SPDX-License-Identifier: GPL-2.0-or-later
// Before a finding leaves the house it is run again, in fresh processes, on the side that shows it and on the other.
import { type Fault, scenarioLabel, shows } from './faults.ts';
import type { FaultGroup } from './groups.ts';
import type { Images } from './images.ts';
import { CONFIRMED_PER_FINDING } from './limits.ts';
import type { ScenarioInfo } from './rooms.ts';
import { type Runner, type Runs, runAll } from './run.ts';
import type { Inconclusive } from './values.ts';

export interface Confirmed {
  groups: FaultGroup[];
  /** Faults that did not come back: our own failure, never shown as the series'. */
  unstable: Inconclusive[];
}

/** Which boundary must show the fault, and which must not (null: it must show on both). */
function sidesOf(fault: Fault, last: number): { shown: number; absent: number | null } {
  if (fault.status === 'fixed') return { shown: 0, absent: last };
  if (fault.status === 'pre-existing') return { shown: last, absent: null };
  if (fault.status === 'bisectability') return { shown: fault.patch ?? last, absent: 0 };
  return { shown: last, absent: 0 };
}

/**
 * Runs the first few faults of every group again, with the scenarios that tell them. A fault that does not come back is
 * taken out; a group of which none comes back goes as a whole. In: groups with their patches set.
 */
export async function confirmGroups(
  groups: FaultGroup[],
  images: Images,
  runner: Runner,
  scenarios: ScenarioInfo[],
): Promise<Confirmed> {
  const tried = groups.flatMap((group) => group.slice(0, CONFIRMED_PER_FINDING));
  const isStable = await runAgain(tried, images, runner, scenarios);
  const confirmed: Confirmed = { groups: [], unstable: [] };
  for (const group of groups) {
    const [first, ...rest] = group.slice(0, CONFIRMED_PER_FINDING).filter(isStable);
    if (first) confirmed.groups.push([first, ...rest, ...group.slice(CONFIRMED_PER_FINDING)]);
  }
  for (const { scenario, flavour, violation } of tried.filter((fault) => !isStable(fault))) {
    const where = scenarioLabel(scenario, flavour);
    const reason = `${violation.invariant} in ${where} did not reproduce in a fresh process`;
    confirmed.unstable.push({ scenario, config: flavour.config, reason });
  }
  return confirmed;
}

/** Runs scenarios again on the sides where their faults must and must not show. Out: whether a fault did as it must. */
async function runAgain(
  faults: Fault[],
  images: Images,
  runner: Runner,
  scenarios: ScenarioInfo[],
): Promise<(fault: Fault) => boolean> {
  const byName = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  const wanted = new Map<string, { patch: number; fault: Fault; names: Set<string> }>();
  const keyOf = (patch: number, { flavour }: Fault) => `${patch}/${flavour.config}/${patch ? flavour.variant : ''}`;
  const want = (patch: number, fault: Fault) => {
    const entry = wanted.get(keyOf(patch, fault)) ?? { patch, fault, names: new Set() };
    entry.names.add(fault.scenario);
    wanted.set(keyOf(patch, fault), entry);
  };
  for (const fault of faults) {
    const { shown, absent } = sidesOf(fault, images.last);
    want(shown, fault);
    want(absent ?? 0, fault);
  }
  const again = new Map<string, Runs>();
  const runOne = async ([key, { patch, fault, names }]: (typeof all)[number]): Promise<void> => {
    const image = await images.image(patch, fault.flavour);
    if (!image) throw new Error(`the image after patch ${patch} is gone`);
    const chosen = [...names].sort().flatMap((name) => byName.get(name) ?? []);
    again.set(key, await runAll(runner, image, chosen, { again: true }));
  };
  // Two images at a time: the bad side and the other.
  const all = [...wanted];
  for (let at = 0; at < all.length; at += 2) await Promise.all(all.slice(at, at + 2).map(runOne));
  return (fault) => {
    const { shown, absent } = sidesOf(fault, images.last);
    const there = shows(again.get(keyOf(shown, fault)) ?? new Map(), fault);
    const other = shows(again.get(keyOf(absent ?? 0, fault)) ?? new Map(), fault);
    return there === true && other === (absent === null);
  };
}
