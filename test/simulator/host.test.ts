// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import type { Image } from '../../src/kernel/values.ts';
import type { Scenario } from '../../src/simulator/grammar/values.ts';
import { type HostOptions, runScenarios } from '../../src/simulator/host.ts';
import { runScenario } from '../../src/simulator/run.ts';
import type { Run } from '../../src/simulator/values.ts';
import { FakeMachine } from './fake-machine.ts';
import { scenarioOf } from './toy.ts';

const machineModule = new URL('./fake-machine-module.ts', import.meta.url);
const image = (key: string): Image => ({
  key,
  config: 'prod',
  variant: '',
  wasmFile: '',
  layoutsFile: '',
  linesFile: '',
  unmodelled: [],
});
const named = (name: string, ...steps: string[]): Scenario => ({ ...scenarioOf(steps), name });
const calm = (name: string): Scenario =>
  named(name, 'P: mmap A 3 rw private anon', 'P: write A', 'P: fork C', 'C: write A 1', 'mark: end');
const exec = (name: string): Scenario => named(name, 'P: exec');

async function all(key: string, scenarios: Scenario[], options: HostOptions = {}): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const run of runScenarios(image(key), scenarios, { machineModule, ...options })) runs.push(run);
  return runs;
}

test('processes give the runs that this process gives, in order', async () => {
  const scenarios = Array.from({ length: 20 }, (_, i) => calm(`s${i}`));
  const runs = await all('fine', scenarios);
  expect(runs.map((run) => run.scenario)).toEqual(scenarios.map((scenario) => scenario.name));
  const here = scenarios.map((scenario) => runScenario(new FakeMachine(), scenario));
  expect(runs.map((run) => ({ ...run, elapsedMs: 0 }))).toEqual(here.map((run) => ({ ...run, elapsedMs: 0 })));
});

test('a process that dies leaves an inconclusive run, the others go on', async () => {
  const runs = await all('dies', [calm('a'), exec('b'), calm('c')]);
  expect(runs.map((run) => [run.scenario, run.inconclusive])).toEqual([
    ['a', undefined],
    ['b', "the machine's process ended: SIGKILL"],
    ['c', undefined],
  ]);
  expect(runs[2]?.marks).toHaveLength(1);
});

test('a process that hangs is ended', async () => {
  const runs = await all('hangs', [exec('a'), calm('b')], { scenarioMs: 3000 });
  expect(runs.map((run) => run.inconclusive)).toEqual(["the machine's process was ended after 3 s", undefined]);
});

test('a failure of ours is said to be one', async () => {
  const [run] = await all('throws', [exec('a')]);
  expect(run?.inconclusive).toBe('a failure of our own: offset out of bounds');
});

test('a kernel that complains at boot breaks its invariant in each scenario; one that cannot be loaded is inconclusive', async () => {
  const complaining = await all('no boot', [calm('a'), calm('b')]);
  expect(complaining.map((run) => run.violations.map((violation) => violation.signature))).toEqual([
    ['kernel-says: BUG: at boot'],
    ['kernel-says: BUG: at boot'],
  ]);
  const [missing] = await all('no file', [calm('a')]);
  expect(missing?.inconclusive).toBe('the machine did not boot: no such image');
});

test('the process sees no environment and no file of ours', async () => {
  const [run] = await all('spies', [exec('a')]);
  expect(run?.inconclusive).toBe('a failure of our own: environment PWD, files none, children none');
});

test('stopping early ends the processes', async () => {
  for await (const run of runScenarios(image('fine'), [calm('a'), exec('b')], { machineModule })) {
    expect(run.scenario).toBe('a');
    break;
  }
  const aborted = AbortSignal.abort(new Error('enough'));
  await expect(all('fine', [calm('a')], { signal: aborted })).rejects.toThrow('enough');
});
