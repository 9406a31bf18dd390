// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import type { Image } from '../../src/kernel/values.ts';
import type { Scenario } from '../../src/simulator/grammar/values.ts';
import { runScenario } from '../../src/simulator/run.ts';
import { Session } from '../../src/simulator/session.ts';
import { FakeMachine } from './fake-machine.ts';
import { scenarioOf } from './toy.ts';

const machineModule = new URL('./fake-machine-module.ts', import.meta.url);
const files = { wasmFile: '', layoutsFile: '', linesFile: '' };
const image = (key: string): Image => ({ key, config: 'prod', variant: '', ...files, unmodelled: [] });
const named = (name: string, ...steps: string[]): Scenario => ({ ...scenarioOf(steps), name });
const calm = (name: string) => named(name, 'P: mmap A 3 rw private anon', 'P: write A', 'P: fork C', 'C: write A 1');

test('one process runs what comes up, as this process would', async () => {
  const session = new Session(image('fine'), { machineModule });
  try {
    for (const name of ['a', 'b', 'c']) {
      const run = await session.run(calm(name));
      expect({ ...run, elapsedMs: 0 }).toEqual({ ...runScenario(new FakeMachine(), calm(name)), elapsedMs: 0 });
    }
  } finally {
    session.close();
  }
});

test('a process that dies leaves an inconclusive run, and the next scenario has another', async () => {
  const session = new Session(image('dies'), { machineModule });
  try {
    expect((await session.run(named('b', 'P: exec'))).inconclusive).toBe("the machine's process ended");
    const next = await session.run(calm('c'));
    expect(next.inconclusive).toBeUndefined();
    expect(next.steps.length).toBeGreaterThan(4);
  } finally {
    session.close();
  }
});
