// SPDX-License-Identifier: GPL-2.0-or-later
// What several parts of the page are made of: sections, tables, bars.
import { signed } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';

export interface Section {
  id: string;
  title: string;
  body: Markup;
}

/** A section with its heading; nothing for a body that is empty. */
export function section({ id, title, body }: Section): Markup {
  if (body.toString().trim() === '') return NOTHING;
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>
`;
}

export interface Head {
  title: string;
  number?: boolean;
  wrap?: boolean;
}

/** A table that scrolls by itself where the screen is narrow. The first cell of each row names it. */
export function table(caption: string, heads: Head[], rows: (Markup | string | number)[][], left = 0): Markup {
  if (rows.length === 0) return NOTHING;
  const cls = ({ number, wrap }: Head) => (number ? 'num' : wrap ? 'wrap' : 'text');
  const cells = (row: (Markup | string | number)[]) =>
    row.map((cell, index) => {
      const head = heads[index] as Head;
      return index === 0
        ? html`<th scope="row" class="${cls(head)}">${cell}</th>`
        : html`<td class="${cls(head)}">${cell}</td>`;
    });
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col" class="${cls(head)}">${head.title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${cells(row)}</tr>
`,
  )}</tbody></table></div>${left > 0 && html`<p class="more">and ${left} more in the JSON</p>`}`;
}

/** A change in green where it is less, in the warning colour where it is more; the sign says it, too. */
export function change(value: number, text = signed(value)): Markup {
  return value === 0 ? html`0` : html`<span class="${value < 0 ? 'less' : 'grown'}">${text}</span>`;
}

/** A bar from the middle, to the left where it is less. share: -1 to 1. */
export function deltaBar(share: number): Markup {
  const size = Math.round(Math.min(1, Math.abs(share)) * 60);
  return html`<svg class="bar" viewBox="0 0 124 14" width="124" height="14" aria-hidden="true"><path class="zero" d="M62 0v14"/><rect class="${share < 0 ? 'down' : 'up'}" x="${share < 0 ? 62 - size : 62}" y="3" width="${size}" height="8" rx="1"/></svg>`;
}

/** Part of a whole: what ran, and what did not, hatched. */
export function shareBar(done: number, all: number): Markup {
  const size = all === 0 ? 0 : Math.round((160 * done) / all);
  return html`<svg class="bar" viewBox="0 0 162 14" width="162" height="14" aria-hidden="true"><rect class="rest" x="1" y="2" width="160" height="10" rx="2"/><rect class="ran" x="1" y="2" width="${size}" height="10" rx="2"/></svg>`;
}

/** Two bars, before above after. */
export function pairBar(before: number, after: number, most: number): Markup {
  const size = (value: number) => (most === 0 ? 0 : Math.round((120 * value) / most));
  return html`<svg class="bar" viewBox="0 0 122 14" width="122" height="14" aria-hidden="true"><rect class="base" x="0" y="1" width="${size(before)}" height="5"/><rect class="ran" x="0" y="8" width="${size(after)}" height="5"/></svg>`;
}

/** "305", "305-308" */
export function rangeText(from: number, to: number): string {
  return from === to ? `${from}` : `${from}-${to}`;
}
