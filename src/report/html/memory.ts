// SPDX-License-Identifier: GPL-2.0-or-later
// Memory on the page: objects and KB before, after and the change, as a table with bars; then what steps do differently,
// and the locks.
import type { Review } from '../../review/values.ts';
import { kilobytes, signedKilobytes } from '../amounts.ts';
import { effectSentences } from '../effects.ts';
import { PAGE_ROWS_MAX } from '../limits.ts';
import { memoryTotals, type Total } from '../memory-totals.ts';
import { cleanLine } from '../sanitise.ts';
import { counted } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { change, deltaBar, table } from './parts.ts';

const n = (title: string) => ({ title, number: true });
const AMOUNTS = [n('before'), n('after'), n('change'), n('KB before'), n('KB after'), n('change')];

function amounts({ before, after, bytesBefore, bytesAfter }: Total): (Markup | string)[] {
  return [
    `${before}`,
    `${after}`,
    change(after - before),
    kilobytes(bytesBefore),
    kilobytes(bytesAfter),
    change(bytesAfter - bytesBefore, signedKilobytes(bytesAfter - bytesBefore)),
  ];
}

/** Totals over all marks, then the marks that differ. */
export function memory(review: Review): Markup {
  const { totals, marks } = memoryTotals(review);
  if (totals.length === 0) return NOTHING;
  const most = Math.max(...totals.map((one) => Math.abs(one.bytesAfter - one.bytesBefore)));
  const rows = totals
    .slice(0, PAGE_ROWS_MAX)
    .map((one) => [
      html`<code>${cleanLine(one.object, 60)}</code>`,
      ...amounts(one),
      ...(most === 0 ? [] : [deltaBar((one.bytesAfter - one.bytesBefore) / most)]),
    ]);
  const heads = [{ title: 'object' }, ...AMOUNTS, ...(most === 0 ? [] : [{ title: 'less | more' }])];
  const differing = review.memory.filter(
    ({ before, after }) => before.count !== after.count || before.bytes !== after.bytes,
  );
  const single = differing.slice(0, PAGE_ROWS_MAX).map((row) => [
    cleanLine(row.scenario, 80),
    cleanLine(row.mark, 60),
    html`<code>${cleanLine(row.object, 60)}</code>${row.variant !== '' && ` (${row.variant})`}`,
    ...amounts({
      object: row.object,
      before: row.before.count,
      after: row.after.count,
      bytesBefore: row.before.bytes,
      bytesAfter: row.after.bytes,
    }),
  ]);
  const marked = [{ title: 'scenario' }, { title: 'mark' }, { title: 'object' }, ...AMOUNTS];
  return html`<figure>${table(`Live objects, summed over ${counted(marks, 'mark')} (prod)`, heads, rows)}</figure>
${
  single.length === 0
    ? html`<p class="aside">No mark differs from the base.</p>`
    : html`<details><summary>${counted(differing.length, 'mark')} that differ from the base</summary>${table('Marks that differ', marked, single, differing.length - single.length)}</details>`
}`;
}

/** What steps do more or less often, in sentences. */
export function behaviour(review: Review): Markup {
  const sentences = effectSentences(review);
  // Where no scenario could be judged on both sides nothing was compared, and nothing is claimed.
  const compared = (review.locks ?? []).length > 0;
  if (sentences.length === 0) {
    return compared
      ? html`<p>Steps allocate, free, lock, fault and copy as on the base, and walks cost the same.</p>`
      : NOTHING;
  }
  return html`<ul>${sentences.slice(0, PAGE_ROWS_MAX).map((line) => html`<li>${line}</li>`)}</ul>`;
}
