// SPDX-License-Identifier: GPL-2.0-or-later
// What steps do more or less often -> one sentence for each thing, for all forms of the report.
import type { Effect, Review } from '../review/values.ts';
import { cleanLine } from './sanitise.ts';
import { counted, listed } from './text.ts';

/** Kinds of step named in a sentence. */
const NAMED = 3;

/** One sentence for each effect; objects that are then given back accordingly are told with their allocation. */
export function effectSentences({ effects = [] }: Pick<Review, 'effects'>): string[] {
  const twins = new Set<Effect>();
  const sentences: string[] = [];
  for (const effect of effects) {
    if (twins.has(effect)) continue;
    const twin = effect.what === 'allocated' ? effects.find((other) => isTwin(effect, other)) : undefined;
    if (twin) twins.add(twin);
    sentences.push(sentenceOf(effect, twin !== undefined));
  }
  return sentences;
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

function sentenceOf(effect: Effect, freedAlike: boolean): string {
  const { example, before, after, scenarios } = effect;
  const steps = effect.operations.reduce((sum, one) => sum + one.steps, 0);
  const where = `"${cleanLine(example.stepText, 80)}" of ${cleanLine(example.scenario, 80)}`;
  const told = `${claim(effect)}: ${figure(example.after)} instead of ${figure(example.before)} in ${where}`;
  const sum =
    steps > 1
      ? `; over ${counted(steps, 'step')} of ${counted(scenarios, 'scenario')} ${figure(after)} instead of ${figure(before)}`
      : '';
  const freed = freedAlike ? `, and as many ${effect.direction} are freed` : '';
  return `${told}${sum}${freed}.`;
}

function claim(effect: Effect): string {
  const { what, direction, example } = effect;
  const name = cleanLine(effect.name, 80);
  const ops = operations(effect);
  const less = direction === 'fewer';
  switch (what) {
    case 'allocated':
      if (effect.after === 0) return `${ops}: no ${name} is allocated any more`;
      return effect.before === 0 ? `${ops}: ${name} is now allocated` : `${ops}: ${direction} ${name} are allocated`;
    case 'freed':
      return effect.after === 0 ? `${ops}: no ${name} is freed any more` : `${ops}: ${direction} ${name} are freed`;
    case 'lock':
      if (effect.after === 0) return `${ops}: ${name} is not taken any more`;
      return `${ops}: ${name} is taken ${once(example)}${less ? 'less' : 'more'} often`;
    case 'faults':
      return `${ops}: ${direction} page faults`;
    case 'copies':
      return `${ops}: ${direction} pages are copied`;
    case 'walks':
      return `after ${ops}: ${direction} folios are there to be walked from`;
    case 'visits':
      return `after ${ops}: walks from all mapped folios visit ${direction} VMAs`;
  }
}

const figure = (count: number): string => (count === 0 ? 'none' : `${count}`);

const CHILD = ' in a child';

const once = ({ before, after }: Effect['example']): string => (Math.abs(after - before) === 1 ? 'once ' : '');

function operations({ operations: all }: Effect): string {
  const words = all.slice(0, NAMED).map(({ operation }) => cleanLine(operation, 60));
  const inChild = words.every((word) => word.endsWith(CHILD)) && words.length === all.length;
  if (inChild) return `${listed(words.map((word) => word.slice(0, -CHILD.length)))}${CHILD}`;
  const left = all.length - words.length;
  return left > 0 ? `${words.join(', ')} and ${counted(left, 'other kind')} of step` : listed(words);
}
