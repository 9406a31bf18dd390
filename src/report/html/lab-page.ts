// SPDX-License-Identifier: GPL-2.0-or-later
// What a laboratory found -> one HTML page: charts over scale, tables, pictures beside each other, what broke.
import type { LabMark, LabReport, LabRun } from '../../designs/lab-values.ts';
import { byHistory, rowsOf, titleOf } from '../lab-figures.ts';
import { figure } from '../lab-text.ts';
import { cleanLine } from '../sanitise.ts';
import { counted } from '../text.ts';
import { htmlDocument } from './document.ts';
import { CHART_STYLE, lineChart } from './lab-chart.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { type Section, table } from './parts.ts';
import { STYLE } from './style.ts';
import { topology } from './topology.ts';

/** Histories that are shown one by one; of more, those that broke something, then the first ones. */
const SHOWN_HISTORIES = 24;

export function labPage(report: LabReport): string {
  const titles = report.designs.map(titleOf);
  const names = [...new Set(report.runs.map(({ history }) => history))];
  const broken = report.runs.filter(({ violations }) => violations.length > 0);
  const first = [...new Set([...broken.map(({ history }) => history), ...names])].slice(0, SHOWN_HISTORIES);
  const histories = names.filter((name) => first.includes(name));
  const sections: Section[] = [
    { id: 'violations', title: 'What broke', body: violations(report, titles) },
    ...histories.map((name) =>
      historySection(
        name,
        report.runs.filter(({ history }) => history === name),
        titles,
      ),
    ),
    { id: 'designs', title: 'The designs', body: designs(report) },
  ];
  const what = names.length === 1 ? (names[0] ?? '') : counted(names.length, 'history', 'histories');
  const open = report.runs.filter(({ inconclusive }) => inconclusive !== undefined).length;
  return htmlDocument({
    title: `Reverse-map designs: ${cleanLine(what)}`,
    style: `${STYLE}${CHART_STYLE}`,
    skip: 'To the results',
    header: html`<p class="series">rmapbot lab</p><h1>Reverse-map designs: ${what}</h1>
<p>${counted(titles.length, 'design')} in the same ${names.length === 1 ? 'history' : 'histories'}. Models, not kernels: an object looked at is their unit of work.</p>
<dl class="facts"><div><dt>Runs</dt><dd>${report.runs.length}</dd></div><div><dt>With violations</dt><dd>${broken.length}</dd></div><div><dt>Not judged</dt><dd>${open}</dd></div>${names.length > histories.length && html`<div><dt>Histories shown</dt><dd>${histories.length}<small>of ${names.length}; the rest is in the JSON</small></dd></div>`}</dl>`,
    sections,
    footer: html`<p>Sizes, sources and assumptions of each model stand at the end.</p>`,
  });
}

function violations({ runs }: LabReport, titles: string[]): Markup {
  const broken = runs.filter(({ violations: found }) => found.length > 0);
  const perHistory = byHistory(runs);
  return html`${broken.map((run) => {
    const index = perHistory.find((group) => group.includes(run))?.indexOf(run) ?? 0;
    return run.violations.map(
      ({
        invariant,
        evidence,
        step,
        steps,
        reproducer,
      }) => html`<article><h3>${titles[index] ?? run.design}: ${invariant}</h3>
<p class="since">${run.history}, after <code>${step}</code></p><p class="evidence">${evidence}</p>
<details><summary>How to see it again</summary><pre>${steps.join('\n')}

${reproducer}</pre></details></article>`,
    );
  })}`;
}

function historySection(name: string, runs: LabRun[], titles: string[]): Section {
  const scales = [...new Set(runs.map(({ scale }) => scale ?? 0))].sort((a, b) => a - b);
  const last = runs.filter(({ scale }) => (scale ?? 0) === scales.at(-1));
  const scale = last[0]?.scale;
  const body = html`${scales.length > 1 ? charts(runs, titles) : NOTHING}${tables(last, titles)}${pictures(last, titles)}`;
  return { id: `history-${name}`, title: scale === undefined ? name : `${name}, scale ${scale}`, body };
}

