// SPDX-License-Identifier: GPL-2.0-or-later
// Trailers: "Reviewed-by: A <a@example.org>" in patches and in replies to them, and the machine-readable lines
// that git format-patch and b4 put below a patch or cover letter (base-commit, prerequisites, change-id).
import { oneLine } from '../sources/header.ts';
import { MAX_PREREQUISITES, MAX_TRAILER_LENGTH, MAX_TRAILERS } from './limits.ts';
import { urlId } from './prose.ts';
import type { Series, Trailer } from './values.ts';

/** Trailers that name a person (Documentation/process/submitting-patches); spelled as they are printed. */
const PERSON_TRAILERS = [
  'Acked-by',
  'Analyzed-by',
  'Cc',
  'Co-authored-by',
  'Co-developed-by',
  'Debugged-by',
  'Diagnosed-by',
  'Nacked-by',
  'Originally-by',
  'Reported-and-tested-by',
  'Reported-by',
  'Reviewed-and-tested-by',
  'Reviewed-by',
  'Signed-off-by',
  'Suggested-by',
  'Tested-by',
];
/** Trailers that name a commit, a mail or a page. */
const OTHER_TRAILERS = ['Closes', 'Fixes', 'Link', 'Message-ID', 'Cherry-picked-from', 'Depends-on', 'Based-on'];

const KNOWN = new Map([...PERSON_TRAILERS, ...OTHER_TRAILERS].map((name) => [name.toLowerCase(), name]));
const PERSONS = new Set(PERSON_TRAILERS.map((name) => name.toLowerCase()));
const LINE = /^([A-Za-z][A-Za-z-]{1,40}):[ \t]+(\S.*)$/gm;
/** Quick test over a whole body before its lines are looked at. */
const ANY = /^[A-Za-z-]+-by:|^(fixes|cc|link|closes):/im;

/** The known trailers of a commit message, in order. */
export function messageTrailers(message: string): Trailer[] {
  return collect(message, true);
}

/**
 * Trailers that a reply gives: known ones at the start of a line, persons with an address. Quoted lines, what
 * follows a signature and what stands in a diff do not count.
 */
export function replyTrailers(body: string): Trailer[] {
  if (!ANY.test(body)) return [];
  const end = /^(-- ?$|diff --git )/m.exec(body)?.index;
  return collect(end === undefined ? body : body.slice(0, end), false);
}

function collect(text: string, inPatch: boolean): Trailer[] {
  const trailers: Trailer[] = [];
  for (const match of text.matchAll(LINE)) {
    if (trailers.length >= MAX_TRAILERS) break;
    const name = KNOWN.get(match[1]?.toLowerCase() ?? '');
    if (name === undefined) continue;
    const person = PERSONS.has(name.toLowerCase());
    let value = (match[2] ?? '').slice(0, MAX_TRAILER_LENGTH);
    if (person && !value.includes('@')) {
      // An address that a mailer has wrapped onto the next line.
      const end = match.index + match[0].length;
      const next = /^\n[ \t]*(<[^<>\s]+@[^<>\s]+>)/.exec(text.slice(end, end + MAX_TRAILER_LENGTH));
      if (next) value = `${value.trimEnd()} ${next[1]}`;
    }
    if (person && !/\S@\S/.test(value)) continue;
    if (!inPatch && name === 'Fixes' && !/^[0-9a-f]{8,40}\b/.test(value)) continue;
    trailers.push({ name, value: oneLine(value) });
  }
  return trailers;
}

/** Adds trailers that are not there yet. */
export function addTrailers(to: Trailer[], more: readonly Trailer[]): void {
  const key = (trailer: Trailer) => `${trailer.name.toLowerCase()}: ${trailer.value}`;
  const seen = new Set(to.map(key));
  for (const trailer of more) {
    if (seen.has(key(trailer))) continue;
    seen.add(key(trailer));
    to.push(trailer);
  }
}

/** What the furniture lines of one mail say. */
export type Furniture = Pick<Series, 'base' | 'prerequisites' | 'changeId'>;

const FURNITURE =
  /^(base-commit|prerequisite-patch-id|prerequisite-message-id|prerequisite-change-id|change-id|depends-on|based-on):[ \t]*(\S+)/gim;

/** Reads base-commit, prerequisites and change-id of a patch mail or cover letter; ill-formed values are ignored. */
export function furnitureOf(body: string): Furniture {
  const found: Furniture = { prerequisites: [] };
  for (const match of body.matchAll(FURNITURE)) {
    const name = match[1]?.toLowerCase() ?? '';
    const value = Buffer.from(match[2] ?? '').toString();
    const hex = /^[0-9a-f]{7,64}$/.test(value);
    const id = /^https?:/.test(value) ? urlId(value) : /^<?([^<>\s]+@[^<>\s]+?)>?$/.exec(value)?.[1];
    if (name === 'base-commit' && hex) found.base ??= value;
    else if (name === 'change-id' && /^[\w.+-]{1,200}$/.test(value)) found.changeId ??= value;
    else if (found.prerequisites.length >= MAX_PREREQUISITES) break;
    else if (name === 'prerequisite-patch-id' && hex) found.prerequisites.push({ kind: 'patch-id', value });
    else if (name === 'prerequisite-change-id' && /^[\w.+-]{1,200}(?::v\d{1,3})?$/.test(value)) {
      found.prerequisites.push({ kind: 'change-id', value });
    } else if (/^(prerequisite-message-id|depends-on|based-on)$/.test(name) && id !== undefined) {
      found.prerequisites.push({ kind: 'message-id', value: id });
    }
  }
  return found;
}
