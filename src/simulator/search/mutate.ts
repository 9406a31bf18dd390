// SPDX-License-Identifier: GPL-2.0-or-later
// A history that brought something new -> others near it. What a change makes impossible is left out, so that every
// step of the result must succeed again.
import type { FlatStep } from '../grammar/values.ts';
import { FILES, type Generator } from './generate.ts';
import { STEPS_LEAST, STEPS_LONGEST } from './limits.ts';
import { Model } from './model.ts';
import type { Random } from './random.ts';

/** In: two histories of the corpus, the second to take an end from. */
export function mutate(
  first: readonly FlatStep[],
  second: readonly FlatStep[],
  random: Random,
  generator: Generator,
): FlatStep[] {
  const at = 1 + random.below(Math.max(1, first.length - 1));
  const head = first.slice(0, at);
  const grown = (steps: readonly FlatStep[], by: number): FlatStep[] => {
    const { model, steps: kept } = possible(steps);
    return generator.extend(model, kept, Math.min(kept.length + by, STEPS_LONGEST));
  };
  switch (random.below(5)) {
    case 0: // another end
      return grown(head, STEPS_LEAST);
    case 1: // something in the middle
      return possible([...grown(head, 1 + random.below(3)), ...first.slice(at)]).steps;
    case 2: // something left out
      return grown([...head.slice(0, -1), ...first.slice(at + random.below(2))], 1 + random.below(3));
    case 3: // somebody else's end
      return possible([...head, ...second.slice(random.below(Math.max(1, second.length)))].slice(0, STEPS_LONGEST))
        .steps;
    default: // more of it
      return grown(first, 1 + random.below(6));
  }
}

/** The steps that are certain to be possible one after the other, and the model after them. */
export function possible(steps: readonly FlatStep[]): { model: Model; steps: FlatStep[] } {
  const model = new Model(FILES);
  return { model, steps: steps.filter((step) => model.add(step)) };
}

/** True if every step must succeed on a correct kernel. */
export function isValid(steps: readonly FlatStep[], files = FILES): boolean {
  const model = new Model(files);
  return steps.every((step) => model.add(step));
}
