// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> the text of a mail: a summary that is read in a minute, then the details. Plain text, headers not included.
import type { Review } from '../review/values.ts';
import { DETAIL_ROWS_MAX, DETAILED_FINDINGS_MAX, INLINE_REPRODUCER_LINES_MAX, SUMMARY_LINES_MAX } from './limits.ts';
import { changeLines, effectLines, previousLines, waitLines } from './mail-changes.ts';
import { failureLines } from './mail-failure.ts';
import { findingInFull, findingInShort, reproducerLines, toldFindings } from './mail-findings.ts';
import {
  behaviourDetails,
  memoryDetails,
  memorySummary,
  structDetails,
  structSummary,
  structTable,
  workloadDetails,
} from './mail-memory.ts';
import {
  inconclusiveLines,
  limitsLines,
  notExecutedLines,
  ranLines,
  reproduceLines,
  subjectLines,
} from './mail-ran.ts';
import { cleanLine, guardColumnZero } from './sanitise.ts';
import { counted, wrap } from './text.ts';

export interface MailOptions {
  /** Pre-existing findings and every table in full. */
  full?: boolean;
}

/** How much the summary shows; made smaller until it fits. */
interface Room {
  reproducer: boolean;
  short: number;
  memory: number;
  structs: number;
  doubts: number;
  /** Sentences about what steps do differently; -1: not even what changed. */
  effects: number;
}

const ROOMS: Room[] = [
  { reproducer: true, short: 3, memory: 8, structs: 6, doubts: 5, effects: 3 },
  { reproducer: true, short: 2, memory: 5, structs: 4, doubts: 3, effects: 2 },
  { reproducer: true, short: 1, memory: 4, structs: 2, doubts: 2, effects: 2 },
  { reproducer: true, short: 0, memory: 3, structs: 2, doubts: 1, effects: 1 },
  { reproducer: true, short: 0, memory: 3, structs: 0, doubts: 1, effects: 1 },
  { reproducer: true, short: 0, memory: 1, structs: 0, doubts: 1, effects: 0 },
  { reproducer: true, short: 0, memory: 1, structs: 0, doubts: 1, effects: -1 },
  { reproducer: false, short: 2, memory: 5, structs: 2, doubts: 2, effects: 1 },
  { reproducer: false, short: 0, memory: 2, structs: 1, doubts: 1, effects: 0 },
];

/** The whole text, ending in a line end. */
export function mailText(review: Review, options: MailOptions = {}): string {
  const fitting = ROOMS.find((room) => summary(review, room).length <= SUMMARY_LINES_MAX) ?? (ROOMS.at(-1) as Room);
  const head = summary(review, fitting);
  const rest = details(review, fitting, options.full ?? false);
  const lines = rest.length === 0 ? head : [...head, '', 'Details', '=======', '', ...rest];
  return guardColumnZero(`${lines.join('\n')}\n`);
}

function summary(review: Review, room: Room): string[] {
  const findings = toldFindings(review);
  const [first, ...others] = findings;
  const built = review.configs.length > 0;
  return paragraphs([
    [
      ...wrap(`${review.verdict.replaceAll('-', ' ').toUpperCase()} - ${sentence(review.reason)}`),
      ...subjectLines(review),
    ],
    failureLines(review),
    first ? findingInFull(review, first, 1, room.reproducer && reproducerFits(first.reproducer)) : [],
    shortFindings(review, others, room.short),
    previousLines(review, false),
    inconclusiveLines(review, doubtsShown(review, room)),
    memorySummary(review, room.memory),
    structSummary(review, room.structs),
    [...(room.effects >= 0 ? changeLines(review, room.effects) : []), ...(built ? ranLines(review) : [])],
    [...(built || review.failure ? reproduceLines(review) : []), ...limitsLines(review)],
  ]);
}

/** The summary gives reasons where they decide the verdict. */
function doubtsShown(review: Review, room: Room): number {
  return review.verdict === 'inconclusive' ? room.doubts : 0;
}

function shortFindings(review: Review, others: Review['findings'], max: number): string[] {
  const lines = others.slice(0, max).flatMap((finding, index) => findingInShort(review, finding, index + 2));
  const left = others.length - Math.min(max, others.length);
  if (left > 0) lines.push(`and ${counted(left, 'further finding')} in the details`);
  return lines;
}

function details(review: Review, room: Room, full: boolean): string[] {
  const max = full ? Number.MAX_SAFE_INTEGER : DETAIL_ROWS_MAX;
  const [first, ...others] = toldFindings(review);
  const parts: string[][] = [];
  if (first && first.reproducer !== '' && !(room.reproducer && reproducerFits(first.reproducer))) {
    parts.push(['Scenario of finding 1', '', ...reproducerLines(first)]);
  }
  const detailed = full ? others : others.slice(0, DETAILED_FINDINGS_MAX);
  for (const [index, finding] of detailed.entries()) parts.push(findingInFull(review, finding, index + 2, true));
  const left = others.length - detailed.length;
  if (left > 0) parts.push([`${counted(left, 'further finding')} in the JSON.`]);
  if (room.effects < 0) parts.push(changeLines(review, 0));
  parts.push(previousLines(review, true));
  if (full) {
    const old = review.findings.filter((finding) => finding.status === 'pre-existing');
    for (const [index, finding] of old.entries()) {
      parts.push(findingInFull(review, finding, index + 2 + others.length, true));
    }
  }
  if (review.inconclusive.length > doubtsShown(review, room)) parts.push(inconclusiveLines(review, max));
  const totals = memorySummary(review, max);
  if (totals.length > memorySummary(review, room.memory).length) parts.push(totals);
  parts.push(memoryDetails(review, max, full));
  parts.push(workloadDetails(review, max, full));
  parts.push(structTable(review, max));
  parts.push(structDetails(review, max));
  if (effectLines(review).length > 0 && room.effects < (review.effects?.length ?? 0)) parts.push(effectLines(review));
  parts.push(waitLines(review));
  parts.push(behaviourDetails(review, max));
  parts.push(notExecutedLines(review, max));
  parts.push(areaLines(review));
  parts.push(noteLines(review));
  return paragraphs(parts);
}

function areaLines({ semantics }: Review): string[] {
  if (semantics.areas.length === 0 || semantics.outOfScope) return [];
  const areas = semantics.areas.flatMap(({ id, why }) => wrap(`${id} - ${cleanLine(why.join('; '), 300)}`, '  '));
  return ['Areas touched, and why', '', ...areas];
}

function noteLines(review: Review): string[] {
  const notes = [...review.notes];
  const { notRun, notApplicable } = review.scenarios;
  if (notRun.length > 0) notes.push(`${counted(notRun.length, 'scenario')} not run: ${notRun.join(', ')}`);
  if (notApplicable.length > 0) notes.push(`not for this tree: ${notApplicable.join(', ')}`);
  if (review.series.others.length > 0) notes.push(`also in the input: ${review.series.others.join(', ')}`);
  return notes.flatMap((note) => wrap(`* ${cleanLine(note)}`));
}

const reproducerFits = (text: string) => text.trimEnd().split('\n').length <= INLINE_REPRODUCER_LINES_MAX;

function sentence(text: string): string {
  const line = cleanLine(text);
  const upper = line.charAt(0).toUpperCase() + line.slice(1);
  return /[.!?]$/.test(upper) ? upper : `${upper}.`;
}

/** Joins the parts that are not empty with an empty line between them. */
function paragraphs(parts: string[][]): string[] {
  return parts.filter((part) => part.length > 0).flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}
