// SPDX-License-Identifier: GPL-2.0-or-later
// A finding of a review -> a C program that does what its reproducer does.
import { InputError } from '../../errors.ts';
import type { Finding, Review } from '../../review/values.ts';
import { parseScenario } from '../../simulator/grammar/parse.ts';
import { cProgram } from './program.ts';

/** Of the first finding that has a scenario. Throws InputError where there is none, or no program of it. */
export function findingProgram(review: Review): string {
  const finding = review.findings.find(({ reproducer, status }) => reproducer !== '' && status !== 'fixed');
  if (finding === undefined) throw new InputError('no finding has a scenario that a C program could perform');
  return cProgram(parseScenario(finding.reproducer, 'reproducer'), { about: aboutOf(review, finding) });
}

function aboutOf(review: Review, { invariant, patch, summary, stepText, where, config }: Finding): string[] {
  const since = patch === null ? '' : `, since patch ${patch} of "${review.series.subject}"`;
  const [place] = where;
  return [
    `Found by rmapbot: ${invariant}${since}, on ${review.base} (${config}).`,
    `Look for: ${summary}`,
    `It was seen after "${stepText}"${place === undefined ? '' : `, in ${place.function}() (${place.file}:${place.line})`}.`,
  ];
}
