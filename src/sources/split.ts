// SPDX-License-Identifier: GPL-2.0-or-later
// Cuts a stream of bytes into mails. In: chunks of an mbox (mboxrd, mboxo, git format-patch, LF or CRLF) or of a
// single RFC 5322 message. Out: one raw message at a time, never more than one (and one chunk) in memory.
import { MAX_LOOKAHEAD_BYTES, MAX_MESSAGE_BYTES, MAX_SEPARATOR_BYTES } from './limits.ts';

const LF = 10;
const CR = 13;
const FROM = Buffer.from('From ');
const BOM = Buffer.of(0xef, 0xbb, 0xbf);
const LF_FROM = Buffer.from('\nFrom ');

/** Bytes held back: "\r\n\r\nFrom " without its last one, and some. */
const HELD_BYTES = 16;

/** A separator needs a time and a year, as ctime(3) writes them; the sender may be anything. */
const SEPARATOR = /^From .*\b\d{1,2}:\d{2}(:\d{2})?\b.*\b\d{4}\b/;
/** The fixed dates of git format-patch and of public-inbox: no body line looks like that by chance. */
const GIT_SEPARATOR = /^From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001\r?$/;
const LORE_SEPARATOR = /^From mboxrd@z Thu Jan {1,2}1 00:00:00 1970\r?$/;
const HEADER_LINE = /^(>?From |[!-9;-~]+[ \t]*:)/;

/** One mail as bytes. */
export interface RawMessage {
  /** Headers and body, separator and mbox quoting taken off. */
  raw: Buffer;
  /** Where it begins in the (decompressed) input. */
  offset: number;
  /** Set where it was larger than the limit: `raw` then holds only its beginning. */
  tooLarge?: number;
}

/** Splits the chunks. The first message begins at the first byte, with or without a separator. */
export async function* splitMessages(
  chunks: AsyncIterable<Buffer>,
  limit = MAX_MESSAGE_BYTES,
): AsyncGenerator<RawMessage> {
  let rest: Buffer = Buffer.alloc(0);
  let open = new OpenMessage(0, limit);
  let consumed = 0; // bytes of the input in front of `rest`
  let atStart = true;
  for await (const chunk of withEnd(chunks)) {
    const end = chunk === undefined;
    let work = end ? rest : rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (atStart) {
      if (!end && work.length < 2 * MAX_SEPARATOR_BYTES + MAX_LOOKAHEAD_BYTES) {
        rest = work;
        continue;
      }
      atStart = false;
      consumed = leadingBlanks(work);
      work = work.subarray(consumed);
      const first = separatorAt(work, 0, true, 'first');
      if (typeof first === 'object') {
        open = new OpenMessage(consumed + first.end, limit, first.quoted);
        work = work.subarray(first.end);
        consumed += first.end;
      }
    }
    let from = 0; // start of what is not yet handed to the open message
    let search = 0;
    let undecided = work.length;
    for (;;) {
      const at = work.indexOf(LF_FROM, search);
      if (at < 0) break;
      const found = separatorAt(work, at + 1, end, blankBefore(work, at, open));
      if (found === 'more') {
        undecided = at;
        break;
      }
      search = at + 1;
      if (found === 'no') continue;
      open.add(work.subarray(from, at + 1));
      yield open.close();
      open = new OpenMessage(consumed + found.end, limit, found.quoted);
      from = search = found.end;
    }
    // What may still become a separator stays back, with the empty line in front of it.
    const keepFrom = end ? work.length : Math.max(from, Math.min(work.length, undecided) - HELD_BYTES);
    open.add(work.subarray(from, keepFrom));
    rest = work.subarray(keepFrom);
    consumed += keepFrom;
  }
  if (open.size > 0) yield open.close();
}

async function* withEnd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer | undefined> {
  yield* chunks;
  yield undefined;
}

/** Bytes of a byte order mark and empty lines at the start of the input. */
function leadingBlanks(work: Buffer): number {
  let at = work.subarray(0, 3).equals(BOM) ? 3 : 0;
  while (work[at] === LF || work[at] === CR) at++;
  return at;
}

