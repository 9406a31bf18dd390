// SPDX-License-Identifier: GPL-2.0-or-later
// A C source -> the definitions of a function or struct in it.
import { RecipeError } from './errors.ts';
import { closing, lex, type Token } from './lex.ts';
import { readBody, type Statement } from './statements.ts';

export interface FunctionText {
  name: string;
  /** Offset where its own lines begin: its comment, if one stands directly above, else its declaration. */
  start: number;
  /** Offset after its closing brace. */
  end: number;
  body: Statement;
}

const SYSCALL = /^(COMPAT_)?SYSCALL_DEFINE\d$/;

/** Indices of the tokens outside all braces; the branches of #if are read as alternatives. */
function* topLevel(tokens: readonly Token[]): Generator<number> {
  const saved: number[] = [];
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token.kind === 'directive') {
      if (/^#\s*if/.test(token.text)) saved.push(depth);
      else if (/^#\s*el/.test(token.text)) depth = saved.at(-1) ?? depth;
      else if (/^#\s*endif/.test(token.text)) saved.pop();
    } else if (token.text === '{') depth++;
    else if (token.text === '}') depth = Math.max(0, depth - 1);
    else if (depth === 0) yield i;
  }
}

/** Index of the "{" of a definition whose "(" is at `open`; -1 where it is a declaration or a call. */
function bodyOf(tokens: readonly Token[], open: number): number {
  let i = closing(tokens, open);
  if (i < 0) return -1;
  // Attributes may follow the parameters: __must_hold(x), __ref.
  for (i++; tokens[i]?.kind === 'word' || tokens[i]?.text === '('; i++)
    if (tokens[i]?.text === '(') {
      i = closing(tokens, i);
      if (i < 0) return -1;
    }
  return tokens[i]?.text === '{' ? i : -1;
}

/** Offset of the line on which the definition begins, its comment directly above included. */
function definitionStart(source: string, tokens: readonly Token[], name: number): number {
  let first = name;
  while (first > 0) {
    const before = tokens[first - 1] as Token;
    if (before.kind === 'directive' || before.text === ';' || before.text === '}') break;
    // A macro call without ";" may stand above: a blank line or a comment ends the declaration, too.
    if (/\n[ \t]*\n|\*\//.test(source.slice(before.end, (tokens[first] as Token).start))) break;
    first--;
  }
  return attachedStart(source, (tokens[first] as Token).start);
}

/** Offset of the line of `at`, or of the comment that stands directly above that line. */
export function attachedStart(source: string, at: number): number {
  const line = source.lastIndexOf('\n', at - 1) + 1;
  const above = source.slice(0, line);
  if (!/\*\/[ \t]*\n$/.test(above)) return line;
  const open = above.lastIndexOf('/*');
  const commentLine = above.lastIndexOf('\n', open - 1) + 1;
  // Only a comment that has its lines to itself belongs to what follows.
  return above.slice(commentLine, open).trim() === '' ? commentLine : line;
}

/**
 * Every definition of a function in a source; "sys_NAME" finds SYSCALL_DEFINEn(NAME, ...).
 * Out: in file order, empty where there is none. Throws RecipeError for a body that cannot be read.
 */
export function findFunctions(source: string, name: string): FunctionText[] {
  const tokens = lex(source);
  const found: FunctionText[] = [];
  for (const i of topLevel(tokens)) {
    const text = (tokens[i] as Token).text;
    const isIt = text === name || (SYSCALL.test(text) && `sys_${tokens[i + 2]?.text}` === name);
    if (!isIt || tokens[i + 1]?.text !== '(') continue;
    const open = bodyOf(tokens, i + 1);
    if (open < 0) continue;
    const close = closing(tokens, open);
    if (close < 0) throw new RecipeError(`${name}(): the body is never closed`);
    try {
      const body = readBody(tokens.slice(open, close + 1));
      found.push({ name, start: definitionStart(source, tokens, i), end: (tokens[close] as Token).end, body });
    } catch (error) {
      if (error instanceof RecipeError) throw new RecipeError(`${name}(): ${error.message}`);
      throw error;
    }
  }
  return found;
}

/** Offset of the closing brace of `struct NAME { }`. Throws RecipeError unless there is exactly one. */
export function structEnd(source: string, name: string): number {
  const tokens = lex(source);
  const ends: number[] = [];
  for (const i of topLevel(tokens)) {
    if (tokens[i]?.text !== 'struct' || tokens[i + 1]?.text !== name || tokens[i + 2]?.text !== '{') continue;
    const close = closing(tokens, i + 2);
    if (close >= 0) ends.push((tokens[close] as Token).start);
  }
  if (ends.length !== 1) throw new RecipeError(`struct ${name} is defined ${ends.length} times, not once`);
  return ends[0] as number;
}
