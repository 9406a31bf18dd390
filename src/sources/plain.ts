// SPDX-License-Identifier: GPL-2.0-or-later
// The direct way: one text part in ASCII or UTF-8, well-formed in every detail, as most mail on the lists is. In: a raw
// message. Out: its parts, or undefined where anything is unusual; the MIME parser reads those. The MIME parser would
// give the same value (a test holds the two together), at five times the time and twice the memory.
import { isUtf8 } from 'node:buffer';
import type { Header } from './header.ts';
import { MAX_ADDRESS_LENGTH } from './limits.ts';

/** What has to be decoded of a message. */
export interface Parts {
  subject: string;
  from: { name: string; address: string };
  body: string;
  flowed: boolean;
}

const TYPE = /^text\/plain\s*(;\s*charset\s*=\s*"?(us-ascii|utf-8)"?\s*)?;?$/i;
const NAME_ADDRESS = /^(?:"([A-Za-z0-9 .,'_-]*)"|([A-Za-z0-9 .'_?=-]*?))\s*<([^<>@\s",;:()]+@[A-Za-z0-9.-]+)>$/;
const BARE_ADDRESS = /^([^<>@\s",;:()]+@[A-Za-z0-9.-]+)$/;
const ASCII = /^[\t\x20-\x7e]*$/;
/** A run of encoded words (RFC 2047) in UTF-8. */
const WORD = /=\?utf-8\?(?:b\?[A-Za-z0-9+/]*=*|q\?[!->@-~]*)\?=/i;
const WORDS = new RegExp(`${WORD.source}(?:[ \\t]+${WORD.source})*`, 'gi');

/** The parts, if this message is as plain as that. */
export function plainParts(raw: Buffer, { fields, bodyStart }: Header): Parts | undefined {
  const type = fields.get('content-type');
  if (type !== undefined && !TYPE.test(type)) return undefined;
  if (!/^(inline)?$/i.test(fields.get('content-disposition') ?? '')) return undefined;
  const subject = decodeWords(fields.get('subject') ?? '');
  const from = sender(fields.get('from') ?? '');
  if (subject === undefined || from === undefined) return undefined;
  const bytes = decodeBody(raw, bodyStart, (fields.get('content-transfer-encoding') ?? '').toLowerCase());
  if (bytes === undefined) return undefined;
  let body = bytes.toString('utf8');
  // No charset declared and no UTF-8: Latin-1, as git mailinfo guesses.
  const guess = body.includes('\ufffd') && !/charset/i.test(type ?? '');
  if (guess && !isUtf8(bytes)) body = bytes.toString('latin1');
  return { subject, from, body: body.includes('\r') ? body.replace(/\r\n/g, '\n') : body, flowed: false };
}

function sender(text: string): Parts['from'] | undefined {
  if (BARE_ADDRESS.test(text)) return { name: '', address: text };
  const match = text.length > MAX_ADDRESS_LENGTH ? null : NAME_ADDRESS.exec(text);
  const name = decodeWords(match?.[1] ?? match?.[2] ?? '');
  if (!match || name === undefined) return undefined;
  return { name: name.trim(), address: match[3] ?? '' };
}

/** ASCII with encoded words in UTF-8; undefined where it is anything else. */
function decodeWords(text: string): string | undefined {
  if (!ASCII.test(text)) return undefined;
  if (!text.includes('=?')) return text;
  let whole = true;
  const decoded = text.replace(WORDS, (run, at: number) => {
    const bytes = run.split(/[ \t]+/).map((word) => {
      const [, , kind = '', content = ''] = word.split('?');
      if (kind.toLowerCase() === 'b') return Buffer.from(content, 'base64');
      if (/=(?![0-9A-Fa-f]{2})/.test(content)) whole = false;
      return fromEscapes(content.replaceAll('_', ' '));
    });
    const joined = Buffer.concat(bytes);
    // Words stand apart from their neighbours, and hold whole characters together.
    const apart = (at === 0 || text[at - 1] === ' ') && [' ', undefined].includes(text[at + run.length]);
    if (!apart || !isUtf8(joined)) whole = false;
    return joined.toString('utf8');
  });
  return whole && !decoded.includes('=?') ? decoded : undefined;
}

function decodeBody(raw: Buffer, start: number, encoding: string): Buffer | undefined {
  if (/^(7bit|8bit|binary)?$/.test(encoding)) return raw.subarray(start);
  const text = raw.toString('latin1', start);
  if (encoding === 'base64') {
    return /^[A-Za-z0-9+/\s]*={0,2}$/.test(text.trimEnd()) ? Buffer.from(text, 'base64') : undefined;
  }
  if (encoding !== 'quoted-printable') return undefined;
  if (/=(?!\r?\n|[0-9A-Fa-f]{2})|[ \t]\r?\n|[ \t]$/.test(text)) return undefined;
  return fromEscapes(text.replace(/=\r?\n/g, ''));
}

/** "=XX" to bytes, everything else as it is; Latin-1 in. */
function fromEscapes(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length);
  let length = 0;
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('=', at);
    const end = next < 0 ? text.length : next;
    length += bytes.write(text.slice(at, end), length, 'latin1');
    if (next < 0) break;
    bytes[length++] = Number.parseInt(text.slice(next + 1, next + 3), 16);
    at = next + 3;
  }
  return bytes.subarray(0, length);
}
