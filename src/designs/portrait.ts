// SPDX-License-Identifier: GPL-2.0-or-later
// A scenario's world when most VMAs were there, as a picture: what one design keeps for it, beside what others do.
import { Executor } from '../simulator/execute.ts';
import { isMachineFault } from '../simulator/faults.ts';
import { expand } from '../simulator/grammar/expand.ts';
import { Scope } from '../simulator/grammar/scope.ts';
import type { Scenario } from '../simulator/grammar/values.ts';
import { capture, pictures } from '../simulator/picture.ts';
import type { Picture } from '../simulator/picture-values.ts';
import { World } from '../simulator/world.ts';
import type { LabMachine } from './lab-machine.ts';

/** Undefined where the world is too large to be drawn, or never had a VMA. */
export function portrait(machine: LabMachine, scenario: Scenario): Picture | undefined {
  machine.reset();
  const executor = new Executor(machine, scenario);
  let most = 0;
  let drawn: Picture | undefined;
  try {
    for (const step of expand(scenario.steps, new Scope(scenario.files))) {
      if (!('done' in executor.step(step))) break;
      const vmas = machine.world.vmas.linked;
      if (vmas < most) continue;
      most = vmas;
      const world = new World(machine, executor.processes, (address) => executor.scope.describe(address));
      const captured = capture(world);
      if (captured === undefined) return undefined;
      for (const { folio } of world.used) world.walk(folio.pfn);
      drawn = pictures(undefined, captured).after;
    }
  } catch (error) {
    // What a design does not model ends the scenario; what was there before is drawn.
    if (!isMachineFault(error)) throw error;
  }
  return drawn;
}
