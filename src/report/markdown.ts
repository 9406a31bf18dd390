// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> Markdown for GitHub: the finding first, what is long behind a fold.
import type { Finding, Review } from '../review/values.ts';
import { changedCurves, contentionTable } from './contention.ts';
import { coverageFiles, REASON } from './coverage-files.ts';
import { effectSentences } from './effects.ts';
import { fitMarkdown } from './fit.ts';
import { DETAIL_ROWS_MAX, MARKDOWN_BYTES_MAX } from './limits.ts';
import { failureLines } from './mail-failure.ts';
import { toldFindings } from './mail-findings.ts';
import { limitsLines, ranLines, reproduceLines } from './mail-ran.ts';
import { code, fenced, folded, md, mdTable } from './markdown-text.ts';
import { memoryTotals, totalCells } from './memory-totals.ts';
import { counted } from './text.ts';
import { versionLines } from './versions.ts';

export interface MarkdownOptions {
  /** Pre-existing findings and every table in full. */
  full?: boolean;
}

/** The whole text, ending in a line end. What would be too long for a comment is left out, and that is said. */
export function markdownText(review: Review, options: MarkdownOptions = {}): string {
  const note = 'The rest is too long for a comment; `--format html` has it.';
  return fitMarkdown(markdownParts(review, options), MARKDOWN_BYTES_MAX, note);
}

/** Its parts, what matters first. Empty ones are to be left out. */
export function markdownParts(review: Review, options: MarkdownOptions = {}): string[][] {
  return [
    markdownHead(review),
    failure(review),
    ...findings(review, options.full ?? false),
    versions(review),
    ...measuredParts(review, options),
    changed(review),
    ran(review),
    coverage(review),
    reproduce(review),
  ];
}

/** What was measured, as tables and sentences. */
export function measuredParts(review: Review, options: MarkdownOptions = {}): string[][] {
  return [memory(review, options.full ?? false), behaviour(review), waits(review)];
}

/** Verdict, series, base. */
export function markdownHead(review: Review): string[] {
  const { series } = review;
  const version = series.version > 1 ? ` v${series.version}` : '';
  return [
    `## ${review.verdict.replaceAll('-', ' ')}: ${md(review.reason)}`,
    '',
    `**${md(series.subject, 200)}**${version}, ${counted(series.patches.length, 'patch', 'patches')}, on ${md(review.base, 160)}`,
  ];
}

function failure(review: Review): string[] {
  const lines = failureLines(review);
  return lines.length === 0 ? [] : fenced(lines.join('\n'), 'text');
}

function findings(review: Review, full: boolean): string[][] {
  const told = toldFindings(review);
  const old = review.findings.filter(({ status }) => status === 'pre-existing');
  const shown = told.slice(0, full ? told.length : DETAIL_ROWS_MAX);
  return [
    ...shown.map((finding, index) => one(review, finding, index + 1)),
    told.length > shown.length ? [`and ${counted(told.length - shown.length, 'further finding')}`] : [],
    full && old.length > 0
      ? folded(
          `${counted(old.length, 'finding')} that the base has, too`,
          old.map(({ invariant, summary, scenario }) => `- **${md(invariant)}**: ${md(summary)} (${code(scenario)})`),
        )
      : [],
  ];
}

/** Since when, in words. */
export function sinceWhen(review: Review, finding: Finding): string {
  const total = review.series.patches.length;
  const title = review.series.patches.find((patch) => patch.number === finding.patch)?.title;
  const patch = `patch ${finding.patch ?? '?'}/${total}${title === undefined ? '' : ` "${md(title, 120)}"`}`;
  return {
    introduced: `${finding.severity}, since ${patch}`,
    fixed: `fixed by ${patch}`,
    bisectability: `bisectability: broken after ${patch}${finding.gonePatch === undefined ? '' : `, whole again with patch ${finding.gonePatch}/${total}`}`,
    'pre-existing': 'the base has it, too',
  }[finding.status];
}

