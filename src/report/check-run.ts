// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> what a check run on GitHub says: conclusion, title, summary, text, annotations on changed lines. Pure.
import type { Finding, Review, Verdict } from '../review/values.ts';
import { fitMarkdown } from './fit.ts';
import { ANNOTATION_CHARS_MAX, ANNOTATIONS_MAX, CHECK_BYTES_MAX, CHECK_TITLE_MAX, DETAIL_ROWS_MAX } from './limits.ts';
import { toldFindings } from './mail-findings.ts';
import { limitsLines, ranLines } from './mail-ran.ts';
import { markdownHead, markdownParts, measuredParts, sinceWhen } from './markdown.ts';
import { code, md } from './markdown-text.ts';
import { cleanLine, cleanLines } from './sanitise.ts';
import { counted } from './text.ts';

export const CONCLUSIONS = ['success', 'failure', 'neutral', 'action_required'] as const;
export type Conclusion = (typeof CONCLUSIONS)[number];
export const LEVELS = ['failure', 'warning', 'notice'] as const;
export type Level = (typeof LEVELS)[number];

export interface CheckAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: Level;
  title: string;
  message: string;
}

export interface CheckAnswer {
  conclusion: Conclusion;
  title: string;
  summary: string;
  text: string;
  annotations: CheckAnnotation[];
}

export interface CheckOptions {
  /** Lines of the last patch's tree that the series adds or changes, by file: only there do annotations stand. */
  changed: ReadonlyMap<string, ReadonlySet<number>>;
  /** How grave a broken invariant is, by its id; without it a violation is a failure, a warning a warning. */
  grades?: Readonly<Record<string, Level>>;
  /** Other conclusions for verdicts. */
  conclusions?: Partial<Record<Verdict, Conclusion>>;
}

const CONCLUSION: Readonly<Record<Verdict, Conclusion>> = {
  clean: 'success',
  violations: 'failure',
  'does-not-build': 'failure',
  'out-of-scope': 'neutral',
  inconclusive: 'neutral',
  incomplete: 'action_required',
  'does-not-apply': 'action_required',
};

const LEVEL = { violation: 'failure', warning: 'warning', note: 'notice' } as const;

/** All texts are within GitHub's limits. */
export function checkAnswer(review: Review, options: CheckOptions): CheckAnswer {
  const places = new Map(toldFindings(review).map((finding) => [finding, placeOf(finding, options)]));
  const summary = [markdownHead(review), found(review, places), ...measuredParts(review), footing(review)];
  return {
    conclusion: conclusionOf(review, options),
    title: cleanLine(`${review.verdict.replaceAll('-', ' ')}: ${review.reason}`, CHECK_TITLE_MAX),
    summary: fitMarkdown(summary, CHECK_BYTES_MAX, 'The rest is too long for a summary; the details have it.'),
    text: fitMarkdown(
      markdownParts(review, { full: true }),
      CHECK_BYTES_MAX,
      'The rest is too long for GitHub; `rmapbot review --format html` has it.',
    ),
    annotations: annotationsOf(review, places, options),
  };
}

/** A violation that the repository grades down is never a success: it was found. */
function conclusionOf({ verdict, findings }: Review, { grades = {}, conclusions = {} }: CheckOptions): Conclusion {
  const usual = conclusions[verdict] ?? CONCLUSION[verdict];
  const introduced = findings.filter(({ status }) => status === 'introduced');
  const gravest = introduced.some((one) => levelOf(one, grades) === 'failure');
  if (verdict === 'violations' && !gravest) return 'neutral';
  return (verdict === 'clean' || verdict === 'inconclusive') && gravest ? 'failure' : usual;
}

function levelOf({ invariant, severity }: Finding, grades: Readonly<Record<string, Level>>): Level {
  return (Object.hasOwn(grades, invariant) ? grades[invariant] : undefined) ?? LEVEL[severity];
}

type Place = Finding['where'][number] | undefined;

/** The innermost place on a changed line. Of what a later patch mends, lines are not those of the end. */
function placeOf(finding: Finding, { changed }: CheckOptions): Place {
  if (finding.status !== 'introduced') return undefined;
  return finding.where.find(({ file, line }) => changed.get(file)?.has(line));
}

function annotationsOf(review: Review, places: ReadonlyMap<Finding, Place>, options: CheckOptions): CheckAnnotation[] {
  const ofFindings = [...places].flatMap(([finding, place]): CheckAnnotation[] => {
    if (!place) return [];
    const { invariant, summary, scenario, stepText, step } = finding;
    const where = step === null ? '' : `\nSeen in ${scenario}, after step ${step + 1}: ${stepText}`;
    const message = cleanLines(`${summary}${where}`);
    return [annotation(place, levelOf(finding, options.grades ?? {}), invariant, message)];
  });
  return [...ofFindings, ...buildAnnotations(review, options)].slice(0, ANNOTATIONS_MAX);
}

/** The compiler's own words, where the last patch is the one that does not build. */
function buildAnnotations({ failure, series }: Review, { changed }: CheckOptions): CheckAnnotation[] {
  if (failure?.kind !== 'does-not-build' || failure.patch !== series.patches.length) return [];
  const here = failure.diagnostics.filter(({ file, line }) => changed.get(file)?.has(line));
  return here.map(({ file, line, severity, message }) =>
    annotation({ file, line }, severity === 'error' ? 'failure' : 'warning', 'does not build', cleanLines(message)),
  );
}

function annotation(
  { file, line }: { file: string; line: number },
  level: Level,
  title: string,
  message: string,
): CheckAnnotation {
  return {
    path: file,
    start_line: line,
    end_line: line,
    annotation_level: level,
    title: cleanLine(title, CHECK_TITLE_MAX),
    message:
      message.length > ANNOTATION_CHARS_MAX ? `${[...message].slice(0, ANNOTATION_CHARS_MAX).join('')}...` : message,
  };
}

/** Each finding in one line, with its place where no annotation shows it. */
function found(review: Review, places: ReadonlyMap<Finding, Place>): string[] {
  const all = [...places];
  if (all.length === 0) return [];
  const lines = all.slice(0, DETAIL_ROWS_MAX).map(([finding, place]) => {
    const [first] = finding.where;
    const at = place ?? first;
    const where = at ? `, at ${code(`${at.function}() ${at.file}:${at.line}`)}` : '';
    const off = at && !place && finding.status === 'introduced' ? ' (not a line that is changed here)' : '';
    return `- **${md(finding.invariant)}**: ${md(finding.summary, 200)} (${sinceWhen(review, finding)}${where}${off})`;
  });
  const more = all.length - lines.length;
  return ['### Findings', '', ...lines, ...(more > 0 ? [`- and ${counted(more, 'further finding')}`] : [])];
}

function footing(review: Review): string[] {
  const ran = review.configs.length === 0 ? [] : [md(ranLines(review).join(' '), 2000), ''];
  return [...ran, `<sub>${md(limitsLines(review).join(' '))}</sub>`];
}