const CHARTS: { title: string; unit: string; value: (mark: LabMark) => number | undefined }[] = [
  { title: 'Memory a VMA', unit: 'bytes', value: ({ vmas, bytesPerVma }) => (vmas === 0 ? undefined : bytesPerVma) },
  { title: 'Memory of VMAs and reverse map', unit: 'KiB', value: ({ bytes }) => bytes / 1024 },
  {
    title: 'Allocations a fork',
    unit: 'objects',
    value: ({ costs }) => (costs.fork.count === 0 ? undefined : costs.fork.allocations / costs.fork.count),
  },
  {
    title: 'Locks a fork',
    unit: '',
    value: ({ costs }) => (costs.fork.count === 0 ? undefined : costs.fork.locks / costs.fork.count),
  },
  {
    title: 'A walk on average',
    unit: 'objects looked at',
    value: ({ walks }) => (walks.walks === 0 ? undefined : walks.objects.mean),
  },
  {
    title: 'The worst walk',
    unit: 'objects looked at',
    value: ({ walks }) => (walks.walks === 0 ? undefined : walks.objects.worst),
  },
  { title: 'Longest lock hold', unit: 'objects looked at', value: ({ longestHold }) => longestHold?.objects },
];

/** At the mark with most VMAs, over the scales. */
function charts(runs: LabRun[], titles: string[]): Markup {
  const designs = byHistory(runs)[0] ?? [];
  const chosen = largestMark(runs);
  const drawn = CHARTS.map(({ title, unit, value }) =>
    lineChart(
      title,
      unit,
      designs.map((_, look) => ({
        name: titles[look] ?? '',
        look,
        points: byHistory(runs).flatMap((group) => {
          const run = group[look];
          const mark = run?.marks.find(({ name }) => name === chosen);
          const y = mark && value(mark);
          return y === undefined || run?.scale === undefined ? [] : [{ x: run.scale, y }];
        }),
      })),
    ),
  );
  return html`<p>At “${chosen}”, over the scale of the workload.</p><div class="charts">${drawn}</div>`;
}

/** The mark that most costs show at: the last one with forks before it, else the last. */
function largestMark(runs: LabRun[]): string {
  const marks = runs.at(-1)?.marks ?? [];
  return (marks.findLast(({ costs }) => costs.fork.count > 0) ?? marks.at(-1))?.name ?? '';
}

function tables(runs: LabRun[], titles: string[]): Markup {
  const most = Math.max(0, ...runs.map(({ marks }) => marks.length));
  const heads = (first: string) => [{ title: first }, ...titles.map((title) => ({ title, number: true }))];
  return html`${Array.from({ length: most }, (_, mark) => {
    const name = runs.find((run) => run.marks[mark] !== undefined)?.marks[mark]?.name ?? '';
    const scenario = runs[0]?.scale === undefined;
    const caption = scenario ? 'Each object at its highest number' : `At “${cleanLine(name)}”`;
    const rows = rowsOf(runs, mark).map((row) => [row.title, ...row.cells.map((cell) => figure(cell, row.digits))]);
    return table(caption, heads(''), rows);
  })}${runs.map((run, index) => run.inconclusive !== undefined && html`<p class="aside">Not judged, ${titles[index] ?? ''}: ${run.inconclusive}</p>`)}`;
}

function pictures(runs: LabRun[], titles: string[]): Markup {
  const drawn = runs.flatMap((run, index) => (run.picture === undefined ? [] : [{ run, index }]));
  if (drawn.length === 0) return NOTHING;
  return html`<h3>What a walk goes by</h3><div class="pictures">${drawn.map(
    ({ run, index }) =>
      html`<div><h4>${titles[index] ?? run.design}</h4>${topology({ after: run.picture }, `picture-${run.history}-${index}`, run.violations.length > 0 ? 'After the step that broke' : 'When most VMAs were there')}</div>`,
  )}</div>`;
}

function designs({ designs: all }: LabReport): Markup {
  return html`${all.map(
    (design) => html`<article><h3>${titleOf(design)}</h3><p>${design.about}</p>
<ul>${design.sources.map((text) => html`<li>Source: ${text}</li>`)}${design.assumptions.map((text) => html`<li>Assumed: ${text}</li>`)}</ul>
${table(
  'Options',
  [{ title: 'option' }, { title: 'chosen' }, { title: 'others' }, { title: 'what it decides', wrap: true }],
  design.options.map(({ name, values, about }) => {
    const value = design.chosen[name] ?? '';
    return [name, value, values.filter((one) => one !== value).join(', '), about];
  }),
)}</article>`,
  )}`;
}
