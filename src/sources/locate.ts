// SPDX-License-Identifier: GPL-2.0-or-later
// What the user wrote -> where the messages are. In: INPUT, the archive and the range of `rmapbot review`. Out: a
// Locator. Only what the user names is ever contacted; nothing in a mail leads to a server.
import { stat } from 'node:fs/promises';
import { InputError } from '../errors.ts';
import { oneLine } from './header.ts';
import { MAX_ID_LENGTH } from './limits.ts';

/** A place that holds many messages. */
export type Archive =
  | { kind: 'http'; base: URL; name: string }
  | { kind: 'nntp' | 'imap'; host: string; port: number; tls: boolean; folder: string; name: string }
  | { kind: 'folder'; path: string; name: string };

export type Locator =
  | { kind: 'stdin' }
  | { kind: 'path'; path: string; range?: Range }
  | { kind: 'thread'; archive: Archive; id: string; range?: Range }
  | { kind: 'range'; archive: Archive; range: Range };

/** "FROM..TO" as written; either may be empty. */
export interface Range {
  from: string;
  to: string;
}

export interface Where {
  /** Archive in which Message-IDs are looked up. */
  archive?: string;
  /** FROM..TO: days (public-inbox) or numbers (NNTP, IMAP). */
  range?: string;
}

const SCHEMES: Record<string, { kind: 'nntp' | 'imap'; port: number; tls: boolean }> = {
  'nntp:': { kind: 'nntp', port: 119, tls: false },
  'nntps:': { kind: 'nntp', port: 563, tls: true },
  'imap:': { kind: 'imap', port: 143, tls: false },
  'imaps:': { kind: 'imap', port: 993, tls: true },
};

/** Throws InputError where the words make no sense together. */
export async function locate(input: string, where: Where): Promise<Locator> {
  const range = where.range === undefined ? undefined : parseRange(where.range);
  if (input === '-') return { kind: 'stdin' };
  const bracketed = /^<[^<>\s]+>$/.test(input);
  if (isUrl(input)) {
    const { archive, id } = parseUrl(input);
    if (id !== undefined) return { kind: 'thread', archive, id, ...(range ? { range } : {}) };
    if (range && archive.kind !== 'http') return { kind: 'range', archive, range };
    const how = archive.kind === 'http' ? 'end the URL with a Message-ID' : 'give --range or a Message-ID';
    throw new InputError(`${archive.name} holds many messages: ${how}`);
  }
  if (!bracketed && !(/^[^\s/@]+@[^\s/@]+$/.test(input) && !(await exists(input)))) {
    return { kind: 'path', path: input, ...(range ? { range } : {}) };
  }
  if (where.archive === undefined) {
    throw new InputError(`${oneLine(input)} is a Message-ID: name the archive that has it with --archive`);
  }
  return { kind: 'thread', archive: archiveNamed(where.archive), id: checkedId(input), ...(range ? { range } : {}) };
}

/** The archive that `--archive` names. */
export function archiveNamed(text: string): Archive {
  return isUrl(text) ? parseUrl(text).archive : { kind: 'folder', path: text, name: oneLine(text) };
}

/** An archive says that it does not have a message. */
export class NoSuchMessage extends InputError {
  constructor(archive: string, id: string) {
    super(`${archive} has no message <${id}>`);
  }
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** An archive's URL, and the Message-ID behind it if there is one. */
function parseUrl(text: string): { archive: Archive; id?: string } {
  const name = oneLine(text);
  let url: URL;
  let segments: string[];
  try {
    url = new URL(text);
    segments = url.pathname.split('/').map(decodeURIComponent);
  } catch {
    throw new InputError(`${name} is no URL that we can read`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new InputError('no user or password in a URL: RMAPBOT_IMAP_USER and RMAPBOT_IMAP_PASSWORD hold them');
  }
  const at = segments.findIndex((segment) => segment.includes('@'));
  const id = at < 0 ? undefined : checkedId(segments[at] ?? '');
  const folders = (at < 0 ? segments : segments.slice(0, at)).filter((segment) => segment !== '');
  const found = id === undefined ? {} : { id };
  if (url.protocol === 'https:' || url.protocol === 'http:') {
    const path = folders.map((segment) => `${encodeURIComponent(segment)}/`).join('');
    return { archive: { kind: 'http', base: new URL(`/${path}`, url.origin), name: `${url.host}/${path}` }, ...found };
  }
  const scheme = SCHEMES[url.protocol];
  if (!scheme) throw new InputError(`${name}: we read https, http, nntp, nntps, imap and imaps`);
  const folder = folders.join('/');
  if (url.hostname === '' || folder === '') {
    throw new InputError(`${name}: expected ${url.protocol}//HOST/${scheme.kind === 'nntp' ? 'GROUP' : 'FOLDER'}`);
  }
  if (scheme.kind === 'nntp' && !/^[\w.+-]{1,200}$/.test(folder)) throw new InputError(`${name}: no name of a group`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? scheme.port : Number(url.port);
  return {
    archive: { kind: scheme.kind, tls: scheme.tls, host, port, folder, name: `${url.host}/${folder}` },
    ...found,
  };
}

/** Whether a Message-ID from a mail may be asked of an archive. */
export function isSafeId(id: string): boolean {
  return id.length <= MAX_ID_LENGTH && /^[!-;=?-~]+@[!-;=?-~]+$/.test(id);
}

/** A Message-ID without brackets that is safe in a command line of any of the protocols. */
function checkedId(text: string): string {
  const id = text.replace(/^<|>$/g, '');
  if (!isSafeId(id)) {
    throw new InputError(`${oneLine(text).slice(0, 200)} is no Message-ID`);
  }
  return id;
}

/** Reads FROM..TO. InputError where it is none. */
export function parseRange(text: string): Range {
  const match = /^(\d+|\d{4}-\d{2}-\d{2})?\.\.(\d+|\d{4}-\d{2}-\d{2})?$/.exec(text);
  if (!match || text === '..') throw new InputError('--range: expected FROM..TO, two days (2026-01-31) or two numbers');
  return { from: match[1] ?? '', to: match[2] ?? '' };
}

/** The range as numbers. InputError where it names days. */
export function numbersOf({ from, to }: Range): { from: number; to: number } {
  if (/-/.test(from + to)) throw new InputError('--range: NNTP and IMAP take numbers, not days');
  return { from: from === '' ? 1 : Number(from), to: to === '' ? Number.MAX_SAFE_INTEGER : Number(to) };
}

/** The range as seconds since 1970, whole days in UTC. InputError where it names numbers or no day. */
export function daysOf({ from, to }: Range): { from: number; to: number } {
  const day = (text: string, otherwise: number, more: number): number => {
    if (text === '') return otherwise;
    const time = /-/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
    if (Number.isNaN(time)) throw new InputError('--range: a public-inbox takes days such as 2026-01-31');
    return time / 1000 + more;
  };
  return { from: day(from, 0, 0), to: day(to, Number.MAX_SAFE_INTEGER, 86_399) };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false; // whatever is wrong with it, it is not a file that can be read
  }
}
