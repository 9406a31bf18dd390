// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a review said of a seeded change what its recipe knows of it.
import type { Recipe } from '../src/recipes/index.ts';
import type { Review } from '../src/review/values.ts';

export interface Judgement {
  right: boolean;
  /** In a few words: what the review said, or what is wrong with it. */
  what: string;
}

export interface Outcome extends Judgement {
  recipe: Recipe;
  tree: string;
  seconds: number;
}

/** A wrong change: a violation of an invariant the recipe names, since its patch. A correct one: clean. */
export function judge(recipe: Recipe, review: Review): Judgement {
  if (recipe.kind === 'correct') return { right: review.verdict === 'clean', what: review.verdict };
  if (review.verdict !== 'violations') return { right: false, what: `${review.verdict}, but it is wrong` };
  const introduced = review.findings.filter(
    ({ status, severity }) => status === 'introduced' && severity === 'violation',
  );
  const since = [...new Set(introduced.map(({ patch }) => patch))];
  const said = `${[...new Set(introduced.map(({ invariant }) => invariant))].join(', ')} since patch ${since.join(' and ')}`;
  if (!introduced.some(({ invariant }) => recipe.invariants.includes(invariant)))
    return { right: false, what: `${said}, but it breaks ${recipe.invariants.join(', ')}` };
  const right = since.length === 1 && since[0] === recipe.firstBad;
  return { right, what: right ? said : `${said}, but it is patch ${recipe.firstBad}` };
}
