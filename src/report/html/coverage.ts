// SPDX-License-Identifier: GPL-2.0-or-later
// Coverage on the diff: how many changed lines ran, patch by patch and file by file, and why the others did not.
import type { Review } from '../../review/values.ts';
import { coverageFiles, type LineRange, REASON } from '../coverage-files.ts';
import { PAGE_LINES_MAX, PAGE_ROWS_MAX } from '../limits.ts';
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
  const rows = patches.slice(0, PAGE_ROWS_MAX).map(({ patch, changedLines, executedLines }) => {
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

/** Each file with its changed lines: what ran, what did not and why; with their text where the review has it. */
function byFile({ coverage: measured }: Review): Markup {
  const texts = new Map((measured.source ?? []).map(({ file, lines }) => [file, new Map(lines)]));
  let left = PAGE_LINES_MAX;
  return html`${coverageFiles(measured).map(({ file, ranges }) => {
    const lines = texts.get(file) ?? new Map<number, string>();
    const known = lines.size > 0;
    const shown = ranges.slice(0, Math.max(0, left));
    left -= known ? lines.size : shown.length;
    return shown.length === 0 ? NOTHING : listing(file, shown, known ? lines : undefined);
  })}${left < 0 && html`<p class="more">The rest is in the JSON.</p>`}`;
}

function listing(file: string, ranges: LineRange[], lines: ReadonlyMap<number, string> | undefined): Markup {
  // Of lines that ran, their text and a mark say enough.
  const rows = ranges.map((range) => html`${!(range.ran && lines) && head(range)}${lines && code(range, lines)}`);
  const name = cleanLine(file, 160);
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${`Changed lines of ${name}`}"><table class="lines"><caption><code>${name}</code></caption><thead><tr><th scope="col" class="num">line</th><th scope="col">ran</th><th scope="col">changed code</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** What there is to say of a range: of one that ran nothing but, without its text, that it did. */
function head({ from, to, ran, function: name, reason, why }: LineRange): Markup {
  const place = rangeText(from, to);
  if (ran)
    return html`<tr class="range"><th scope="row" class="num">${place}</th><td>✓</td><td class="wrap">ran</td></tr>`;
  const said = cleanLine(why ?? (reason === undefined ? '' : REASON[reason]), 200);
  const where = name === '' ? NOTHING : html`, in <code>${cleanLine(name, 80)}()</code>`;
  return html`<tr class="range idle"><th scope="row" class="num">${place}</th><td>✕</td><td class="wrap">did not run${where}${said !== '' && `: ${said}`}</td></tr>`;
}

function code({ from, to, ran }: LineRange, lines: ReadonlyMap<number, string>): Markup[] {
  const rows: Markup[] = [];
  for (const [line, text] of lines) {
    if (line < from || line > to) continue;
    const cls = ran ? (rows.length === 0 ? 'code first' : 'code') : 'code idle';
    rows.push(
      html`<tr class="${cls}"><td class="num">${line}</td><td>${ran ? '✓' : '✕'}</td><td><code>${text.trimEnd()}</code></td></tr>`,
    );
  }
  return rows;
}
