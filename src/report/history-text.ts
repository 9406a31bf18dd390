// SPDX-License-Identifier: GPL-2.0-or-later
// A history -> a drawing for a terminal: processes as lanes from left to right, steps downwards, forks as branches.
import { format } from '../simulator/grammar/print.ts';
import type { FlatStep } from '../simulator/grammar/values.ts';
import { type HistoryRow, historyOf } from '../simulator/history.ts';
import { DRAWN_LANES_MAX, DRAWN_ROWS_FIRST, DRAWN_ROWS_LAST } from './limits.ts';
import { cleanLine } from './sanitise.ts';
import { wrap } from './text.ts';

/** What a terminal can show. */
export interface TerminalStyle {
  columns: number;
  /** Box-drawing characters; else plain ASCII. */
  unicode: boolean;
  colour: boolean;
}

interface Pens {
  acts: string;
  lives: string;
  waits: string;
  ends: string;
  link: string;
  crosses: string;
  toRight: string;
  toLeft: string;
  rule: string;
  more: string;
}

const UNICODE: Pens = {
  acts: '●',
  lives: '│',
  waits: '┊',
  ends: '╳',
  link: '─',
  crosses: '┼',
  toRight: '╮',
  toLeft: '╭',
  rule: '╌',
  more: '⋮',
};
const ASCII: Pens = {
  acts: '*',
  lives: '|',
  waits: ':',
  ends: 'x',
  link: '-',
  crosses: '+',
  toRight: '.',
  toLeft: '.',
  rule: '-',
  more: ':',
};

/** ANSI colours of lanes, by the process's number: all readable on light and dark. */
const LANE_COLOURS = [34, 32, 35, 36, 33, 31];
const BOLD = 1;
const DIM = 2;

/** The drawing, a line each; where there are more processes at once than lanes fit, the steps alone. */
export function drawHistory(steps: readonly FlatStep[], style: TerminalStyle): string[] {
  const rows = historyOf(steps);
  const width = Math.max(1, ...rows.map(({ lanes, born = -1 }) => Math.max(lanes.length, born + 1)));
  if (width > DRAWN_LANES_MAX) {
    const why = `${width} processes at once, more than can be drawn; the steps alone:`;
    return [...wrap(why, '', style.columns), ...rows.map(({ step }) => `  ${cleanLine(format(step))}`)];
  }
  const drawing = new Drawing(style, width);
  const left = rows.length - DRAWN_ROWS_FIRST - DRAWN_ROWS_LAST;
  // One row more costs no more than saying that it was left out.
  if (left <= 1) return [...rows.flatMap((row) => drawing.row(row)), ...drawing.legend(rows)];
  const end = rows.slice(-DRAWN_ROWS_LAST);
  return [
    ...rows.slice(0, DRAWN_ROWS_FIRST).flatMap((row) => drawing.row(row)),
    drawing.leftOut(left),
    ...end.flatMap((row) => drawing.row(row)),
    ...drawing.legend(rows),
  ];
}

class Drawing {
  readonly #style: TerminalStyle;
  readonly #pens: Pens;
  readonly #width: number;

  constructor(style: TerminalStyle, width: number) {
    this.#style = style;
    this.#pens = style.unicode ? UNICODE : ASCII;
    this.#width = width;
  }

  /** One step; its text goes on below itself where it is longer than the line. */
  row(row: HistoryRow): string[] {
    const { step } = row;
    if (step.kind === 'mark') return [this.#rule(row, `mark: ${cleanLine(step.name)}`)];
    const text = cleanLine(format(step));
    const gutter = this.#width * 2 + 1;
    const lines = wrap(text, '', Math.max(20, this.#style.columns - gutter - 1));
    const styled = (line: string) => (row.actor === undefined ? this.#paint(line, DIM) : line);
    return lines.map((line, index) => {
      const lanes = index === 0 ? this.#lanes(row) : this.#lanes(after(row));
      return ` ${lanes} ${index === 0 ? '' : '  '}${styled(line)}`.trimEnd();
    });
  }

  leftOut(count: number): string {
    const dots = Array.from({ length: this.#width }, () => this.#pens.more).join(' ');
    return ` ${dots}  ${this.#paint(`${count} more steps`, DIM)}`;
  }

  /** Says what the signs mean that occur. */
  legend(rows: readonly HistoryRow[]): string[] {
    const { acts, waits, ends } = this.#pens;
    const said = [`${acts} acts`];
    if (rows.some(({ lanes }) => lanes.some((lane) => lane?.waits))) said.push(`${waits} waits for its vfork child`);
    if (rows.some(({ ended }) => ended.length > 0)) said.push(`${ends} exits`);
    return ['', this.#paint(` ${said.join('   ')}`, DIM)];
  }

  #lanes({ lanes, actor, born, ended }: HistoryRow): string {
    const { acts, lives, waits, ends, link, crosses, toRight, toLeft } = this.#pens;
    const from = actor !== undefined && born !== undefined ? Math.min(actor, born) : -1;
    const to = actor !== undefined && born !== undefined ? Math.max(actor, born) : -1;
    let text = '';
    for (let lane = 0; lane < this.#width; lane++) {
      const state = lanes[lane];
      const inside = from < lane && lane < to;
      let sign = ' ';
      if (ended.includes(lane)) sign = ends;
      else if (lane === actor) sign = acts;
      else if (lane === born) sign = born > (actor ?? 0) ? toRight : toLeft;
      else if (inside) sign = state === undefined ? link : crosses;
      else if (state !== undefined) sign = state.waits ? waits : lives;
      const owner = lane === born || inside ? lanes[actor ?? -1] : state;
      text += this.#inLane(sign, owner?.number);
      if (lane + 1 < this.#width)
        text += from <= lane && lane < to ? this.#inLane(link, lanes[actor ?? -1]?.number) : ' ';
    }
    return text;
  }

  /** A line across all lanes, for a mark. */
  #rule({ lanes }: HistoryRow, text: string): string {
    const { rule, lives, waits } = this.#pens;
    let line = '';
    for (let lane = 0; lane < this.#width; lane++) {
      const state = lanes[lane];
      line += state === undefined ? this.#paint(rule, DIM) : this.#inLane(state.waits ? waits : lives, state.number);
      line += this.#paint(rule, DIM);
    }
    return ` ${line} ${this.#paint(text, BOLD)}`;
  }

  #inLane(sign: string, number: number | undefined): string {
    if (number === undefined || sign === ' ') return sign;
    return this.#paint(sign, LANE_COLOURS[number % LANE_COLOURS.length] ?? 0);
  }

  #paint(text: string, code: number): string {
    return this.#style.colour ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/** The lanes below a row: what its text goes on beside. */
function after({ step, lanes, born, ended, actor }: HistoryRow): HistoryRow {
  const now = [...lanes];
  for (const lane of ended) now[lane] = undefined;
  const parent = actor === undefined ? undefined : lanes[actor];
  if (born !== undefined && parent !== undefined) now[born] = { process: '', number: parent.number, waits: false };
  return { step, ended: [], lanes: now };
}
