// SPDX-License-Identifier: GPL-2.0-or-later
// What ran and why, the planted bugs, the comparison with an earlier version, notes, and how to do it again.
import type { Review } from '../../review/values.ts';
import { PAGE_ROWS_MAX } from '../limits.ts';
import { toldFindings } from '../mail-findings.ts';
import { limitsLines, reproduceLines } from '../mail-ran.ts';
import { cleanLine } from '../sanitise.ts';
import { counted, listed } from '../text.ts';
import { versionLines } from '../versions.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { table } from './parts.ts';

export function ran(review: Review): Markup {
  const { scenarios, configs, controls } = review;
  if (configs.length === 0) return NOTHING;
  const { chosen = [], byRules, byCoverage, notRun, notApplicable } = scenarios;
  const names = configs.map(({ config, variant }) => (variant === '' ? config : `${config} (${variant})`));
  const how = [
    byRules === undefined ? '' : `${byRules} by the rules of the touched areas`,
    byCoverage === undefined ? '' : `${byCoverage} because they execute changed code`,
  ].filter((part) => part !== '');
  const rows = chosen.map(({ scenario, why, lines, ran: did }) => [
    html`<code>${cleanLine(scenario, 80)}</code>`,
    cleanLine(why, 200),
    `${lines}`,
    did ? '✓' : 'not run',
  ]);
  const heads = [
    { title: 'scenario' },
    { title: 'why', wrap: true },
    { title: 'lines', number: true },
    { title: 'ran' },
  ];
  return html`<p>${counted(scenarios.ran, 'scenario')} ran before and after, in ${listed(names)}; ${scenarios.matched.length} were chosen for this change${how.length > 0 && `, ${listed(how)}`}.</p>
${rows.length > 0 ? html`<details><summary>Which were chosen, and why</summary>${table('Chosen scenarios, the most telling first', heads, rows.slice(0, PAGE_ROWS_MAX), Math.max(0, rows.length - PAGE_ROWS_MAX))}</details>` : html`<details><summary>Which were chosen</summary><p>${scenarios.matched.slice(0, PAGE_ROWS_MAX).join(', ')}</p></details>`}
${notRun.length > 0 && html`<p>Not run: ${notRun.slice(0, 60).join(', ')}</p>`}
${notApplicable.length > 0 && html`<p class="aside">Not for this tree: ${notApplicable.slice(0, 60).join(', ')}</p>`}
${planted(controls)}`;
}

function planted(controls: Review['controls']): Markup {
  const rows = controls
    .slice(0, PAGE_ROWS_MAX)
    .map(({ area, id, detected, scenario, reason }) => [
      html`<code>${cleanLine(area, 80)}</code>`,
      cleanLine(id, 80),
      detected ? '✓ found' : html`<b class="grown">✕ missed</b>`,
      cleanLine(detected ? (scenario ?? '') : (reason ?? ''), 200),
    ]);
  const heads = [
    { title: 'area' },
    { title: 'planted bug' },
    { title: 'result' },
    { title: 'by, or why not', wrap: true },
  ];
  return rows.length === 0
    ? NOTHING
    : html`<h3>Planted bugs</h3><p>One known bug of each touched area was planted into the base; the scenarios must find it.</p>${table('Positive controls', heads, rows)}`;
}

const STATE: Readonly<Record<'still there' | 'new' | 'fixed', string>> = {
  'still there': 'still',
  new: 'new',
  fixed: 'fixed',
};

/** v2 against v1. */
export function versions(review: Review): Markup {
  const { previous, series } = review;
  if (!previous) return NOTHING;
  const told = toldFindings(review);
  const numberOf = (index: number) => told.indexOf(review.findings[index] as Review['findings'][number]) + 1;
  const items = previous.findings
    .slice(0, PAGE_ROWS_MAX)
    .map(
      ({ state, invariant, summary, finding }) =>
        html`<li><span class="state ${STATE[state]}">${state}</span> ${finding === undefined ? invariant : html`<a href="#finding-${numberOf(finding)}">${invariant}</a>`}: ${cleanLine(summary, 300)}</li>`,
    );
  const rows = previous.patches
    .slice(0, PAGE_ROWS_MAX)
    .map(({ change, number, previous: old, title }) => [
      number === null ? '–' : `${number}`,
      old === null ? '–' : `${old}`,
      change,
      cleanLine(title, 140),
    ]);
  const heads = [
    { title: `v${series.version}` },
    { title: `v${previous.version}` },
    { title: 'change' },
    { title: 'title', wrap: true },
  ];
  const [sum = ''] = versionLines({ previous });
  return html`<p>${sum}.</p><p class="aside">v${previous.version} on ${cleanLine(previous.base, 120)}</p>
${items.length > 0 && html`<ul>${items}</ul>`}${table('Patches', heads, rows)}`;
}

export function notes(review: Review): Markup {
  const items = [...review.notes];
  if (review.series.others.length > 0) items.push(`also in the input: ${review.series.others.join(', ')}`);
  return items.length === 0
    ? NOTHING
    : html`<ul>${items.slice(0, 60).map((note) => html`<li>${cleanLine(note)}</li>`)}</ul>`;
}

export function reproduce(review: Review): Markup {
  const [words, command] = [reproduceLines(review).slice(0, -1).join(' '), reproduceLines(review).at(-1) ?? ''];
  const built = review.configs.length > 0 || review.failure !== undefined;
  return html`${built && html`<p>${words}</p><pre tabindex="0">${command.trim()}</pre>`}<p class="aside">${limitsLines(review).join(' ')}</p>`;
}
