// SPDX-License-Identifier: GPL-2.0-or-later
// The text of one step -> WorkAction. The words are those of scenarios; numbers may be `{expressions}`, processes and
// regions may carry one, as in `C{i}: write heap{i+1} 0-{pages-1}`. Errors name file, line, column and the nearest word.
import { errorAt, type Position, quoted, suggestion, Tokens } from '../grammar/tokens.ts';
import type { MapFlag, Source } from '../grammar/values.ts';
import { ADVICE, PROT } from '../grammar/words.ts';
import { parseExpr } from './expression.ts';
import type { Expr, Indexed, WorkAction, WorkPlace, WorkRange } from './values.ts';

/** What a step may name. */
export interface KnownNames {
  /** Parameters and the repeat variables around the step. */
  numbers: readonly string[];
  regions: readonly string[];
  processes: Set<string>;
  files: readonly { name: string; kind: 'ext4' | 'tmpfs' }[];
}

export const WORK_OPERATIONS = [
  'mmap',
  'munmap',
  'mprotect',
  'mremap',
  'madvise',
  'mlock',
  'munlock',
  'write',
  'read',
  'fork',
  'exec',
  'exit',
] as const;

/** Parses one action. A child that it forks becomes known. */
export function parseWorkAction(text: string, at: Position, known: KnownNames): WorkAction {
  const tokens = new Tokens(text, at);
  const op = tokens.choice('an operation', WORK_OPERATIONS) as WorkAction['op'];
  const action = new StepParser(tokens, known).action(op);
  tokens.end(op === 'mmap' ? MMAP_TAIL : op === 'mremap' ? MREMAP_TAIL : []);
  return action;
}

/** `P` or `C{i}`. */
export function parseIndexed(word: string, at: Position, numbers: readonly string[]): Indexed {
  const match = /^([A-Za-z][A-Za-z0-9_]{0,31})(?:\{([^{}]*)\})?$/.exec(word);
  const base = match?.[1];
  if (base === undefined) throw errorAt(at, `expected a name such as C or C{i}, not ${quoted(word)}`);
  const index = match?.[2];
  if (index === undefined) return { base };
  return { base, index: parseExpr(index, { ...at, column: at.column + base.length + 1 }, numbers) };
}

const MMAP_TAIL = ['offset', 'fixed', 'populate', 'growsdown'];
const MREMAP_TAIL = ['to', 'pages', 'dontunmap'];

class StepParser {
  readonly #tokens: Tokens;
  readonly #known: KnownNames;

  constructor(tokens: Tokens, known: KnownNames) {
    this.#tokens = tokens;
    this.#known = known;
  }

