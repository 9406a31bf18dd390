// SPDX-License-Identifier: GPL-2.0-or-later
// What was run and seen -> the verdict of a series that applied, is in scope and builds, in one word and one sentence.
import type { Finding, Inconclusive, Verdict } from './values.ts';

export interface Judged {
  findings: Finding[];
  /** Reasons why the answer is not complete, gravest first. */
  inconclusive: Inconclusive[];
  /** Names of the scenarios of touched areas that ran on both sides. */
  matchedRan: number;
}

/** A violation that the series introduces decides first; then whatever could not be judged; only then is it clean. */
export function judge({ findings, inconclusive, matchedRan }: Judged): { verdict: Verdict; reason: string } {
  const introduced = findings.filter((finding) => finding.status === 'introduced');
  const violations = introduced.filter((finding) => finding.severity === 'violation');
  const [worst] = violations;
  if (worst) {
    const which = [...new Set(violations.map((finding) => finding.invariant))];
    const patches = [...new Set(violations.map((finding) => finding.patch))].sort((a, b) => (a ?? 0) - (b ?? 0));
    const since = patches.length === 1 ? `since patch ${patches[0]}` : `since patches ${patches.join(', ')}`;
    return { verdict: 'violations', reason: `breaks ${list(which)} ${since}` };
  }
  const [first, ...rest] = inconclusive;
  if (first) {
    const more = rest.length > 0 ? ` (and ${rest.length} more)` : '';
    const what = first.scenario === '' ? first.reason : `${first.scenario}: ${first.reason}`;
    return { verdict: 'inconclusive', reason: `${what}${more}` };
  }
  const warnings = introduced.length > 0 ? `, ${introduced.length} warning${introduced.length > 1 ? 's' : ''}` : '';
  return {
    verdict: 'clean',
    reason: `nothing introduced${warnings}; ${matchedRan} matched scenario${matchedRan === 1 ? '' : 's'} ran`,
  };
}

function list(words: string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
