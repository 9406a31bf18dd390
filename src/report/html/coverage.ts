// SPDX-License-Identifier: GPL-2.0-or-later
// Coverage on the diff: how many changed lines ran, patch by patch and file by file, and why the others did not.
import type { Review } from '../../review/values.ts';
import { coverageFiles, REASON } from '../coverage-files.ts';
import { PAGE_ROWS_MAX } from '../limits.ts';
import { cleanLine } from '../sanitise.ts';
import { counted } from '../text.ts';
import { html, type Markup, NOTHING } from './markup.ts';
import { rangeText, shareBar, table } from './parts.ts';

export function coverage(review: Review): Markup {
  const { coverage: measured } = review;
  if (review.configs.length === 0) return NOTHING;
  const { changedLines, executedLines, notBuilt } = measured;
  const percent = changedLines === 0 ? 0 : Math.floor((100 * executedLines) / changedLines);
  const head =
    changedLines === 0
      ? html`<p>No changed line became code.</p>`
      : html`<p>${executedLines} of ${counted(changedLines, 'changed line')} of code ran (${percent} %). ${shareBar(executedLines, changedLines)}</p>`;
  return html`${head}${byPatch(review)}${byFile(review)}${notBuilt.length > 0 && html`<p>Not built: ${notBuilt.map((file) => html`<code>${file}</code> `)}</p>`}`;
}

function byPatch(review: Review): Markup {
  const { patches = [] } = review.coverage;
  if (patches.length < 2) return NOTHING;
  const rows = patches.map(({ patch, changedLines, executedLines }) => {
    const title = review.series.patches.find(({ number }) => number === patch)?.title ?? '';
    return [
      `${patch}`,
      cleanLine(title, 120),
      `${executedLines} of ${changedLines}`,
      shareBar(executedLines, changedLines),
    ];
  });
  const heads = [
    { title: 'patch' },
    { title: 'title', wrap: true },
    { title: 'ran', number: true },
    { title: 'share' },
  ];
  return table('By the patch that last wrote the line', heads, rows);
}

/** Ranges of changed lines in the order of the file. */
function byFile({ coverage: measured }: Review): Markup {
  const rows = coverageFiles(measured).flatMap(({ file, ranges }) =>
    ranges.map(({ from, to, ran, function: name, reason, why }) => [
      html`<code>${cleanLine(file, 120)}:${rangeText(from, to)}</code>`,
      name === '' ? '' : html`<code>${cleanLine(name, 80)}()</code>`,
      ran ? html`<span class="ran">✓ ran</span>` : html`<b class="grown">✕ did not run</b>`,
      ran ? '' : cleanLine(why ?? (reason === undefined ? '' : REASON[reason]), 200),
    ]),
  );
  const heads = [{ title: 'lines' }, { title: 'function' }, { title: '' }, { title: 'why', wrap: true }];
  return table(
    'Changed lines, file by file',
    heads,
    rows.slice(0, PAGE_ROWS_MAX),
    Math.max(0, rows.length - PAGE_ROWS_MAX),
  );
}
