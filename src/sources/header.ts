// SPDX-License-Identifier: GPL-2.0-or-later
// The header block of a raw message, as far as threading needs it. In: bytes. Out: unfolded fields and their
// readings: identifiers, references, date. Decoding of encoded words is the MIME parser's job.
import { MAX_HEADER_BYTES, MAX_REFERENCES } from './limits.ts';

/** The fields we look at; all others are passed over. */
const WANTED = new Set([
  'from',
  'subject',
  'date',
  'message-id',
  'references',
  'in-reply-to',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'auto-submitted',
  'precedence',
  'list-id',
  'x-mailing-list',
  'return-path',
  'x-loop',
  'x-autoreply',
  'x-autorespond',
  'x-rmapbot-verdict',
]);

export interface Header {
  /** Lower-case name -> unfolded text of its first occurrence. */
  fields: Map<string, string>;
  /** Bytes of header block; the body begins at `bodyStart`. */
  size: number;
  bodyStart: number;
}

/** Reads the header block; undefined if the bytes do not begin with a header line. */
export function readHeader(raw: Buffer): Header | undefined {
  const head = raw.subarray(0, MAX_HEADER_BYTES + 4);
  const lf = head.indexOf('\n\n');
  const crlf = head.indexOf('\r\n\r\n');
  let size = raw.length;
  let bodyStart = raw.length;
  if (lf >= 0 && (crlf < 0 || lf < crlf)) [size, bodyStart] = [lf + 1, lf + 2];
  else if (crlf >= 0) [size, bodyStart] = [crlf + 2, crlf + 4];
  const fields = new Map<string, string>();
  let name: string | undefined;
  let valid = false;
  for (const line of head.toString('latin1', 0, Math.min(size, MAX_HEADER_BYTES)).split('\n')) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (name !== undefined) fields.set(name, `${fields.get(name)} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    name = colon > 0 ? line.slice(0, colon).trimEnd().toLowerCase() : undefined;
    if (name !== undefined && /^[!-9;-~]+$/.test(name)) valid = true;
    else if (!valid) return undefined;
    if (name !== undefined && WANTED.has(name) && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
    else name = undefined;
  }
  return valid ? { fields, size, bodyStart } : undefined;
}

/** A Message-ID without its brackets; also one whose brackets were lost. Undefined if there is none. */
export function messageIdOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const id = /<\s*([^<>\s]+)\s*>/.exec(text)?.[1] ?? /^([^<>\s]+@[^<>\s]+)$/.exec(text.trim())?.[1];
  return id === undefined ? undefined : detached(id);
}

/** Message-IDs answered: References, then In-Reply-To, nearest last, each once, at most MAX_REFERENCES. */
export function referencesOf(fields: Map<string, string>): string[] {
  const ids = new Set<string>();
  for (const name of ['references', 'in-reply-to']) {
    const text = fields.get(name);
    if (text === undefined) continue;
    const bracketed = [...text.matchAll(/<\s*([^<>\s]+)\s*>/g)].map((match) => match[1] ?? '');
    const found = bracketed.length > 0 ? bracketed : text.split(/[\s,;]+/).filter((word) => /^[^@]+@[^@]+$/.test(word));
    // In-Reply-To may hold prose; its first identifier is the parent.
    for (const id of name === 'references' ? found.slice(-MAX_REFERENCES) : found.slice(0, 1)) {
      ids.delete(id);
      ids.add(id);
    }
  }
  return [...ids].map(detached);
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** RFC 5322, 4.3: obsolete zone names, hours from UTC. Unknown ones count as UTC. */
const ZONES: Record<string, number> = { EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 };

/** An RFC 5322 date as ISO 8601 in UTC; undefined if unreadable. Never depends on the clock or zone of this machine. */
export function dateOf(text: string | undefined): string | undefined {
  const match =
    /(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4}|\d{2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([+-]\d{4}|[A-Za-z]+)?/.exec(
      text ?? '',
    );
  if (!match) return undefined;
  const [, day, month, year, hour, minute, second, zone = ''] = match;
  const index = MONTHS.indexOf((month ?? '').toLowerCase());
  let full = Number(year);
  if (year?.length === 2) full += full < 50 ? 2000 : 1900;
  if (index < 0 || full < 1970) return undefined;
  const offset = /^[+-]/.test(zone)
    ? Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3)))
    : (ZONES[zone.toUpperCase()] ?? 0) * 60;
  const time = Date.UTC(full, index, Number(day), Number(hour), Number(minute) - offset, Number(second ?? 0));
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** A copy of its own memory: a slice of a string keeps the whole string alive. */
export function detached(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** One line without control characters: blanks instead, runs of them joined. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  return detached(text.replace(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029]+/g, ' ').trim());
}
