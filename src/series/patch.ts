// SPDX-License-Identifier: GPL-2.0-or-later
// One mail -> its parts as git am sees them: in-body headers, commit message, notes, diff.
import { oneLine } from '../sources/header.ts';
import { pathsOf, scanDiff } from './diff.ts';
import { MAX_ADDRESS_LENGTH, MAX_PATCH_LINES } from './limits.ts';
import { parseSubject } from './subject.ts';
import { messageTrailers } from './trailers.ts';
import type { Message, Patch } from './values.ts';

/** Beginnings of lines that may start a diff; a cheap test before the body is taken apart. */
const DIFF_START = /^(diff --git |--- [^\n]*\n\+\+\+ )/m;

/** Whether a body seems to hold a diff. */
export function seemsPatch(body: string): boolean {
  return DIFF_START.test(body);
}

/** Parses a patch mail. Never fails: what is wrong with the diff stands in `unusable`. */
export function parsePatch(message: Message, number: number): Patch {
  if (hasMoreLines(message.body, MAX_PATCH_LINES)) {
    const { messageId, from: author, subject } = message;
    const bare = { number, messageId, title: parseSubject(subject).title, author, message: '', diff: '' };
    return { ...bare, paths: [], trailers: [], unusable: `the mail has more than ${MAX_PATCH_LINES} lines` };
  }
  const lines = afterScissors(message.body.split('\n'));
  const inBody = readInBodyHeaders(lines);
  const breakAt = lines.findIndex(isPatchBreak);
  const textEnd = breakAt < 0 ? lines.length : breakAt;
  const scan = scanDiff(lines, textEnd);
  const text = trimBlankLines(lines.slice(inBody.end, textEnd)).join('\n');
  const patch: Patch = {
    number,
    messageId: message.messageId,
    title: parseSubject(inBody.subject === undefined ? message.subject : oneLine(inBody.subject)).title,
    author: inBody.from ?? message.from,
    message: text,
    diff: scan.files.length === 0 && scan.problem === undefined ? '' : `${diffLines(lines, scan).join('\n')}\n`,
    paths: pathsOf(scan.files),
    trailers: messageTrailers(text),
  };
  if (message.date !== undefined) patch.date = message.date;
  const notesEnd = scan.start < 0 ? textEnd : scan.start;
  const notes = trimBlankLines(lines.slice(textEnd + 1, notesEnd)).join('\n');
  if (notes !== '') patch.notes = notes;
  if (message.flowed) patch.unusable = 'the mail is format=flowed: its diff is rewrapped';
  else if (scan.problem !== undefined) patch.unusable = scan.problem;
  else if (scan.files.length === 0) patch.unusable = 'the mail holds no diff';
  else {
    const bare = scan.files.find((file) => file.dataMissing);
    if (bare) patch.unusable = `the diff of the binary file ${bare.newPath ?? bare.oldPath} has no data`;
  }
  return patch;
}

function hasMoreLines(text: string, most: number): boolean {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0 && count <= most; at = text.indexOf('\n', at + 1)) count++;
  return count > most;
}

/** The text of a cover letter: without signature and without what a list puts below it. */
export function coverText(body: string): string {
  const lines = body.split('\n');
  const end = lines.findIndex((line, at) => line === '-- ' || isListFooter(line, lines[at + 1]));
  return trimBlankLines(end < 0 ? lines : lines.slice(0, end)).join('\n');
}

/** Mailman's: a rule, and below it the name of the list. */
function isListFooter(line: string, next: string | undefined): boolean {
  return /^_{20,}$/.test(line) && / mailing list\b/.test(next ?? '');
}

function diffLines(lines: readonly string[], scan: { start: number; end: number }): string[] {
  const diff = lines.slice(scan.start, scan.end);
  while (diff.length > 0 && diff.at(-1) === '' && scan.end === lines.length) diff.pop();
  return diff;
}

/**
 * Lines behind a scissors line ("-- >8 --", git-mailinfo(1)): all before it is talk. It counts only in front of
 * the commit message's end.
 */
function afterScissors(lines: string[]): string[] {
  for (const [index, line] of lines.entries()) {
    if (isScissors(line)) return lines.slice(index + 1);
    if (isPatchBreak(line)) break;
  }
  return lines;
}

function isScissors(line: string): boolean {
  if (line.length > 200 || !/>8|8<|>%|%</.test(line)) return false;
  const marks = line.replace(/>8|8<|>%|%</g, '--').replace(/cut here/gi, '--');
  return /^\s*[-\s]{8,}$/.test(marks) && marks.includes('-') && /^[-\s>8<%]/.test(line);
}

/** Where the commit message ends, by the rules of git-mailinfo(1). */
function isPatchBreak(line: string): boolean {
  return /^(diff -|Index: |--- \S|---\s*$)/.test(line);
}

/** "From:", "Subject:" and "Date:" lines at the top of a body override the mail's own. */
function readInBodyHeaders(lines: readonly string[]): { from?: Patch['author']; subject?: string; end: number } {
  let at = 0;
  while (at < lines.length && lines[at]?.trim() === '') at++;
  const found: { from?: Patch['author']; subject?: string; end: number } = { end: at };
  let open: 'subject' | undefined;
  for (let any = false; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const header = /^(>?From|Subject|Date):\s*(.*)$/i.exec(line);
    if (header) {
      const [, name = '', value = ''] = header;
      if (/from$/i.test(name)) {
        const author = addressOf(value);
        if (author === undefined) break;
        found.from = author;
      } else if (/subject/i.test(name)) found.subject = value;
      open = /subject/i.test(name) ? 'subject' : undefined;
      any = true;
    } else if (any && open && /^[ \t]+\S/.test(line)) found.subject += ` ${line.trim()}`;
    else {
      if (any && line.trim() === '') found.end = at + 1;
      else if (any) found.end = at;
      break;
    }
  }
  return found;
}

/** "Name <address>", as git writes it in a body. */
function addressOf(text: string): Patch['author'] | undefined {
  if (text.length > MAX_ADDRESS_LENGTH) return undefined;
  const match = /^\s*"?([^"<>]*?)"?\s*<([^<>\s]+)>\s*$/.exec(text);
  if (match) return { name: oneLine(match[1] ?? ''), address: oneLine(match[2] ?? '') };
  const bare = text.trim();
  return /^[^\s<>]+@[^\s<>]+$/.test(bare) ? { name: '', address: bare } : undefined;
}

function trimBlankLines(lines: string[]): string[] {
  let start = 0;
  let end = lines.length;
  while (start < end && lines[start]?.trim() === '') start++;
  while (end > start && lines[end - 1]?.trim() === '') end--;
  return lines.slice(start, end);
}
