// SPDX-License-Identifier: GPL-2.0-or-later
// The text after "P:" -> Action. Words are checked against what the scope knows, errors name column and word.
import { LIMITS } from '../limits.ts';
import type { Scope } from './scope.ts';
import { errorAt, numberAt, quoted, suggestion, type Tokens } from './tokens.ts';
import type { Action, FolioOp, MapFlag, PageRange, Place, Source } from './values.ts';
import { ADVICE, ERRNO, OPERATIONS, PROT } from './words.ts';

export const NAME = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;
const PAGES = 'a number of pages';

/** Parses one action and the optional `fails ERRNO` behind it. Errors: InputError with position. */
export function parseAction(tokens: Tokens, scope: Scope): { action: Action; fails?: string } {
  const op = tokens.choice('an operation', OPERATIONS) as Action['op'];
  const action = parsers[op](tokens, scope, op);
  let fails: string | undefined;
  if (tokens.accept('fails')) fails = tokens.choice('the name of an error', Object.keys(ERRNO));
  tokens.end(
    action.op === 'mmap' ? [...MMAP_TAIL, 'fails'] : action.op === 'mremap' ? [...MREMAP_TAIL, 'fails'] : ['fails'],
  );
  return fails === undefined ? { action } : { action, fails };
}

type Parser = (tokens: Tokens, scope: Scope, op: Action['op']) => Action;
const MMAP_TAIL = ['offset', 'fixed', 'populate', 'growsdown', 'adjacent', 'before'];
const MREMAP_TAIL = ['to', 'pages', 'dontunmap'];

const withRange: Parser = (tokens, scope, op) => {
  const region = knownRegion(tokens, scope);
  return { op: op as 'munmap' | 'mlock' | 'munlock', region, ...optionalRange(tokens) };
};

const access: Parser = (tokens, scope, op) => {
  const region = knownRegion(tokens, scope);
  return {
    op: op as 'write' | 'read' | FolioOp,
    region,
    pages: pageList(tokens, scope.pagesOf(region), scope.mostOf(region)),
  };
};

const newProcess: Parser = (tokens, scope, op) => {
  const at = tokens.position();
  const child = tokens.take("the child's name");
  if (!NAME.test(child) || ['mark', 'exit', 'repeat', 'quiesce', 'check', 'concurrently', 'fail'].includes(child)) {
    throw errorAt(at, `${quoted(child)} cannot name a process; expected a letter, then letters, digits or _`);
  }
  if (scope.processes().includes(child)) throw errorAt(at, `process ${child} is alive already`);
  return { op: op as 'fork' | 'vfork' | 'clone', child };
};

const bare: Parser = (_tokens, _scope, op) => ({ op: op as 'exec' | 'exit' });

const parsers: Record<Action['op'], Parser> = {
  mmap: parseMmap,
  brk: (tokens) => {
    const at = tokens.position();
    const { region, page } = parsePlace(tokens, 'a region');
    if (page !== 0) throw errorAt(at, 'a heap starts where its region does: give the region alone');
    return { op: 'brk', region, pages: tokens.number('the number of pages up to its end', 0, LIMITS.regionPages) };
  },
  munmap: withRange,
  mlock: withRange,
  munlock: withRange,
  mprotect: (tokens, scope) => {
    const region = knownRegion(tokens, scope);
    const range = optionalRange(tokens);
    return { op: 'mprotect', region, ...range, prot: tokens.choice('a protection', Object.keys(PROT)) };
  },
  madvise: (tokens, scope) => {
    const region = knownRegion(tokens, scope);
    const range = optionalRange(tokens);
    return { op: 'madvise', region, ...range, advice: tokens.choice('an advice', Object.keys(ADVICE)) };
  },
  mremap: parseMremap,
  write: access,
  read: access,
  walk: (tokens, scope) => {
    const region = knownRegion(tokens, scope);
    return { op: 'walk', region, page: tokens.number('a page of the region', 0, scope.mostOf(region) - 1) };
  },
  migrate: access,
  'migrate-begin': access,
  reclaim: access,
  swapout: access,
  split: access,
  referenced: access,
  'page-idle': access,
  poison: access,
  'uffd-move': parseUffd,
  'uffd-copy': parseUffd,
  fork: newProcess,
  vfork: newProcess,
  clone: newProcess,
  exec: bare,
  exit: bare,
};

function parseMmap(tokens: Tokens, scope: Scope): Action {
  const at = tokens.position();
  const place = parsePlace(tokens, 'a region');
  const pages = tokens.number(PAGES, 1, LIMITS.regionPages - place.page);
  const prot = tokens.choice('a protection', Object.keys(PROT));
  const share = tokens.choice('private or shared', ['private', 'shared']) as 'private' | 'shared';
  const kind = tokens.choice('what is mapped', ['anon', 'devzero', 'file', 'tmpfs']) as Source['kind'];
  const source: Source = kind === 'file' || kind === 'tmpfs' ? { kind, name: fileName(tokens, scope, kind) } : { kind };
  let offset = 0;
  const flags = new Set<MapFlag>();
  let beside: { side: 'after' | 'before'; region: string } | undefined;
  for (;;) {
    if (tokens.accept('offset')) {
      if (kind === 'anon') throw errorAt(tokens.position(1), 'anonymous memory has no offset');
      offset = tokens.number('a page of the file', 0, LIMITS.regionPages);
    } else if (tokens.accept('fixed')) flags.add('fixed');
    else if (tokens.accept('populate')) flags.add('populate');
    else if (tokens.accept('growsdown')) flags.add('growsdown');
    else if (tokens.peek() === 'adjacent' || tokens.peek() === 'before') {
      const side = tokens.take('') === 'before' ? 'before' : 'after';
      if (side === 'after') tokens.choice('to', ['to']);
      const region = knownRegion(tokens, scope);
      if (scope.regions().includes(place.region)) {
        throw errorAt(at, `region ${place.region} has its place already: give its page, as in ${place.region}+4`);
      }
      beside = { side, region };
    } else break;
  }
  const ordered = (['fixed', 'populate', 'growsdown'] as const).filter((flag) => flags.has(flag));
  return { op: 'mmap', place, pages, prot, share, source, offset, flags: ordered, ...(beside && { beside }) };
}

