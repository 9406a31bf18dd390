// SPDX-License-Identifier: GPL-2.0-or-later
// This version against an earlier one, in sentences: what became of its findings, and which patches changed.
import type { Previous, Review } from '../review/values.ts';
import { cleanLine } from './sanitise.ts';
import { counted, listed } from './text.ts';

/** Empty where there is no earlier version. */
export function versionLines({ previous }: Pick<Review, 'previous'>): string[] {
  if (!previous) return [];
  const { version, verdict, findings, patches } = previous;
  const count = (state: Previous['findings'][number]['state']) => findings.filter((one) => one.state === state).length;
  const judged = verdict === 'violations' || verdict === 'clean' || verdict === 'inconclusive';
  const sum = !judged
    ? 'findings cannot be compared'
    : findings.length === 0
      ? 'neither version has a finding of its own'
      : `${counted(count('fixed'), 'finding')} fixed, ${count('still there')} still there, ${count('new')} new`;
  const gone = findings
    .filter(({ state }) => state === 'fixed')
    .map(({ invariant, summary }) => `fixed: ${invariant}, ${cleanLine(summary, 200)}`);
  return [`v${version}: ${verdict.replaceAll('-', ' ')}; ${sum}`, ...gone, patchesLine(patches)];
}

function patchesLine(patches: Previous['patches']): string {
  const numbers = (change: string, of: (one: Previous['patches'][number]) => number | null) =>
    patches.filter((one) => one.change === change).map((one) => `${of(one)}`);
  const parts = [
    part(
      'changed',
      numbers('changed', ({ number }) => number),
    ),
    part(
      'added',
      numbers('added', ({ number }) => number),
    ),
    part(
      'dropped from it',
      numbers('dropped', ({ previous }) => previous),
    ),
    part(
      'not comparable',
      numbers('unknown', ({ number }) => number),
    ),
  ].filter((text) => text !== '');
  return parts.length === 0 ? 'all patches are the same' : parts.join('; ');
}

function part(what: string, numbers: string[]): string {
  return numbers.length === 0 ? '' : `${numbers.length === 1 ? 'patch' : 'patches'} ${listed(numbers)} ${what}`;
}
