// SPDX-License-Identifier: GPL-2.0-or-later
// Lines over scale, one a design: each with a colour, a dash and a mark of its own, and its name at its end.
import { html, type Markup, NOTHING } from './markup.ts';

export interface Series {
  name: string;
  /** Number of the design: it has the same look in every chart. */
  look: number;
  points: { x: number; y: number }[];
}

const WIDTH = 460;
const HEIGHT = 250;
const LEFT = 62;
const RIGHT = 118;
const TOP = 16;
const BOTTOM = 34;
/** From so many times the least on, a straight axis would hide what is small. */
const LOGARITHMIC_FROM = 30;
const LABEL_ROW = 14;

/** Rules for the page's style sheet: Okabe and Ito's colours, one a design. */
export const CHART_STYLE = `
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:0 1.6rem}
.chart svg{width:100%;height:auto;max-width:32rem}
.chart text{font-size:12px}
.chart .axis{stroke:var(--line);stroke-width:1}
.chart .tick{fill:var(--soft);font-size:11px}
.chart .line{fill:none;stroke-width:2.2}
.look0{--look:#0072b2}.look1{--look:#d55e00}.look2{--look:#009e73}.look3{--look:#8a6d00}.look4{--look:#a8487f}
@media screen and (prefers-color-scheme:dark){.look0{--look:#6cb9f0}.look1{--look:#ff9b5e}.look2{--look:#5fd3a6}.look3{--look:#e8c04f}.look4{--look:#e69ac7}}
.chart .line{stroke:var(--look)}.chart .mark{fill:var(--look);stroke:var(--paper);stroke-width:1}.chart text.name{fill:var(--look);font-size:11.5px;font-weight:600}
.look1 .line{stroke-dasharray:8 4}.look2 .line{stroke-dasharray:2 3}.look3 .line{stroke-dasharray:10 3 2 3}.look4 .line{stroke-dasharray:5 2}
.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:0 1.6rem}
.pictures .topology{display:block}
.pictures h4{margin-bottom:0}
`;

/** Nothing where no design has two points. */
export function lineChart(title: string, unit: string, series: readonly Series[]): Markup {
  const drawn = series.filter(({ points }) => points.length > 1);
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return NOTHING;
  const most = Math.max(...all.map(({ y }) => y));
  const least = Math.min(...all.map(({ y }) => y));
  const logarithmic = least > 0 && most / least >= LOGARITHMIC_FROM;
  const from = logarithmic ? 10 ** Math.floor(Math.log10(least)) : 0;
  const to = logarithmic ? 10 ** Math.ceil(Math.log10(most)) : niceTop(most);
  const xs = [...new Set(all.map(({ x }) => x))].sort((a, b) => a - b);
  const x = (value: number): number => {
    const [first = 1, last = 1] = [xs[0], xs.at(-1)];
    return LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(value / first)) / (Math.log(last / first) || 1);
  };
  const y = (value: number): number => {
    const share = logarithmic ? Math.log(value / from) / Math.log(to / from) : value / to;
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  };
  const ticks = logarithmic
    ? Array.from({ length: Math.round(Math.log10(to / from)) + 1 }, (_, i) => from * 10 ** i)
    : [0, to / 4, to / 2, (3 * to) / 4, to];
  const ends = labels(drawn.map((one) => ({ one, at: y(one.points.at(-1)?.y ?? 0) })));
  const words = drawn.map(({ name, points }) => `${name}: ${points.map((point) => short(point.y)).join(', ')}`);
  return html`<figure class="chart"><figcaption>${title}${unit === '' ? '' : `, ${unit}`}${logarithmic ? ', logarithmic' : ''}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${`${title} over scale. ${words.join('. ')}`}">
${ticks.map((tick) => html`<path class="axis" d="M${LEFT} ${r(y(tick))}H${WIDTH - RIGHT}"/><text class="tick" x="${LEFT - 6}" y="${r(y(tick) + 4)}" text-anchor="end">${short(tick)}</text>`)}
${xs.map((value) => html`<text class="tick" x="${r(x(value))}" y="${HEIGHT - BOTTOM + 17}" text-anchor="middle">${scaleText(value)}</text>`)}
<text class="tick" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 2}" text-anchor="middle">scale</text>
${drawn.map(({ look, points }) => html`<g class="look${look % 5}"><path class="line" d="${points.map((point, index) => `${index === 0 ? 'M' : 'L'}${r(x(point.x))} ${r(y(point.y))}`).join('')}"/>${points.map((point) => shape(look, r(x(point.x)), r(y(point.y))))}</g>`)}
${ends.map(({ one, row, at }) => html`<g class="look${one.look % 5}"><path class="axis" d="M${WIDTH - RIGHT + 2} ${r(at)}L${WIDTH - RIGHT + 10} ${r(row)}"/><text class="name" x="${WIDTH - RIGHT + 13}" y="${r(row + 4)}">${one.name}</text></g>`)}
</svg></figure>`;
}

const r = (value: number): number => Math.round(value * 10) / 10;

/** Names at the ends of lines, moved apart where they would stand on each other. */
function labels(ends: { one: Series; at: number }[]): { one: Series; at: number; row: number }[] {
  const sorted = [...ends].sort((a, b) => a.at - b.at || a.one.look - b.one.look);
  const bottom = HEIGHT - BOTTOM;
  let row = Number.NEGATIVE_INFINITY;
  const placed = sorted.map((end) => {
    row = Math.max(end.at, row + LABEL_ROW);
    return { ...end, row };
  });
  const over = Math.max(0, (placed.at(-1)?.row ?? 0) - bottom);
  let limit = Number.POSITIVE_INFINITY;
  for (const end of over > 0 ? placed.toReversed() : []) {
    end.row = Math.min(end.row, limit === Number.POSITIVE_INFINITY ? bottom : limit - LABEL_ROW);
    limit = end.row;
  }
  return placed;
}

function shape(look: number, x: number, y: number): Markup {
  switch (look % 5) {
    case 0:
      return html`<circle class="mark" cx="${x}" cy="${y}" r="4"/>`;
    case 1:
      return html`<path class="mark" d="M${x - 4} ${y - 4}h8v8h-8z"/>`;
    case 2:
      return html`<path class="mark" d="M${x} ${y - 5}l5 9h-10z"/>`;
    case 3:
      return html`<path class="mark" d="M${x} ${y - 5}l5 5l-5 5l-5 -5z"/>`;
    default:
      return html`<path class="mark" d="M${x} ${y + 5}l5 -9h-10z"/>`;
  }
}

/** 1, 2 or 5 times a power of ten, not below the value; at least 1. */
function niceTop(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** 1.5, 320, 12.3k, 4.1M */
export function short(value: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e4],
  ] as const)
    if (value >= size) return `${trimmed(value / (unit === 'k' ? 1e3 : size))}${unit}`;
  return trimmed(value);
}

function trimmed(value: number): string {
  return `${Number(value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0))}`;
}

function scaleText(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}
