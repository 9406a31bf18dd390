// SPDX-License-Identifier: GPL-2.0-or-later
// What each step did on base and patched (prod) -> what steps do more or less often, one entry for one thing: that
// five kinds of step hand out fewer chains is one cause and one entry.
import type { Comparison } from '../simulator/compare.ts';
import { FIRST_PROCESS } from '../simulator/grammar/scope.ts';
import { compareText } from './groups.ts';
import { EFFECTS_MAX, OPERATIONS_MAX } from './limits.ts';
import type { Effect } from './values.ts';

type What = Effect['what'];
type Step = Comparison['work'][number]['steps'][number];

interface Gathered {
  effect: Effect;
  scenarios: Set<string>;
  operations: Map<string, Effect['operations'][number]>;
  /** The steps that differ: what differs in the same ones has one cause. */
  steps: string[];
}

/** In: a comparison. Out: the largest effects first, of the scenarios that both sides could judge. */
export function effectsOf(comparison: Comparison): Effect[] {
  const found = new Map<string, Gathered>();
  for (const { scenario, steps } of judgedWork(comparison)) {
    for (const [step, one] of steps.entries()) {
      if (one.text.startsWith('mark: ')) continue; // does nothing; the walks after it are those of the step before
      const keys = new Set([...Object.keys(one.before), ...Object.keys(one.after)]);
      // How much code ran, and under which lock, is the lock profile's; it differs with every changed line.
      for (const key of keys) if (!/^(held |nodes |blocks$)/.test(key)) note(found, scenario, step, one, key);
    }
  }
  const ranked = [...found.values()].sort(
    ({ effect: a }, { effect: b }) => rank(a) - rank(b) || size(b) - size(a) || compareText(a.name, b.name),
  );
  const causes = new Map<string, number>();
  return ranked.slice(0, EFFECTS_MAX).map(({ effect, scenarios, operations, steps }) => ({
    ...effect,
    cause: causeOf(causes, steps.join()),
    scenarios: scenarios.size,
    operations: [...operations.values()].sort((a, b) => size(b) - size(a)).slice(0, OPERATIONS_MAX),
  }));
}

function causeOf(causes: Map<string, number>, steps: string): number {
  const cause = causes.get(steps) ?? causes.size + 1;
  causes.set(steps, cause);
  return cause;
}

/** The steps of the scenarios that both sides could judge. */
export function judgedWork(comparison: Comparison): Comparison['work'] {
  const names = new Set(comparison.judged.map(({ scenario, config }) => `${config} ${scenario}`));
  return comparison.work.filter(({ scenario, config }) => names.has(`${config} ${scenario}`));
}

function note(found: Map<string, Gathered>, scenario: string, step: number, one: Step, key: string): void {
  const [before, after] = [one.before[key] ?? 0, one.after[key] ?? 0];
  if (before === after) return;
  const [, what = '', name = ''] = /^(\w+) ?(.*)$/.exec(key) ?? [];
  const direction = after > before ? 'more' : 'fewer';
  const example = { scenario, step, stepText: one.text, before, after };
  const known: Gathered = found.get(`${direction} ${key}`) ?? {
    effect: {
      what: what as What,
      name,
      direction,
      before: 0,
      after: 0,
      scenarios: 0,
      cause: 0,
      operations: [],
      example,
    },
    scenarios: new Set(),
    operations: new Map(),
    steps: [],
  };
  found.set(`${direction} ${key}`, known);
  known.scenarios.add(scenario);
  known.steps.push(`${scenario} ${step}`);
  known.effect.before += before;
  known.effect.after += after;
  const operation = operationOf(one.text);
  const row = known.operations.get(operation) ?? { operation, steps: 0, before: 0, after: 0 };
  row.steps++;
  row.before += before;
  row.after += after;
  known.operations.set(operation, row);
}

/** "C1: fork C2" is a "fork in a child": who forks again is what the reverse map is about. */
export function operationOf(text: string): string {
  const [, process, operation] = /^(\w+): ([\w-]+)/.exec(text) ?? [];
  if (process === undefined || operation === undefined) return text.startsWith('every process') ? 'read' : text;
  if (process === 'exit') return 'exit';
  return process === FIRST_PROCESS ? operation : `${operation} in a child`;
}

const ORDER: readonly What[] = ['allocated', 'freed', 'faults', 'copies', 'lock', 'visits', 'walks'];
const rank = (effect: Effect): number => ORDER.indexOf(effect.what);
const size = ({ before, after }: { before: number; after: number }): number => Math.abs(after - before);
