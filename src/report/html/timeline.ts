// SPDX-License-Identifier: GPL-2.0-or-later
// A finding's scenario -> its history as a drawn timeline: one lane a process, one row a step, down to the failing one.
import { InputError } from '../../errors.ts';
import type { Finding } from '../../review/values.ts';
import { expand } from '../../simulator/grammar/expand.ts';
import { parseScenario } from '../../simulator/grammar/parse.ts';
import { format } from '../../simulator/grammar/print.ts';
import { FIRST_PROCESS, Scope } from '../../simulator/grammar/scope.ts';
import type { FlatStep } from '../../simulator/grammar/values.ts';
import { historyOf } from '../../simulator/history.ts';
import { TIMELINE_LANES_MAX, TIMELINE_ROWS_MAX } from '../limits.ts';
import { cleanLine } from '../sanitise.ts';
import { html, type Markup, NOTHING } from './markup.ts';

const ROW = 26;
const LANE = 30;
const TOP = 34;
const CHARACTER = 7.6;

interface Row {
  text: string;
  lane: number;
  /** fork: the child's lane. */
  child?: number;
  ends: number[];
  fails: boolean;
  mark: boolean;
}

interface History {
  lanes: string[];
  rows: Row[];
  /** Steps before the first row that is shown. */
  earlier: number;
}

/** Nothing where the reproducer is no scenario of ours, or of more processes than can be told apart. */
export function timeline(finding: Finding): Markup {
  const history = drawable(finding);
  if (history === undefined) return NOTHING;
  const { lanes, rows, earlier } = history;
  const left = 12 + lanes.length * LANE;
  const width = Math.ceil(left + 16 + CHARACTER * Math.max(24, ...rows.map(({ text }) => text.length + 2)));
  const height = TOP + rows.length * ROW + 6;
  const last = rows.at(-1);
  const label = `${lanes.length} ${lanes.length === 1 ? 'process' : 'processes'}, ${earlier + rows.length} steps; ${
    last?.fails ? `seen after "${last.text}"` : `last step "${last?.text ?? ''}"`
  }`;
  return html`<figure class="timeline"><figcaption>History of <code>${finding.scenario}</code>${earlier > 0 && ` (its last ${rows.length} of ${earlier + rows.length} steps)`}</figcaption>
<div class="scroll" tabindex="0" role="group" aria-label="Timeline"><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
${lanes.map((name, lane) => html`<text class="lane" x="${x(lane)}" y="18" text-anchor="middle">${name}</text>`)}
${rows.map(({ fails }, index) => fails && html`<rect class="band" x="0" y="${TOP + index * ROW}" width="${width}" height="${ROW}"/>`)}
${lifelines(history)}
${rows.map((row, index) => rowMarkup(row, index, left))}
</svg></div></figure>`;
}

const x = (lane: number): number => 18 + lane * LANE;
const y = (row: number): number => TOP + row * ROW + ROW / 2;

function rowMarkup(row: Row, index: number, left: number): Markup {
  const at = y(index);
  const { lane, child } = row;
  const cls = row.fails ? 'fails' : row.mark ? 'mark' : 'step';
  const fork =
    child === undefined
      ? NOTHING
      : html`<path class="fork" d="M${x(lane)} ${at}C${x(lane)} ${at + 12} ${x(child)} ${at - 4} ${x(child)} ${at + 12}"/>`;
  const ends = row.ends.map((end) => html`<path class="end" d="M${x(end) - 6} ${at + 5}h12"/>`);
  const dot = row.mark
    ? NOTHING
    : row.fails
      ? html`<circle class="fails" cx="${x(lane)}" cy="${at}" r="8"/><path class="cross" d="M${x(lane) - 3.5} ${at - 3.5}l7 7m0 -7l-7 7"/>`
      : html`<circle class="dot" cx="${x(lane)}" cy="${at}" r="4.5"/>`;
  return html`${fork}${ends}${dot}<text class="${cls}" x="${left + 8}" y="${at + 4.5}">${row.text}</text>`;
}

/** The lines on which the steps of each process stand, from its fork to its end. */
function lifelines({ lanes, rows, earlier }: History): Markup[] {
  return lanes.map((_, lane) => {
    const born = rows.findIndex(({ child }) => child === lane);
    const died = rows.findIndex(({ ends }) => ends.includes(lane));
    const from = born >= 0 ? y(born) + 12 : earlier > 0 || lane === 0 ? TOP - 8 : TOP;
    const to = died >= 0 ? y(died) + 5 : y(rows.length - 1) + ROW / 2;
    return html`<path class="life" d="M${x(lane)} ${from}V${to}"/>`;
  });
}

function drawable({ reproducer, step, scenario }: Finding): History | undefined {
  let steps: FlatStep[];
  try {
    const parsed = parseScenario(reproducer, scenario);
    steps = expand(parsed.steps, new Scope(parsed.files));
  } catch (error) {
    // No scenario (a boot, another program's JSON): the text itself stands below the finding.
    if (error instanceof InputError) return undefined;
    throw error;
  }
  const shown = step === null ? steps : steps.slice(0, step + 1);
  const lanes: string[] = [FIRST_PROCESS];
  const rows = historyOf(shown).map((past, index): Row => {
    const { step: one, actor, born, ended } = past;
    // A lane each here, however few a terminal makes do with: that of the process's number.
    const laneOf = (lane: number | undefined): number => past.lanes[lane ?? -1]?.number ?? 0;
    const row: Row = {
      text: cleanLine(format(one), 90),
      lane: laneOf(actor),
      ends: ended.map(laneOf),
      fails: index === step,
      mark: one.kind === 'mark',
    };
    if (born !== undefined && one.kind === 'action' && 'child' in one.action)
      row.child = lanes.push(one.action.child) - 1;
    return row;
  });
  if (rows.length === 0 || lanes.length > TIMELINE_LANES_MAX) return undefined;
  const earlier = Math.max(0, rows.length - TIMELINE_ROWS_MAX);
  return { lanes, rows: rows.slice(earlier), earlier };
}
