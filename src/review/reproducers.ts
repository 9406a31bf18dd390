// SPDX-License-Identifier: GPL-2.0-or-later
// Findings -> shorter reproducers: the scenario ends with the step that shows the fault, if it still shows it then.

import { shows } from './faults.ts';
import type { Told } from './findings.ts';
import type { Images } from './images.ts';
import { SHORTENED_MAX } from './limits.ts';
import type { ScenarioInfo } from './rooms.ts';
import { type Runner, runAll } from './run.ts';

/** Replaces `reproducer` where the cut scenario shows the same fault on the bad side and does not on the base. */
export async function shortenReproducers(
  told: Told[],
  scenarios: ScenarioInfo[],
  images: Images,
  runner: Runner,
): Promise<void> {
  const byName = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  const worth = told.filter(({ finding }) => finding.status === 'introduced' || finding.status === 'bisectability');
  for (const { finding, fault } of worth.slice(0, SHORTENED_MAX)) {
    const whole = byName.get(fault.scenario);
    const cut = whole && runner.rooms.cutScenario(whole, fault.violation.step);
    if (!cut) continue;
    const bad = fault.status === 'bisectability' ? (fault.patch ?? images.last) : images.last;
    const [after, before] = [await images.image(bad, fault.flavour), await images.image(0, fault.flavour)];
    if (!after || !before) continue;
    const [there, absent] = await Promise.all([runAll(runner, after, [cut]), runAll(runner, before, [cut])]);
    if (shows(there, fault) === true && shows(absent, fault) === false) finding.reproducer = cut.text;
  }
}