  action(op: WorkAction['op']): WorkAction {
    const tokens = this.#tokens;
    switch (op) {
      case 'mmap':
        return this.#mmap();
      case 'mremap':
        return this.#mremap();
      case 'munmap':
      case 'mlock':
      case 'munlock':
        return { op, range: this.#range() };
      case 'mprotect':
        return { op, range: this.#range(), prot: tokens.choice('a protection', Object.keys(PROT)) };
      case 'madvise':
        return { op, range: this.#range(), advice: tokens.choice('an advice', Object.keys(ADVICE)) };
      case 'write':
      case 'read':
        return this.#access(op);
      case 'fork': {
        const at = tokens.position();
        const child = parseIndexed(tokens.take("the child's name"), at, this.#known.numbers);
        this.#known.processes.add(child.base);
        return { op, child };
      }
      case 'exec':
      case 'exit':
        return { op };
    }
  }

  #mmap(): WorkAction {
    const tokens = this.#tokens;
    const place = this.#place();
    const pages = this.#number('a number of pages');
    const prot = tokens.choice('a protection', Object.keys(PROT));
    const share = tokens.choice('private or shared', ['private', 'shared']) as 'private' | 'shared';
    const kind = tokens.choice('what is mapped', ['anon', 'devzero', 'file', 'tmpfs']) as Source['kind'];
    const source: Source = kind === 'file' || kind === 'tmpfs' ? { kind, name: this.#file(kind) } : { kind };
    let offset: Expr = 0;
    const flags: MapFlag[] = [];
    for (;;) {
      if (tokens.accept('offset')) offset = this.#number('a page of the file');
      else {
        const flag = (['fixed', 'populate', 'growsdown'] as const).find((word) => tokens.accept(word));
        if (flag === undefined) break;
        flags.push(flag);
      }
    }
    return { op: 'mmap', place, pages, prot, share, source, offset, flags };
  }

  #mremap(): WorkAction {
    const tokens = this.#tokens;
    const range = this.#range();
    const end = tokens.position();
    let to: WorkPlace | undefined;
    let pages: Expr | undefined;
    let dontunmap = false;
    for (;;) {
      if (tokens.accept('to')) to = this.#place();
      else if (tokens.accept('pages')) pages = this.#number('a number of pages');
      else if (tokens.accept('dontunmap')) dontunmap = true;
      else break;
    }
    if (to === undefined && pages === undefined)
      throw errorAt(end, 'expected "to" and a region, or "pages" and the new size');
    return { op: 'mremap', range, dontunmap, ...(to && { to }), ...(pages !== undefined && { pages }) };
  }

  /** `write A 0-3`, `write A {i}`, `write A 0-99 share 30` */
  #access(op: 'write' | 'read'): WorkAction {
    const tokens = this.#tokens;
    const place = this.#place();
    let range: WorkRange = { place };
    const word = tokens.peek();
    if (word !== undefined && word !== 'share') {
      const at = tokens.position();
      const [first = '', last, extra] = splitOutside(tokens.take('pages'), '-');
      if (extra !== undefined) throw errorAt(at, `expected pages such as 0-7, not ${quoted(word)}`);
      const from = this.#numberIn(first, at, 'a page');
      const count: Expr =
        last === undefined
          ? 1
          : {
              op: '+',
              left: {
                op: '-',
                left: this.#numberIn(last, { ...at, column: at.column + first.length + 1 }, 'the last page'),
                right: from,
              },
              right: 1,
            };
      range = { place: { ...place, page: { op: '+', left: place.page, right: from } }, count };
    }
    const percent = tokens.accept('share') ? this.#number('a percentage') : undefined;
    return { op, range, ...(percent !== undefined && { percent }) };
  }

  /** `A`, `A+2`, `A{i}+{k}` and then `FIRST COUNT` or nothing. */
  #range(): WorkRange {
    const place = this.#place();
    if (!/^[\d{]/.test(this.#tokens.peek() ?? '')) return { place };
    const first = this.#number('the first page');
    const count = this.#number('a number of pages');
    return { place: { ...place, page: { op: '+', left: place.page, right: first } }, count };
  }

  #place(): WorkPlace {
    const at = this.#tokens.position();
    const word = this.#tokens.take('a region');
    const [name = '', page, extra] = splitOutside(word, '+');
    if (extra !== undefined) throw errorAt(at, `expected a place such as A{i}+2, not ${quoted(word)}`);
    const region = parseIndexed(name, at, this.#known.numbers);
    if (!this.#known.regions.includes(region.base))
      throw errorAt(at, `unknown region ${quoted(region.base)}${suggestion(region.base, this.#known.regions)}`);
    const pageAt = { ...at, column: at.column + name.length + 1 };
    return { region, page: page === undefined ? 0 : this.#numberIn(page, pageAt, 'a page') };
  }

  #number(expected: string): Expr {
    const at = this.#tokens.position();
    return this.#numberIn(this.#tokens.take(expected), at, expected);
  }

  #numberIn(word: string, at: Position, expected: string): Expr {
    if (/^\d{1,9}$/.test(word)) return Number(word);
    const inner = /^\{([^{}]*)\}$/.exec(word)?.[1];
    if (inner === undefined)
      throw errorAt(at, `expected ${expected}: a number or {an expression}, not ${quoted(word)}`);
    return parseExpr(inner, { ...at, column: at.column + 1 }, this.#known.numbers);
  }

  #file(kind: 'file' | 'tmpfs'): string {
    const at = this.#tokens.position();
    const name = this.#tokens.take("a file's name");
    const declared = kind === 'file' ? 'ext4' : 'tmpfs';
    const names = this.#known.files.filter((file) => file.kind === declared).map((file) => file.name);
    if (!names.includes(name)) {
      const near = names.length > 0 ? suggestion(name, names) : '';
      throw errorAt(at, `${declared} file ${quoted(name)} is not declared under "files"${near}`);
    }
    return name;
  }
}

/** Splits at a sign that stands outside of braces. */
function splitOutside(word: string, sign: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of word) {
    if (letter === '{') depth++;
    if (letter === '}') depth--;
    if (letter === sign && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts;
}
