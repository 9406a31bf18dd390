// SPDX-License-Identifier: GPL-2.0-or-later
// What steps do more or less often -> one sentence for each thing, for all forms of the report.
import type { Effect, Review } from '../review/values.ts';
import { cleanLine } from './sanitise.ts';
import { counted, listed } from './text.ts';

/** Kinds of step named in a sentence. */
const NAMED = 3;

/**
 * One sentence for each cause: what differs in the same steps. Objects that are then given back accordingly are told
 * with their allocation.
 */
export function effectSentences({ effects = [] }: Pick<Review, 'effects'>): string[] {
  const twins = new Map<Effect, Effect>();
  for (const effect of effects) {
    const twin = effect.what === 'allocated' ? effects.find((other) => isTwin(effect, other)) : undefined;
    if (twin) twins.set(twin, effect);
  }
  const told = effects.filter((effect) => !twins.has(effect));
  const freed = new Set(twins.values());
  return [...Map.groupBy(told, ({ cause }) => cause).values()].map((group) => sentenceOf(group, freed));
}

/** As many objects fewer (or more) are freed as are allocated: one cause. */
function isTwin(effect: Effect, other: Effect): boolean {
  return (
    other.what === 'freed' &&
    other.name === effect.name &&
    other.direction === effect.direction &&
    other.after - other.before === effect.after - effect.before
  );
}

function sentenceOf(group: Effect[], freed: ReadonlySet<Effect>): string {
  const [first] = group as [Effect, ...Effect[]];
  const { example, scenarios } = first;
  const steps = first.operations.reduce((sum, one) => sum + one.steps, 0);
  const claims = group.map((effect) => {
    const alike = freed.has(effect) ? `, and as many ${effect.direction} are freed` : '';
    return `${claim(effect)}, ${figure(effect.example.after)} instead of ${figure(effect.example.before)}${alike}`;
  });
  const after = group.every(({ what }) => what === 'visits' || what === 'walks') ? 'after ' : '';
  const where = `as in "${cleanLine(example.stepText, 80)}" of ${cleanLine(example.scenario, 80)}`;
  const [only] = group.length === 1 ? group : [];
  const sum = only ? `, ${figure(only.after)} instead of ${figure(only.before)}` : '';
  const all = steps > 1 ? `; ${counted(steps, 'step')} of ${counted(scenarios, 'scenario')} in all${sum}` : '';
  return `${after}${operations(first)}: ${claims.join('; ')} (${where}${all}).`;
}

function claim(effect: Effect): string {
  const { what, direction, example } = effect;
  const name = cleanLine(effect.name, 80);
  switch (what) {
    case 'allocated':
    case 'freed':
      if (effect.after === 0) return `no ${name} is ${what} any more`;
      return effect.before === 0 ? `${name} is now ${what}` : `${direction} ${name} are ${what}`;
    case 'lock':
      if (effect.after === 0) return `${name} is not taken any more`;
      return `${name} is taken ${once(example)}${direction === 'fewer' ? 'less' : 'more'} often`;
    case 'faults':
      return `${direction} page faults`;
    case 'copies':
      return `${direction} pages are copied`;
    case 'walks':
      return `${direction} folios are mapped`;
    case 'visits':
      return `walks from all mapped folios visit ${direction} VMAs`;
  }
}

const once = ({ before, after }: Effect['example']): string => (Math.abs(after - before) === 1 ? 'once ' : '');

const figure = (count: number): string => (count === 0 ? 'none' : `${count}`);

const CHILD = ' in a child';

function operations({ operations: all }: Effect): string {
  const words = all.slice(0, NAMED).map(({ operation }) => cleanLine(operation, 60));
  const inChild = words.every((word) => word.endsWith(CHILD)) && words.length === all.length;
  if (inChild) return `${listed(words.map((word) => word.slice(0, -CHILD.length)))}${CHILD}`;
  const left = all.length - words.length;
  return left > 0 ? `${words.join(', ')} and ${counted(left, 'other kind')} of step` : listed(words);
}
