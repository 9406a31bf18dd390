// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison with the measured kernel -> text for a terminal.
import { type Change, explainedBy, type Fidelity, familyRows, type HistoryResult } from '../fidelity/index.ts';
import { cleanLine } from '../report/sanitise.ts';
import { counted, table, wrap } from '../report/text.ts';

/** Differences of one history that are shown in full; the rest is counted. */
const SHOWN_DIFFERENCES = 3;

const TITLES = [
  ...['family', 'histories', 'equal', 'explained', 'differ', 'not run'],
  ...['checks', 'compared', 'counts equal', 'topologies', 'equal'],
];

export function fidelityText({ tree, histories }: Fidelity, changes: readonly Change[]): string {
  const lines = [`${cleanLine(tree)} against the measured kernel`, ''];
  const columns = TITLES.map((title, index) => ({
    title,
    align: index === 0 ? ('left' as const) : ('right' as const),
  }));
  lines.push(
    ...table(
      columns,
      familyRows(histories).map((row) => Object.values(row).map(String)),
    ),
    '',
  );
  lines.push(...explanations(histories, changes), ...notRun(histories));
  for (const history of histories) if (history.status === 'differs') lines.push(...differenceLines(history));
  const differ = histories.filter(({ status }) => status === 'differs').length;
  lines.push(`${counted(histories.length, 'history', 'histories')}, ${differ} with differences that nothing explains`);
  return `${lines.join('\n')}\n`;
}

function explanations(histories: readonly HistoryResult[], changes: readonly Change[]): string[] {
  const lines: string[] = [];
  for (const [name, explained] of explainedBy(histories)) {
    const change = changes.find((one) => one.name === name);
    if (lines.length === 0) lines.push('Differences that a change of the kernel explains', '');
    lines.push(...wrap(`${name}: "${change?.change ?? name}" (${change?.versions ?? ''})`, '  '));
    if (change) lines.push(...wrap(change.effect, '    '));
    lines.push(...wrap(`${counted(explained.length, 'history', 'histories')}: ${explained.join(', ')}`, '    '), '');
  }
  return lines;
}

function notRun(histories: readonly HistoryResult[]): string[] {
  const open = histories.filter((history) => history.notRun !== undefined);
  if (open.length === 0) return [];
  const lines = open.flatMap(({ name, notRun: reason, compared, checks }) =>
    wrap(`${name}: ${cleanLine(reason ?? '')}; ${compared} of ${counted(checks, 'check')} compared before`, '  '),
  );
  return ['Not run, or not to the end', '', ...lines, ''];
}

function differenceLines({ name, differences, entry }: HistoryResult): string[] {
  const lines = [`differs: ${name}${entry === undefined ? '' : `: ${entry}`}`];
  for (const { at, what, expected, got, before } of differences.slice(0, SHOWN_DIFFERENCES)) {
    lines.push(`  ${cleanLine(at)}, ${what}, after "${cleanLine(before)}"`);
    lines.push(...wrap(`expected: ${cleanLine(expected)}`, '    '), ...wrap(`got: ${cleanLine(got)}`, '    '));
  }
  if (differences.length > SHOWN_DIFFERENCES) lines.push(`  and ${differences.length - SHOWN_DIFFERENCES} more`);
  return [...lines, ''];
}
