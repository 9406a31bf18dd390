// SPDX-License-Identifier: GPL-2.0-or-later
// What operations wait for locks with 1 to 64 processors: a small curve for each kind of step, and the figures.
import type { Contention, Review } from '../../review/values.ts';
import { contentionTable } from '../contention.ts';
import { cleanLine } from '../sanitise.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { table } from './parts.ts';

/** Curves drawn; the table has all. */
const DRAWN = 4;
const WIDTH = 300;
const HEIGHT = 150;
const LEFT = 12;
const TOP = 18;
const BOTTOM = 24;

/** The curves that differ most first, as the review has them. */
export function contention(review: Review): Markup {
  const { contention: found } = review;
  if (found === undefined) return NOTHING;
  const { heads, rows } = contentionTable(review);
  return html`<h3>Waiting for locks</h3>
<p>The profile of locks that was recorded, replayed as processors that all do the same kind of step on memory of one family: basic blocks that one step waits on average. Dashed: before. Solid: after.</p>
<div class="curves">${found.curves.slice(0, DRAWN).map((curve) => figure(curve, found.processors))}</div>
<details><summary>Figures</summary>${table(
    'Basic blocks that one step waits for locks (prod, replayed)',
    heads.map((title, index) => ({ title, number: index > 1 })),
    rows.map((row) => row.map((cell) => cleanLine(cell, 60))),
  )}</details>`;
}

function figure({ operation, before, after }: Contention['curves'][number], processors: number[]): Markup {
  const most = Math.max(1, ...before, ...after);
  const step = (WIDTH - 2 * LEFT) / Math.max(1, processors.length - 1);
  const x = (index: number) => Math.round(LEFT + index * step);
  const y = (value: number) => Math.round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / most));
  const path = (values: number[]) => values.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i)} ${y(value)}`).join('');
  const name = cleanLine(operation, 60);
  const label = `${name}: with ${processors.at(-1)} processors ${before.at(-1)} before, ${after.at(-1)} after`;
  return html`<figure class="curve"><figcaption>${name}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${label}"><path class="axis" d="M${LEFT} ${y(0)}H${WIDTH - LEFT}"/><path class="before" d="${path(before)}"/><path class="after" d="${path(after)}"/><text x="${LEFT}" y="12">${most}</text>${processors.map(
    (count, i) => html`<text x="${x(i)}" y="${HEIGHT - 6}" text-anchor="middle">${count}</text>`,
  )}</svg></figure>`;
}