function one(review: Review, finding: Finding, number: number): string[] {
  const places = finding.where
    .slice(0, 3)
    .map(({ file, line, function: name }) => code(`${name}() ${file}:${line}`))
    .join(', ');
  const flavour = finding.variant === '' ? finding.config : `${finding.config}, ${finding.variant}`;
  const also = finding.alsoIn.length > 0 ? `, and in ${counted(finding.alsoIn.length, 'other run')}` : '';
  return [
    `### ${number}. ${md(finding.invariant)}`,
    '',
    sinceWhen(review, finding),
    '',
    `> ${md(finding.summary)}`,
    '',
    ...(finding.step === null
      ? []
      : [
          `After step ${finding.step + 1}, ${code(finding.stepText, 200)}, of ${code(finding.scenario)} (${md(flavour)})${also}.`,
        ]),
    ...(places === '' ? [] : [`${finding.whereIs === 'fault' ? 'At' : 'Changed code that ran:'} ${places}.`]),
    ...(finding.stacks ?? []).map(
      ({ what, where }) =>
        `\n${md(what)}: ${where
          .slice(0, 3)
          .map(({ file, line, function: name }) => code(`${name}() ${file}:${line}`))
          .join(', ')}.`,
    ),
    ...(finding.schedule === undefined ? [] : [`Schedule ${code(finding.schedule, 200)}.`]),
    ...(finding.reproducer === ''
      ? []
      : ['', ...folded('Scenario, for <code>rmapbot simulate</code>', fenced(finding.reproducer, 'yaml'))]),
  ];
}

function versions(review: Review): string[] {
  const lines = versionLines(review);
  return lines.length === 0
    ? []
    : [`### Since v${review.previous?.version ?? 0}`, '', ...lines.map((line) => `- ${md(line)}`)];
}

function memory(review: Review, full: boolean): string[] {
  const { totals, marks } = memoryTotals(review);
  if (totals.length === 0) return [];
  const moved = totals.filter((total) => total.before !== total.after || total.bytesBefore !== total.bytesAfter);
  const heads = ['object', 'before', 'after', 'change', 'KB before', 'KB after', 'KB change'];
  const columns = heads.map((title, index) => ({ title, number: index > 0 }));
  const rows = (full ? totals : moved).map((total) => [code(total.object), ...totalCells(total)]);
  const words = `Live objects (prod), summed over ${counted(marks, 'mark')}`;
  if (rows.length === 0) return ['### Memory', '', `${words}: no change.`];
  return ['### Memory', '', words, '', ...mdTable(columns, rows)];
}

function behaviour(review: Review): string[] {
  const sentences = effectSentences(review);
  return sentences.length === 0
    ? []
    : ['### What steps do differently', '', ...sentences.map((line) => `- ${md(line)}`)];
}

/** Told where a side waits longer; unchanged curves are the page's. */
function waits(review: Review): string[] {
  if (changedCurves(review).length === 0) return [];
  const { heads, rows } = contentionTable(review);
  const words = 'Basic blocks that one step waits for locks, its profile replayed with 1 to 64 processors (prod)';
  const columns = heads.map((title, index) => ({ title, number: index > 1 }));
  return [
    '### Waiting for locks',
    '',
    words,
    '',
    ...mdTable(
      columns,
      rows.map((row) => row.map((cell) => md(cell))),
    ),
  ];
}

function changed({ semantics, structs }: Review): string[] {
  const areas = semantics.areas.map(({ id, why }) => `- **${md(id)}**: ${md(why.join('; '), 300)}`);
  const sizes = structs
    .filter(({ before, after }) => before !== after)
    .map(
      ({ name, before, after }) => `- ${code(`struct ${name}`)}: ${before ?? 'absent'} → ${after ?? 'absent'} bytes`,
    );
  const missing = (semantics.companions?.missing ?? []).map((line) => `- ${md(line)}`);
  const lines = [...areas, ...sizes, ...missing];
  return lines.length === 0 || semantics.outOfScope ? [] : ['### What changed', '', ...lines];
}

function ran(review: Review): string[] {
  return review.configs.length === 0 ? [] : ['### What ran', '', md(ranLines(review).join(' '), 2000)];
}

function coverage({ coverage: measured }: Review): string[] {
  const rows = coverageFiles(measured).flatMap(({ file, ranges }) =>
    ranges
      .filter((range) => !range.ran)
      .map(({ from, to, function: name, reason, why }) => [
        code(`${file}:${from === to ? from : `${from}-${to}`}`),
        name === '' ? '' : code(`${name}()`),
        md(why ?? (reason === undefined ? '' : REASON[reason]), 160),
      ]),
  );
  const shown = rows.slice(0, DETAIL_ROWS_MAX * 2);
  const more = rows.length > shown.length ? ['', `and ${counted(rows.length - shown.length, 'further place')}`] : [];
  const heads = ['lines', 'function', 'why'].map((title) => ({ title }));
  return folded('Changed lines that did not run', rows.length === 0 ? [] : [...mdTable(heads, shown), ...more]);
}

function reproduce(review: Review): string[] {
  const limits = `<sub>${md(limitsLines(review).join(' '))}</sub>`;
  if (review.configs.length === 0 && !review.failure) return [limits];
  const lines = reproduceLines(review);
  return [md(lines.slice(0, -1).join(' ')), '', ...fenced((lines.at(-1) ?? '').trim(), 'sh'), '', limits];
}
