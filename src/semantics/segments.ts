// SPDX-License-Identifier: GPL-2.0-or-later
// The pieces of a C file at its outermost level, from brackets alone: function definitions, type bodies, macro
// invocations, everything else. The parser's tree is held against this list, so that neither can lose a function.

import type { Token } from './tokens.ts';
import { builtinTypes, isShouted, keywords, storage } from './words.ts';

export interface Segment {
  kind: 'function' | 'type' | 'invocation' | 'other';
  /** Of a function, or of a function-like macro that defines one: see `macro`. */
  name?: string;
  /** Index of the name's token. */
  nameAt?: number;
  /** The macro that heads the definition: SYSCALL_DEFINE3 and the like. */
  macro?: string;
  /** First and last token, both included. */
  first: number;
  last: number;
  /** Of functions: the brace that opens the body. */
  open?: number;
}

/** Brackets and their partners, by index of their tokens. */
export class Pairs {
  private readonly partners: Int32Array;

  constructor(tokens: number) {
    this.partners = new Int32Array(tokens).fill(-1);
  }

  /** The partner of a bracket; undefined for all else. */
  get(at: number): number | undefined {
    const partner = this.partners[at] ?? -1;
    return partner < 0 ? undefined : partner;
  }

  join(open: number, close: number): void {
    this.partners[open] = close;
    this.partners[close] = open;
  }
}

const OPENERS: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };

/** Each bracket with its partner; a string says where they are unbalanced or too deep. */
export function pairBrackets(tokens: readonly Token[], nestingMax: number): Pairs | string {
  const pairs = new Pairs(tokens.length);
  const stack: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token.kind !== 'punctuation') continue;
    const { text } = token;
    if (text === '(' || text === '{' || text === '[') {
      stack.push(i);
      if (stack.length > nestingMax) return `brackets nested deeper than ${nestingMax} at line ${token.line}`;
    } else if (text === ')' || text === '}' || text === ']') {
      const partner = stack.pop();
      if (partner === undefined || tokens[partner]?.text !== OPENERS[text])
        return `"${text}" at line ${token.line} closes nothing`;
      pairs.join(partner, i);
    }
  }
  const left = stack.at(-1);
  return left === undefined ? pairs : `"${tokens[left]?.text}" at line ${tokens[left]?.line} is never closed`;
}

/** Cuts visible tokens (annotations dropped, brackets paired) into outermost segments. */
export function segments(tokens: readonly Token[], pairs: Pairs): Segment[] {
  const found: Segment[] = [];
  let first = 0;
  let assigned = false;
  const close = (segment: Omit<Segment, 'first'>): void => {
    found.push({ first, ...segment });
    first = segment.last + 1;
    assigned = false;
  };
  for (let i = 0; i < tokens.length; i++) {
    const text = tokens[i]?.text;
    if (text === '(' || text === '[') {
      const behind = pairs.get(i) ?? i;
      if (text === '(' && i === first + 1 && standsAlone(tokens, first, behind)) {
        close({ kind: 'invocation', name: tokens[first]?.text ?? '', last: behind });
      }
      i = behind;
    } else if (text === '=') {
      assigned = true;
    } else if (text === ';') {
      close({ kind: isInvocation(tokens, first, i) ? 'invocation' : 'other', last: i });
    } else if (text === '{') {
      const end = pairs.get(i) ?? i;
      const head = assigned ? undefined : functionHead(tokens, pairs, first, i);
      if (head !== undefined) close({ kind: 'function', ...head, open: i, last: end });
      i = end;
    }
  }
  if (first < tokens.length) found.push({ kind: 'other', first, last: tokens.length - 1 });
  return found;
}

/** WORD(...) at the start of a segment with neither ";", "=" nor "{" behind it: a macro that ends there. */
function standsAlone(tokens: readonly Token[], first: number, close: number): boolean {
  const next = tokens[close + 1];
  if (tokens[first]?.kind !== 'word') return false;
  return next === undefined || (next.kind === 'word' && !keywords.has(next.text));
}

/** [static] SHOUTED(...) up to ";" or "=": a macro that declares something. */
function isInvocation(tokens: readonly Token[], first: number, last: number): boolean {
  let at = first;
  while (storage.has(tokens[at]?.text ?? '')) at += 1;
  const word = tokens[at];
  if (word === undefined || at + 1 > last || tokens[at + 1]?.text !== '(') return false;
  return at === first || isShouted(word.text);
}

function functionHead(
  tokens: readonly Token[],
  pairs: Pairs,
  first: number,
  open: number,
): Pick<Segment, 'name' | 'nameAt' | 'macro'> | undefined {
  const heads: { at: number; typed: boolean }[] = [];
  let typed = false;
  for (let i = first; i < open; i++) {
    const token = tokens[i] as Token;
    if (token.text === '(') {
      const word = tokens[i - 1];
      const before = tokens[i - 2]?.text ?? '';
      const isTag = before === 'struct' || before === 'union' || before === 'enum';
      const isName = i > first && word?.kind === 'word' && !keywords.has(word.text) && !builtinTypes.has(word.text);
      if (isFunctionPointer(tokens, i)) heads.push({ at: i + 2, typed: true });
      else if (isName && !isTag) heads.push({ at: i - 1, typed: i - 1 > first && typed });
      i = pairs.get(i) ?? i;
    }
    // The word directly before a bracket is the candidate itself, so it counts only from the next token on.
    if (i > first && tokens[i + 1]?.text === '(') typed = isTypeWord(tokens[i - 1]) || typed;
    else typed = isTypeWord(token) || typed;
  }
  const head = heads.find((candidate) => candidate.typed) ?? heads[0];
  if (head === undefined) return undefined;
  const name = tokens[head.at] as Token;
  if (head.at !== first || !isShouted(name.text)) return { name: name.text, nameAt: head.at };
  const argument = tokens[head.at + 2];
  if (argument?.kind !== 'word') return { name: name.text, nameAt: head.at };
  return { name: argument.text, nameAt: head.at + 2, macro: name.text };
}

/** "(*name(" at an opening bracket: a function that returns a pointer to a function. */
const isFunctionPointer = (tokens: readonly Token[], at: number): boolean =>
  tokens[at + 1]?.text === '*' && tokens[at + 2]?.kind === 'word' && tokens[at + 3]?.text === '(';

function isTypeWord(token: Token | undefined): boolean {
  return token !== undefined && (token.text === '*' || (token.kind === 'word' && !storage.has(token.text)));
}
