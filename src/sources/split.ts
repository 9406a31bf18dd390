// SPDX-License-Identifier: GPL-2.0-or-later
// Cuts a stream of bytes into mails. In: chunks of an mbox (mboxrd, mboxo, git format-patch, LF or CRLF) or of a
// single RFC 5322 message. Out: one raw message at a time, never more than one (and one chunk) in memory.
import { MAX_MESSAGE_BYTES, MAX_SEPARATOR_BYTES } from './limits.ts';

const LF = 10;
const CR = 13;
const FROM = Buffer.from('From ');
const BOM = Buffer.of(0xef, 0xbb, 0xbf);
const LF_FROM = Buffer.from('\nFrom ');

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
      if (!end && work.length < 2 * MAX_SEPARATOR_BYTES) {
        rest = work;
        continue;
      }
      atStart = false;
      consumed = leadingBlanks(work);
      work = work.subarray(consumed);
      const first = separatorAt(work, 0, true, true);
      if (typeof first === 'object') {
        open = new OpenMessage(consumed + first.end, limit, first.quoted);
        work = work.subarray(first.end);
        consumed += first.end;
      }
    }
    let from = 0; // start of what is not yet handed to the open message
    let search = 0;
    for (;;) {
      const at = work.indexOf(LF_FROM, search);
      if (at < 0) break;
      const found = separatorAt(work, at + 1, end, blankBefore(work, at, open));
      if (found === 'more') break;
      search = at + 1;
      if (found === 'no') continue;
      open.add(work.subarray(from, at + 1));
      yield open.close();
      open = new OpenMessage(consumed + found.end, limit, found.quoted);
      from = search = found.end;
    }
    // What may still be (part of) a separator stays back, with the line in front of it.
    const keepFrom = end ? work.length : Math.max(from, lastSafe(work));
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

/** Index up to which no separator can begin any more: two separator lengths before the end, at a line start. */
function lastSafe(work: Buffer): number {
  const margin = work.length - 2 * MAX_SEPARATOR_BYTES;
  if (margin <= 0) return 0;
  // Keep the newline itself (the search looks for it) and an empty line in front of it.
  const newline = work.lastIndexOf(LF, margin);
  return newline < 3 ? Math.max(0, margin - 8) : newline - 3;
}

/** Bytes of a byte order mark and empty lines at the start of the input. */
function leadingBlanks(work: Buffer): number {
  let at = work.subarray(0, 3).equals(BOM) ? 3 : 0;
  while (work[at] === LF || work[at] === CR) at++;
  return at;
}

/** Whether the line that ends at `newline` is empty. */
function blankBefore(work: Buffer, newline: number, open: OpenMessage): boolean {
  let at = newline - 1;
  if (at >= 0 && work[at] === CR) at--;
  return at >= 0 ? work[at] === LF : open.size === 0;
}

/** Judges the line at `start`, which begins with "From " or is the first one of the input. */
function separatorAt(
  work: Buffer,
  start: number,
  atEnd: boolean,
  blank: boolean,
): { end: number; quoted: boolean } | 'no' | 'more' {
  if (!work.subarray(start, start + FROM.length).equals(FROM)) return 'no';
  const newline = work.indexOf(LF, start);
  const short = work.length - start < MAX_SEPARATOR_BYTES;
  if (newline < 0) return short && !atEnd ? 'more' : 'no';
  if (newline - start > MAX_SEPARATOR_BYTES) return 'no';
  const line = work.toString('latin1', start, newline);
  const git = GIT_SEPARATOR.test(line);
  const fixed = git || LORE_SEPARATOR.test(line);
  if (!fixed && !(blank && SEPARATOR.test(line))) return 'no';
  // A header line must follow.
  const nextEnd = work.indexOf(LF, newline + 1);
  if (nextEnd < 0 && !atEnd && work.length - newline < MAX_SEPARATOR_BYTES) return 'more';
  const next = work.toString('latin1', newline + 1, Math.min(nextEnd < 0 ? work.length : nextEnd, newline + 200));
  if (!HEADER_LINE.test(next)) return 'no';
  // git format-patch does not quote "From " lines, so none are unquoted there (as git am).
  return { end: newline + 1, quoted: !git };
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
