// SPDX-License-Identifier: GPL-2.0-or-later
// Entry of a worker process: boots one image and runs scenarios on it, one after the other, as its host asks.
// Whatever the code under test does, each scenario is answered by a Run, unless the process itself dies.
import type { Image } from '../kernel/values.ts';
import type { ConcurrentMachine, Machine } from '../machine/values.ts';
import { exploreScenario, hasThreads } from './explore/explore.ts';
import { isMachineFault, meaning } from './faults.ts';
import { replay } from './ground-truth/replay.ts';
import { emptyRun, type RunOptions, runScenario } from './run.ts';
import type { Run } from './values.ts';
import type { FromWorker, ScenarioMessage, ToWorker } from './worker-protocol.ts';

interface Booted {
  image: Image;
  options: RunOptions;
  machine: Promise<Machine | { failure: unknown }>;
}

let booted: Booted | undefined;

async function boot(image: Image, module: string): Promise<Machine | { failure: unknown }> {
  try {
    const { createMachine } = (await import(module)) as { createMachine(image: Image): Promise<Machine> };
    return await createMachine(image);
  } catch (failure) {
    return { failure };
  }
}

async function run({ scenario, wanted }: ScenarioMessage): Promise<Run> {
  if (booted === undefined) throw new Error('a scenario before the image');
  const { image, options } = booted;
  const machine = await booted.machine;
  if ('failure' in machine) return unbooted(scenario.name, image, machine.failure);
  try {
    if (wanted !== undefined)
      return { ...emptyRun(scenario.name, image.config), replay: replay(machine, scenario, wanted) };
    if (hasThreads(scenario)) return await exploreScenario(machine as ConcurrentMachine, scenario, options);
    return runScenario(machine, scenario, options);
  } catch (error) {
    const run = emptyRun(scenario.name, image.config);
    run.inconclusive = `a failure of our own: ${error instanceof Error ? error.message : String(error)}`;
    return run;
  }
}

/** A kernel that warns or crashes while it boots breaks an invariant in every scenario. */
function unbooted(scenario: string, image: Image, failure: unknown): Run {
  const run = emptyRun(scenario, image.config);
  run.steps = ['boot'];
  if (!isMachineFault(failure)) {
    run.inconclusive = `the machine did not boot: ${failure instanceof Error ? failure.message : String(failure)}`;
    return run;
  }
  const meant = meaning(failure, 'the boot');
  if ('inconclusive' in meant) run.inconclusive = meant.inconclusive;
  else {
    const { invariant, shape, evidence, where, modelled } = meant;
    const signature = `${invariant}: ${shape}`;
    const severity = modelled.length > 0 ? 'warning' : 'violation';
    run.violations.push({ invariant, severity, step: 0, evidence, where, signature, modelled });
  }
  return run;
}

function answer(message: FromWorker): void {
  process.send?.(message);
}

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToWorker) => {
  if (message.type === 'boot') {
    const { image, options, machineModule } = message;
    booted = { image, options, machine: boot(image, machineModule) };
    void booted.machine.then(() => answer({ type: 'booted' }));
    return;
  }
  void run(message).then((result) => {
    answer({ type: 'run', index: message.index, run: result });
  });
});
