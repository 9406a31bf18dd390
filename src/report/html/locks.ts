// SPDX-License-Identifier: GPL-2.0-or-later
// The profile of locks: how often each class was taken before and after, and how much ran while it was held.
import type { LockRow, Review } from '../../review/values.ts';
import { PAGE_ROWS_MAX } from '../limits.ts';
import { cleanLine } from '../sanitise.ts';
import { counted } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { change, pairBar, table } from './parts.ts';

const n = (title: string) => ({ title, number: true });

/** Classes taken more or less often first; the others behind a fold. */
export function locks({ locks: rows = [] }: Review): Markup {
  if (rows.length === 0) return NOTHING;
  const differ = rows.filter(({ before, after }) => before !== after);
  const same = rows.filter(({ before, after }) => before === after);
  return html`${
    differ.length > 0
      ? profile(differ, 'Locks taken more or less often (prod, all scenarios)')
      : html`<p>Each lock is taken as often as on the base.</p>`
  }
${same.length > 0 && html`<details><summary>${counted(same.length, 'class', 'classes')} of locks taken as often as before</summary>${profile(same, 'Locks taken as often as before')}</details>`}`;
}

function profile(rows: LockRow[], caption: string): Markup {
  const shown = rows.slice(0, PAGE_ROWS_MAX);
  const held = shown.some(({ heldAfter }) => heldAfter !== undefined);
  const nodes = shown.some(({ nodesBefore = 0, nodesAfter = 0 }) => nodesBefore + nodesAfter > 0);
  const most = Math.max(0, ...shown.flatMap(({ heldBefore = 0, heldAfter = 0 }) => [heldBefore, heldAfter]));
  const heads = [
    { title: 'lock' },
    { title: 'mode' },
    n('taken before'),
    n('after'),
    n('change'),
    ...(nodes ? [n('tree nodes under it before'), n('after')] : []),
    ...(held ? [n('blocks under it before'), n('after'), { title: 'before over after' }] : []),
  ];
  const cells = shown.map(
    ({ lock, mode, before, after, heldBefore = 0, heldAfter = 0, nodesBefore = 0, nodesAfter = 0 }) => [
      html`<code>${cleanLine(lock, 60)}</code>`,
      cleanLine(mode, 20),
      `${before}`,
      `${after}`,
      change(after - before),
      ...(nodes ? [`${nodesBefore}`, `${nodesAfter}`] : []),
      ...(held ? [`${heldBefore}`, `${heldAfter}`, pairBar(heldBefore, heldAfter, most)] : []),
    ],
  );
  return table(caption, heads, cells, rows.length - shown.length);
}
