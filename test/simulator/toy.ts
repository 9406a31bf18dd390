// SPDX-License-Identifier: GPL-2.0-or-later
// Short ways for tests of the simulator to run steps on the toy machine.
import { parseScenario } from '../../src/simulator/grammar/parse.ts';
import type { Scenario } from '../../src/simulator/grammar/values.ts';
import { type RunOptions, runScenario } from '../../src/simulator/run.ts';
import type { Run } from '../../src/simulator/values.ts';
import { FakeMachine } from './fake-machine.ts';

/** A scenario of these steps, with a file f (ext4) and a file t (tmpfs) at hand. */
export function scenarioOf(steps: string[], head = ''): Scenario {
  const text = `name: toy\nareas: [vma-split]\nabout: a toy\n${head}files: {f: ext4 8, t: tmpfs 8}\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`;
  return parseScenario(text, 'toy.yaml');
}

/** Runs steps on a toy machine that `change` may have spoilt. */
export function runToy(
  steps: string[],
  change: (machine: FakeMachine) => void = () => {},
  options: RunOptions & { head?: string } = {},
): Run {
  const machine = new FakeMachine();
  change(machine);
  return runScenario(machine, scenarioOf(steps, options.head), options);
}

/** Signatures of what was found; an inconclusive run gives its reason. */
export function found(run: Run): string[] {
  return [
    ...run.violations.map((violation) => violation.signature),
    ...(run.inconclusive === undefined ? [] : [`inconclusive: ${run.inconclusive}`]),
  ];
}
