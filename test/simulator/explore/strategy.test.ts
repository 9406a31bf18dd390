// SPDX-License-Identifier: GPL-2.0-or-later
// The search, against threads that only pass points: thread t passes COUNTS[t] of them and ends.
import { expect, test } from 'vitest';
import type { PassedTurn, ThreadsOutcome } from '../../../src/machine/values.ts';
import { Strategy, type Trial } from '../../../src/simulator/explore/strategy.ts';

const COUNTS = [3, 4];

/** Runs a plan as threads.c does; other policies end at once. */
function run({ schedule }: Trial): { outcome: ThreadsOutcome; ready: Uint8Array; order: string } {
  const left = [...COUNTS];
  const turns: PassedTurn[] = [];
  const ready: number[] = [];
  let order = '';
  const mask = () => left.reduce((bits, count, t) => (count > 0 ? bits | (1 << t) : bits), 0);
  const plan = schedule.policy === 'plan' ? [...schedule.turns] : [];
  let planned = plan.shift() ?? { thread: 0, points: 0 };
  while (mask() !== 0) {
    const { thread } = planned;
    let points = 0;
    let forced = true;
    while ((left[thread] ?? 0) > 0) {
      ready.push(mask() | (thread << 4));
      left[thread] = (left[thread] ?? 0) - 1;
      order += 'ab'[thread];
      points++;
      if (points === planned.points && mask() & ~(1 << thread)) {
        forced = false;
        break;
      }
    }
    turns.push({ thread, points, forced, ready: mask() });
    planned = plan.shift() ?? { thread: 1 - thread, points: 0 };
  }
  return {
    outcome: { turns, hash: 0, points: ready.length, blocks: 70, diverged: false, results: [] },
    ready: Uint8Array.from(ready),
    order,
  };
}

function explore(budget: number): { orders: string[]; kinds: string[]; strategy: Strategy } {
  const strategy = new Strategy(budget, 2, 7);
  const orders: string[] = [];
  const kinds: string[] = [];
  for (let trial = strategy.next(); trial !== undefined; trial = strategy.next()) {
    const { outcome, ready, order } = run(trial);
    strategy.note(trial, outcome, ready);
    kinds.push(trial.kind);
    if (trial.schedule.policy === 'plan') orders.push(order);
  }
  return { orders, kinds, strategy };
}

test('both threads first, then every place for one change, then more', () => {
  const { orders, kinds, strategy } = explore(100);
  expect(kinds.slice(0, 2)).toEqual(['unchanged', 'unchanged']);
  expect(orders.slice(0, 2)).toEqual(['aaabbbb', 'bbbbaaa']);
  // One change: behind each point of the first thread; behind its last one it ends anyway.
  const one = orders.filter((_, i) => kinds[i] === 'oneChange');
  expect(one).toHaveLength(strategy.oneChangeOf);
  expect(new Set(one)).toEqual(new Set(['abbbbaa', 'aabbbba', 'aaabbbb', 'baaabbb', 'bbaaabb', 'bbbaaab', 'bbbbaaa']));
  expect(kinds).toContain('more');
  expect(kinds).toContain('random');
  expect(kinds).toHaveLength(100);
});

test('the budget is kept, and a small one is spread over all places', () => {
  const { orders, kinds } = explore(8);
  expect(kinds).toHaveLength(8);
  expect(kinds.filter((kind) => kind === 'oneChange').length).toBeGreaterThanOrEqual(3);
  expect(new Set(orders).size).toBeGreaterThanOrEqual(4);
});

test('the same search each time', () => {
  expect(explore(60)).toMatchObject({ orders: explore(60).orders, kinds: explore(60).kinds });
});
