// SPDX-License-Identifier: GPL-2.0-or-later
// What the series changes: areas with the questions that a reviewer would ask, functions with what they touch, switches,
// exports, and what came along.
import type { Review } from '../../review/values.ts';
import { PAGE_FUNCTIONS_MAX, PAGE_ROWS_MAX } from '../limits.ts';
import { cleanLine } from '../sanitise.ts';
import { listed } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { table } from './parts.ts';

type Semantics = Review['semantics'];
type Changed = Semantics['functions'][number];
type Facts = NonNullable<Changed['after']>;

export function changes({ semantics }: Review): Markup {
  if (semantics.outOfScope) return html`<p>${cleanLine(semantics.why)}</p>`;
  return html`${areas(semantics)}${functions(semantics)}${switches(semantics)}${companions(semantics)}${unreadable(semantics)}`;
}

function areas({ areas: touched }: Semantics): Markup {
  const one = ({
    id,
    name,
    why,
    about,
    questions = [],
    invariants,
  }: Semantics['areas'][number]) => html`<h3>${name} <code>${id}</code></h3>
${about !== undefined && html`<p>${cleanLine(about)}</p>`}
<p class="aside">${cleanLine(why.join('; '), 400)}. At stake: ${listed(invariants)}.</p>
${questions.length > 0 && html`<ul>${questions.map((question) => html`<li>${cleanLine(question)}</li>`)}</ul>`}`;
  return html`${touched.slice(0, PAGE_ROWS_MAX).map(one)}`;
}

function functions({ functions: all }: Semantics): Markup {
  if (all.length === 0) return NOTHING;
  const rows = all
    .slice(0, PAGE_FUNCTIONS_MAX)
    .map((one) => [
      html`<code>${cleanLine(one.name, 80)}()</code>`,
      html`<code>${cleanLine(one.file, 120)}</code>`,
      html`${cleanLine(one.change, 30)}${origin(one)}${one.unreadable === true && ', the parser could not read it'}`,
      one.patches.join(', '),
      facts(one),
    ]);
  const heads = [
    { title: 'function' },
    { title: 'file' },
    { title: 'change', wrap: true },
    { title: 'patches' },
    { title: 'what it touches, and what differs', wrap: true },
  ];
  return html`<h3>Functions</h3>${table('Changed functions', heads, rows, Math.max(0, all.length - PAGE_FUNCTIONS_MAX))}`;
}

function origin({ from, closest }: Changed): string {
  const which = from ?? closest;
  if (!which) return '';
  const share = Math.round(which.similarity * 100);
  return `${from ? ', was' : ', most like'} ${cleanLine(which.name, 80)}() in ${cleanLine(which.file, 120)} (${share} %)`;
}

const LISTS: [keyof Facts, string][] = [
  ['reads', 'reads'],
  ['writes', 'writes'],
  ['allocates', 'allocates'],
  ['frees', 'frees'],
  ['reaches', 'reaches'],
  ['reachedFrom', 'is reached from'],
];

/** What it does now, with + and − against what it did. */
function facts({ before, after }: Changed): Markup {
  const own = after ?? before;
  if (!own) return NOTHING;
  const lines = LISTS.map(([key, words]) => [
    words,
    compared(strings(before, key), strings(after, key), before && after),
  ]);
  const locks = compared(lockWords(before), lockWords(after), before && after);
  const said = [...lines, ['locks', locks] as const].filter(([, items]) => items !== undefined);
  if (said.length === 0) return NOTHING;
  return html`${said.map(([words, items]) => html`<div>${words as string} ${items as Markup}</div>`)}`;
}

const strings = (one: Facts | undefined, key: keyof Facts): string[] => (one?.[key] ?? []) as string[];
const lockWords = (one: Facts | undefined): string[] => (one?.locks ?? []).map(({ does, lock }) => `${does} ${lock}`);

function compared(before: string[], after: string[], both: unknown): Markup | undefined {
  const all = [...new Set([...after, ...before])].slice(0, 24);
  if (all.length === 0) return undefined;
  return html`${all.map((item, index) => {
    const sign = !both ? '' : !before.includes(item) ? '+' : !after.includes(item) ? '−' : '';
    return html`${index > 0 && ', '}<code class="${sign === '+' ? 'added' : sign === '−' ? 'removed' : 'same'}">${sign}${cleanLine(item, 80)}</code>`;
  })}`;
}

function switches({ config = [], exports = [] }: Semantics): Markup {
  const rows = [
    ...config
      .slice(0, PAGE_ROWS_MAX)
      .map(({ symbol, kind, change, file }) => [
        html`<code>${cleanLine(symbol, 80)}</code>`,
        kind,
        change,
        html`<code>${cleanLine(file, 120)}</code>`,
      ]),
    ...exports
      .slice(0, PAGE_ROWS_MAX)
      .map(({ symbol, before, after, change, file }) => [
        html`<code>${cleanLine(symbol, 80)}</code>`,
        cleanLine(after ?? before ?? 'export', 60),
        change,
        html`<code>${cleanLine(file, 120)}</code>`,
      ]),
  ];
  const heads = [{ title: 'symbol' }, { title: 'kind' }, { title: 'change' }, { title: 'file' }];
  return rows.length === 0
    ? NOTHING
    : html`<h3>Switches and exports</h3>${table('Kconfig symbols, static keys, parameters, exported symbols', heads, rows)}`;
}

function companions({ companions: found }: Semantics): Markup {
  if (!found) return NOTHING;
  const { documentation, tests, missing } = found;
  const items = [
    ...(documentation.length > 0 ? [`Documentation: ${documentation.join(', ')}`] : []),
    ...(tests.length > 0 ? [`Tests: ${tests.join(', ')}`] : []),
    ...missing,
  ];
  return items.length === 0
    ? NOTHING
    : html`<h3>Documentation and tests</h3><ul>${items.map((line) => html`<li>${cleanLine(line, 400)}</li>`)}</ul>`;
}

function unreadable({ unreadable: all }: Semantics): Markup {
  return all.length === 0
    ? NOTHING
    : html`<h3>Not readable, so taken as changed</h3><ul>${all.slice(0, 40).map((line) => html`<li>${cleanLine(line, 300)}</li>`)}</ul>`;
}