/** Whether the line that ends at `newline` is empty. */
function blankBefore(work: Buffer, newline: number, open: OpenMessage): 'blank' | 'text' {
  let at = newline - 1;
  if (at >= 0 && work[at] === CR) at--;
  return (at >= 0 ? work[at] === LF : open.size === 0) ? 'blank' : 'text';
}

/** Judges the line at `start`, which begins with "From " or is the first one of the input. */
function separatorAt(
  work: Buffer,
  start: number,
  atEnd: boolean,
  before: 'first' | 'blank' | 'text',
): { end: number; quoted: boolean } | 'no' | 'more' {
  if (!work.subarray(start, start + FROM.length).equals(FROM)) return 'no';
  const newline = work.indexOf(LF, start);
  const short = work.length - start < MAX_SEPARATOR_BYTES;
  if (newline < 0) return short && !atEnd ? 'more' : 'no';
  if (newline - start > MAX_SEPARATOR_BYTES) return 'no';
  const line = work.toString('latin1', start, newline);
  const git = GIT_SEPARATOR.test(line);
  const fixed = git || before === 'first' || LORE_SEPARATOR.test(line);
  if (!fixed && !(before === 'blank' && SEPARATOR.test(line))) return 'no';
  const follows = headerAt(work, newline + 1, atEnd, fixed);
  if (follows !== 'yes') return follows;
  // git format-patch does not quote "From " lines, so none are unquoted there (as git am).
  return { end: newline + 1, quoted: !git };
}

/**
 * Whether a mail's header begins at `start`: a header line behind one of the fixed separators; behind any other a
 * block of nothing but header lines, From among them. Prose that begins with "From ..." is not followed by that.
 */
function headerAt(work: Buffer, start: number, atEnd: boolean, fixed: boolean): 'yes' | 'no' | 'more' {
  let sender = false;
  for (let at = start, first = true; ; first = false) {
    if (at - start > MAX_LOOKAHEAD_BYTES) return sender ? 'yes' : 'no';
    // The first line may be longer than anything that is read ahead.
    if (fixed && work.length - at >= 200 && HEADER_LINE.test(work.toString('latin1', at, at + 200))) return 'yes';
    let newline = work.indexOf(LF, at);
    if (newline < 0) {
      if (!atEnd) return work.length - start > MAX_LOOKAHEAD_BYTES ? 'no' : 'more';
      newline = work.length;
    }
    const line = work.toString('latin1', at, Math.min(newline, at + 200));
    if (line === '' || line === '\r') return sender && !first ? 'yes' : 'no';
    if (!HEADER_LINE.test(line) && (first || !/^[ \t]/.test(line))) return 'no';
    if (fixed) return 'yes';
    if (/^from[ \t]*:/i.test(line)) sender = true;
    if (newline === work.length) return sender ? 'yes' : 'no';
    at = newline + 1;
  }
}

/** The message being collected. */
class OpenMessage {
  size = 0;
  private pieces: Buffer[] = [];
  private readonly offset: number;
  private readonly limit: number;
  private readonly quoted: boolean;

  constructor(offset: number, limit: number, quoted = false) {
    this.offset = offset;
    this.limit = limit;
    this.quoted = quoted;
  }

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    if (this.size < this.limit) this.pieces.push(piece);
    this.size += piece.length;
  }

  close(): RawMessage {
    const whole = this.pieces.length === 1 && this.pieces[0] ? this.pieces[0] : Buffer.concat(this.pieces);
    if (this.size > this.limit) {
      return { raw: whole.subarray(0, 64 * 1024), offset: this.offset, tooLarge: this.size };
    }
    return { raw: this.quoted ? unquote(whole) : whole, offset: this.offset };
  }
}

/** Takes one ">" off each line that is a quoted "From " line (mboxrd). */
export function unquote(raw: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = raw.indexOf('>From '); at >= 0; at = raw.indexOf('>From ', at + 1)) {
    let start = at;
    while (start > 0 && raw[start - 1] === 62) start--;
    if (start > 0 && raw[start - 1] !== LF) continue;
    pieces.push(raw.subarray(from, start));
    from = start + 1;
  }
  if (from === 0) return raw;
  pieces.push(raw.subarray(from));
  return Buffer.concat(pieces);
}