function parseMremap(tokens: Tokens, scope: Scope): Action {
  const region = knownRegion(tokens, scope);
  const range = optionalRange(tokens);
  const end = tokens.position();
  let to: Place | undefined;
  let pages: number | undefined;
  let dontunmap = false;
  for (;;) {
    if (tokens.accept('to')) to = parsePlace(tokens, 'the region to move to');
    else if (tokens.accept('pages')) pages = tokens.number(PAGES, 1, LIMITS.regionPages);
    else if (tokens.accept('dontunmap')) dontunmap = true;
    else break;
  }
  if (to === undefined && pages === undefined)
    throw errorAt(end, 'expected "to" and a region, or "pages" and the new size');
  if (to === undefined && dontunmap) throw errorAt(end, 'dontunmap needs "to" and a region');
  return { op: 'mremap', region, ...range, ...(to && { to }), ...(pages !== undefined && { pages }), dontunmap };
}

function parseUffd(tokens: Tokens, scope: Scope, op: Action['op']): Action {
  const region = knownRegion(tokens, scope);
  const range = optionalRange(tokens);
  tokens.choice('to', ['to']);
  const at = tokens.position();
  const to = parsePlace(tokens, 'the region to fill');
  if (!scope.regions().includes(to.region))
    throw errorAt(at, `unknown region ${quoted(to.region)}${suggestion(to.region, scope.regions())}`);
  return { op: op as 'uffd-move' | 'uffd-copy', region, ...range, to };
}

function fileName(tokens: Tokens, scope: Scope, kind: 'file' | 'tmpfs'): string {
  const at = tokens.position();
  const name = tokens.take("a file's name");
  const known = scope.files(kind);
  if (!known.includes(name)) {
    const declare = `${kind === 'file' ? 'ext4' : 'tmpfs'} file ${quoted(name)} is not declared under "files"`;
    throw errorAt(at, `${declare}${known.length > 0 ? suggestion(name, known) : ''}`);
  }
  return name;
}

/** `A` or `A+3`. */
function parsePlace(tokens: Tokens, expected: string): Place {
  const at = tokens.position();
  const word = tokens.take(expected);
  const match = /^([^+]*)(?:\+(.*))?$/.exec(word);
  const region = match?.[1] ?? '';
  if (!NAME.test(region))
    throw errorAt(at, `${quoted(word)} cannot name a region; expected a name or a name and page, as in A+4`);
  const page = match?.[2];
  const inWord = { ...at, column: at.column + region.length + 1 };
  return { region, page: page === undefined ? 0 : numberAt(inWord, page, 'a page', 0, LIMITS.regionPages - 1) };
}

function knownRegion(tokens: Tokens, scope: Scope): string {
  const at = tokens.position();
  const region = tokens.take('a region');
  const known = scope.regions();
  if (!known.includes(region)) {
    const none = known.length === 0 ? ': nothing is mapped yet' : suggestion(region, known);
    throw errorAt(at, `unknown region ${quoted(region)}${none}`);
  }
  return region;
}

/** `FIRST COUNT`, or nothing. */
function optionalRange(tokens: Tokens): { range?: PageRange } {
  if (!tokens.nextIsNumber()) return {};
  const first = tokens.number('the first page', 0, LIMITS.regionPages - 1);
  return { range: { first, count: tokens.number(PAGES, 1, LIMITS.regionPages - first) } };
}

/** "the region has the pages 0-7" */
function held(pages: number): string {
  return pages > 1 ? `the region has the pages 0-${pages - 1}` : 'the region has page 0 alone';
}

/** `0-7,9,12-13`; nothing means the whole region. */
function pageList(tokens: Tokens, whole: number, most: number): PageRange[] {
  const next = tokens.peek();
  if (next === undefined || next === 'fails') return [{ first: 0, count: whole }];
  const at = tokens.position();
  const word = tokens.take('pages');
  const ranges: PageRange[] = [];
  let column = at.column;
  for (const part of word.split(',')) {
    const ends = part.split('-');
    const here = { ...at, column };
    if (ends.length > 2) throw errorAt(here, `expected pages such as 0-7,9, not ${quoted(part)}`);
    const first = numberAt(here, ends[0] ?? '', 'pages such as 0-7,9', 0, LIMITS.regionPages - 1);
    const last =
      ends[1] === undefined ? first : numberAt(here, ends[1], 'the last page', first, LIMITS.regionPages - 1);
    // What must fail may reach for what was never there.
    if (last >= most && tokens.peek() !== 'fails') throw errorAt(here, `page ${last} was never mapped: ${held(most)}`);
    ranges.push({ first, count: last - first + 1 });
    column += part.length + 1;
  }
  return ranges;
}
