// SPDX-License-Identifier: GPL-2.0-or-later
// What a laboratory found -> text for a terminal: a table a history and mark, with a column a design.
import type { LabReport, LabRun, LabViolation } from '../designs/lab-values.ts';
import type { DesignInfo } from '../designs/values.ts';
import { byHistory, rowsOf, titleOf } from './lab-figures.ts';
import { cleanLine } from './sanitise.ts';
import { block, counted, table, wrap } from './text.ts';

/** Steps of a reproducer that are shown; the command shows the rest. */
const SHOWN_STEPS = 12;

export function labText(report: LabReport): string {
  const titles = report.designs.map(titleOf);
  const lines = byHistory(report.runs).flatMap((runs) => [...historyLines(runs, titles), '']);
  return `${[...lines, ...summary(report)].join('\n')}\n`;
}

/** 1,234,567 or 12.50 */
export function figure(value: number | undefined, digits: number): string {
  if (value === undefined) return '-';
  const shown = Number.isInteger(value) ? 0 : digits;
  return value.toLocaleString('en-US', { minimumFractionDigits: shown, maximumFractionDigits: shown });
}

function historyLines(runs: LabRun[], titles: string[]): string[] {
  const [first] = runs;
  if (first === undefined) return [];
  const scale = first.scale === undefined ? '' : `, scale ${first.scale}`;
  const lines = [`${first.scale === undefined ? 'Scenario' : 'Workload'} ${cleanLine(first.history)}${scale}`];
  const most = Math.max(...runs.map(({ marks }) => marks.length));
  for (let mark = 0; mark < most; mark++) {
    const name = runs.find((run) => run.marks[mark] !== undefined)?.marks[mark]?.name ?? '';
    const title = first.scale === undefined ? 'each object at its highest number' : `at "${cleanLine(name)}"`;
    const columns = [
      { title, align: 'left' as const },
      ...titles.map((text) => ({ title: text, align: 'right' as const })),
    ];
    const rows = rowsOf(runs, mark).map((row) => [row.title, ...row.cells.map((cell) => figure(cell, row.digits))]);
    lines.push('', ...table(columns, rows));
  }
  for (const [index, run] of runs.entries()) lines.push(...verdictLines(run, titles[index] ?? run.design));
  return lines;
}

function verdictLines(run: LabRun, title: string): string[] {
  const lines = run.violations.flatMap((violation) => ['', ...violationLines(violation, title)]);
  if (run.inconclusive !== undefined)
    lines.push('', ...wrap(`Not judged, ${title}: ${cleanLine(run.inconclusive)}`, '  '));
  return lines;
}

function violationLines({ invariant, evidence, step, steps, reproducer }: LabViolation, title: string): string[] {
  const left = steps.length - SHOWN_STEPS;
  return [
    `  violated by ${title}: ${invariant}, after "${cleanLine(step)}"`,
    ...wrap(cleanLine(evidence), '    '),
    ...(left > 0 ? [`    ... ${left} steps`] : []),
    ...block(
      steps
        .slice(-SHOWN_STEPS)
        .map((text) => `- ${cleanLine(text)}`)
        .join('\n'),
      '    ',
    ),
    `    ${reproducer}`,
  ];
}

function summary({ designs, runs }: LabReport): string[] {
  const rows = designs.map((design) => {
    const mine = runs.filter(({ design: name, options }) => name === design.name && options === design.chosen);
    const own = mine.length > 0 ? mine : runs.filter(({ design: name }) => name === design.name);
    const broken = own.filter(({ violations }) => violations.length > 0).length;
    const open = own.filter(({ inconclusive }) => inconclusive !== undefined).length;
    const unmodelled = new Map<string, number>();
    for (const run of own)
      for (const [what, count] of Object.entries(run.unmodelled))
        unmodelled.set(what, (unmodelled.get(what) ?? 0) + count);
    const words = [...unmodelled].map(([what, count]) => `${what} ${count}`);
    return [titleOf(design), ...[own.length, broken, open].map(String), words.join(', ')];
  });
  const columns = [
    { title: 'design', align: 'left' as const },
    ...['histories', 'with violations', 'not judged'].map((title) => ({ title, align: 'right' as const })),
    { title: 'steps that no design models', align: 'left' as const },
  ];
  return table(columns, rows, '');
}

/** What the designs say about themselves. */
export function designsText(designs: readonly DesignInfo[]): string {
  return `${designs
    .map(({ name, about, sources, assumptions, options }) =>
      [
        name,
        ...wrap(about, '  '),
        ...sources.flatMap((text) => wrap(`source: ${text}`, '  ')),
        ...assumptions.flatMap((text) => wrap(`assumed: ${text}`, '  ')),
        ...options.flatMap((option) => [
          `  ${name}.${option.name}: ${option.values.map((value) => (value === option.value ? `${value} (default)` : value)).join(', ')}`,
          ...wrap(option.about, '    '),
        ]),
      ].join('\n'),
    )
    .join('\n\n')}\n\n${counted(designs.length, 'design')}\n`;
}
