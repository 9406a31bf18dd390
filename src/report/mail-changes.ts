// SPDX-License-Identifier: GPL-2.0-or-later
// What the series changes, what steps do differently, and what became of the version before, as mail text.
import type { Review } from '../review/values.ts';
import { contentionSentences } from './contention.ts';
import { effectSentences } from './effects.ts';
import { cleanLine } from './sanitise.ts';
import { counted, listed, wrap } from './text.ts';
import { versionLines } from './versions.ts';

/** Functions and areas named in the summary. */
const NAMED = 3;

/** Functions and areas, then the sentences about what steps do, as many as there is room for. */
export function changeLines(review: Review, sentences: number): string[] {
  const { semantics } = review;
  if (semantics.outOfScope || review.configs.length === 0) return [];
  const functions = semantics.functions.map(({ name }) => cleanLine(name, 60));
  const areas = semantics.areas.map(({ id }) => id);
  // One line where there is no room for more; the details name them all.
  const named = (names: string[]) => (sentences > 0 ? ` (${some(names)})` : '');
  const parts = [
    functions.length > 0 ? `${counted(functions.length, 'function')}${named(functions)}` : '',
    areas.length > 0 ? `${counted(areas.length, 'area')}${named(areas)}` : '',
  ].filter((part) => part !== '');
  const said = effectSentences(review);
  const missing = semantics.companions?.missing[0];
  const also = missing === undefined || sentences === 0 ? '' : ` Missing: ${cleanLine(missing, 160)}.`;
  return [
    ...(parts.length > 0 ? wrap(`Changes ${parts.join(' in ')}.${also}`) : []),
    ...said.slice(0, sentences).flatMap((line) => wrap(line, '  ')),
    ...(said.length > sentences && sentences > 0
      ? [`  and ${counted(said.length - sentences, 'further difference')}`]
      : []),
  ];
}

/** Every sentence. */
export function effectLines(review: Review): string[] {
  const said = effectSentences(review);
  return said.length === 0 ? [] : ['What steps do differently (prod)', '', ...said.flatMap((line) => wrap(line, '  '))];
}

/** What steps wait for locks where that changes. */
export function waitLines(review: Review): string[] {
  const said = contentionSentences(review);
  return said.length === 0
    ? []
    : ['Waiting for locks', '', ...said.flatMap((line) => wrap(cleanLine(line, 240), '  '))];
}

/** One sentence for the summary; all of them where there is room. */
export function previousLines(review: Review, all: boolean): string[] {
  const lines = versionLines(review);
  if (lines.length === 0) return [];
  const [sum = ''] = lines;
  const patches = lines.at(-1) ?? '';
  return all
    ? [`Since v${review.previous?.version}`, '', ...lines.flatMap((line) => wrap(line, '  '))]
    : wrap(`${sum}; ${patches}.`);
}

function some(names: string[]): string {
  const left = names.length - NAMED;
  return left > 0 ? `${names.slice(0, NAMED).join(', ')} and ${left} more` : listed(names);
}
