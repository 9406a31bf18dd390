// SPDX-License-Identifier: GPL-2.0-or-later
// What two trees do differently step by step, and the kernel change that made it -> text.
import type { Change } from '../fidelity/index.ts';
import { cleanLine } from '../report/sanitise.ts';
import { counted, wrap } from '../report/text.ts';
import type { Outcome } from '../simulator/ground-truth/compare.ts';

const OFFSETS = 'virtual-page-offset';
/** Differences of one scenario that are shown; the rest is counted. */
const SHOWN_DIFFERENCES = 2;

export function behaviourText(outcomes: readonly Outcome[], changes: readonly Change[]): string {
  const compared = outcomes.reduce((sum, outcome) => sum + outcome.compared, 0);
  const lines = [
    '',
    `Behaviour, step by step: ${counted(outcomes.length, 'scenario')}, ${counted(compared, 'moment')}`,
    '',
  ];
  const shownBy = (scenario: string) => changes.find(({ shows }) => shows?.includes(scenario));
  const shifted = outcomes.filter(({ virtualOffsets }) => virtualOffsets > 0);
  if (shifted.length > 0) {
    const change = changes.find(({ name }) => name === OFFSETS);
    lines.push(...wrap(`${OFFSETS}: "${change?.change ?? ''}" (${change?.versions ?? ''})`, '  '));
    lines.push(...wrap(change?.effect ?? '', '    '));
    lines.push(
      ...wrap(`${counted(shifted.length, 'scenario')}: ${shifted.map(({ name }) => name).join(', ')}`, '    '),
      '',
    );
  }
  const shown = shifted.filter(({ name, differences }) => differences.length > 0 && shownBy(name) !== undefined);
  for (const { name, differences } of shown) {
    const steps = new Set(differences.map(({ at }) => at)).size;
    lines.push(...wrap(`${shownBy(name)?.name}: ${name} differs after ${counted(steps, 'step')}`, '  '), '');
  }
  const differing = outcomes.filter((one) => one.differences.length > 0 && !shown.includes(one));
  for (const { name, differences } of differing) {
    lines.push(`differs: ${name}`);
    for (const { at, what, expected, got, before } of differences.slice(0, SHOWN_DIFFERENCES)) {
      lines.push(`  ${at}, ${what}, after "${cleanLine(before)}"`);
      lines.push(...wrap(`before: ${cleanLine(expected)}`, '    '), ...wrap(`after: ${cleanLine(got)}`, '    '));
    }
    if (differences.length > SHOWN_DIFFERENCES) lines.push(`  and ${differences.length - SHOWN_DIFFERENCES} more`);
  }
  for (const { name, notRun } of outcomes.filter((outcome) => outcome.notRun !== undefined))
    lines.push(...wrap(`not run: ${name}: ${cleanLine(notRun ?? '')}`, '  '));
  lines.push('', `${counted(differing.length, 'scenario')} with behaviour that no change listed here explains`);
  return `${lines.join('\n')}\n`;
}
