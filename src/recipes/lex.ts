// SPDX-License-Identifier: GPL-2.0-or-later
// C text -> tokens with positions. Comments are left out; a preprocessor directive is one token.

export type TokenKind = 'word' | 'number' | 'string' | 'punct' | 'directive';

export interface Token {
  kind: TokenKind;
  text: string;
  /** Offsets in the text, end exclusive. */
  start: number;
  end: number;
}

const LONG = ['<<=', '>>=', '...', '->', '++', '--', '<<', '>>', '<=', '>=', '==', '!=', '&&', '||'].concat([
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '##',
]);

const WORD_START = /[A-Za-z_$]/;
const WORD = /[A-Za-z0-9_$]+/y;
const NUMBER = /[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*/y;

/** End of the comment that starts at `at`, or `at` where none starts there. */
function skipComment(text: string, at: number): number {
  if (text.startsWith('/*', at)) {
    const close = text.indexOf('*/', at + 2);
    return close < 0 ? text.length : close + 2;
  }
  if (text.startsWith('//', at)) {
    const close = text.indexOf('\n', at);
    return close < 0 ? text.length : close;
  }
  return at;
}

function skipQuoted(text: string, at: number): number {
  const quote = text[at];
  let i = at + 1;
  while (i < text.length && text[i] !== quote && text[i] !== '\n') i += text[i] === '\\' ? 2 : 1;
  return Math.min(i + 1, text.length);
}

/** End of the directive that starts at `at`: the newline that is neither continued nor inside a comment. */
function skipDirective(text: string, at: number): number {
  let i = at;
  while (i < text.length && text[i] !== '\n') {
    const comment = skipComment(text, i);
    if (comment > i) i = comment;
    else i += text[i] === '\\' ? 2 : 1;
  }
  return Math.min(i, text.length);
}

/**
 * Tokens of a C text, in order. Never throws: what is not C becomes single-character tokens.
 *
 * In: the text. Out: tokens whose ranges ascend and do not overlap.
 */
export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  let lineStart = true;
  let i = 0;
  const push = (kind: TokenKind, end: number): void => {
    tokens.push({ kind, text: text.slice(i, end), start: i, end });
    i = end;
    lineStart = false;
  };
  while (i < text.length) {
    const c = text[i] as string;
    if (c === '\n') {
      lineStart = true;
      i++;
      continue;
    }
    if (/\s/.test(c) || (c === '\\' && text[i + 1] === '\n')) {
      i++;
      continue;
    }
    const comment = skipComment(text, i);
    if (comment > i) {
      i = comment;
    } else if (c === '#' && lineStart) {
      push('directive', skipDirective(text, i));
    } else if (c === '"' || c === "'") {
      push('string', skipQuoted(text, i));
    } else if (WORD_START.test(c)) {
      WORD.lastIndex = i;
      push('word', i + (WORD.exec(text)?.[0].length ?? 1));
    } else if (/[0-9]/.test(c)) {
      NUMBER.lastIndex = i;
      push('number', i + (NUMBER.exec(text)?.[0].length ?? 1));
    } else {
      const long = LONG.find((p) => text.startsWith(p, i));
      push('punct', i + (long?.length ?? 1));
    }
  }
  return tokens;
}

const OPENERS: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** Index of the token that closes the bracket at `open`; -1 where it is never closed. Directives are ignored. */
export function closing(tokens: readonly Token[], open: number): number {
  const stack: string[] = [];
  for (let i = open; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token.kind !== 'punct') continue;
    const closer = OPENERS[token.text];
    if (closer !== undefined) stack.push(closer);
    else if (token.text === stack.at(-1)) {
      stack.pop();
      if (stack.length === 0) return i;
    } else if (token.text === ')' || token.text === ']' || token.text === '}') return -1;
  }
  return -1;
}

/** Positions (token indices) at which the token sequence of `pattern` starts in `tokens`. */
export function occurrences(tokens: readonly Token[], pattern: readonly string[]): number[] {
  const found: number[] = [];
  if (pattern.length === 0) return found;
  for (let i = 0; i + pattern.length <= tokens.length; i++)
    if (pattern.every((text, k) => tokens[i + k]?.text === text)) found.push(i);
  return found;
}

/** The token texts of a pattern as a recipe writes it. */
export function patternTokens(pattern: string): string[] {
  return lex(pattern).map((token) => token.text);
}
