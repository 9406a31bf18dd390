// SPDX-License-Identifier: GPL-2.0-or-later
// C text -> tokens with their places. Comments, white space and line continuations are no tokens; the tokens of
// preprocessor directives know their directive. Never fails: a broken literal ends at its line, a broken comment at the end.

export type TokenKind = 'word' | 'number' | 'literal' | 'punctuation';

export interface Token {
  kind: TokenKind;
  text: string;
  /** Offset of the first character, and of the one behind the last. */
  start: number;
  end: number;
  /** From 1. */
  line: number;
  /** Index into Tokens.directives, or -1 outside of directives. */
  directive: number;
}

export interface Directive {
  /** "define", "ifdef", ...; empty for a lone "#". */
  keyword: string;
  start: number;
  end: number;
  startLine: number;
  endLine: number;
  /** Index of its "#" token and of the token behind its last. */
  first: number;
  behind: number;
}

export interface Tokens {
  source: string;
  tokens: Token[];
  directives: Directive[];
  /** Number of lines, from 1. */
  lines: number;
}

const WORD = /[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER = /\.?\d(?:[eEpP][+-]|[\w.'])*/y;
const LONG_PUNCTUATION = /<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|##/y;

/** Splits C text into tokens. Linear in its length. */
export function tokenize(source: string): Tokens {
  const tokens: Token[] = [];
  const directives: Directive[] = [];
  const length = source.length;
  let at = 0;
  let line = 1;
  let lineHasToken = false;
  let open: Directive | undefined;

  const push = (kind: TokenKind, end: number): void => {
    const directive = open === undefined ? -1 : directives.length - 1;
    tokens.push({ kind, text: source.slice(at, end), start: at, end, line, directive });
    lineHasToken = true;
    at = end;
  };
  const close = (): void => {
    if (open === undefined) return;
    open.end = at;
    open.endLine = line;
    open.behind = tokens.length;
    open.keyword = tokens[open.first + 1]?.text ?? '';
    open = undefined;
  };

  while (at < length) {
    const char = source[at] as string;
    if (char === '\n') {
      close();
      at += 1;
      line += 1;
      lineHasToken = false;
    } else if (char === ' ' || char === '\t' || char === '\r' || char === '\f' || char === '\v') {
      at += 1;
    } else if (char === '\\' && continuation(source, at) > 0) {
      at += continuation(source, at);
      line += 1;
    } else if (char === '/' && source[at + 1] === '/') {
      const end = source.indexOf('\n', at);
      at = end === -1 ? length : end;
    } else if (char === '/' && source[at + 1] === '*') {
      const end = source.indexOf('*/', at + 2);
      const behind = end === -1 ? length : end + 2;
      for (let i = source.indexOf('\n', at); i !== -1 && i < behind; i = source.indexOf('\n', i + 1)) line += 1;
      at = behind;
    } else if (char === '#' && !lineHasToken && open === undefined) {
      open = { keyword: '', start: at, end: at, startLine: line, endLine: line, first: tokens.length, behind: 0 };
      directives.push(open);
      push('punctuation', at + 1);
    } else if (char === '"' || char === "'") {
      push('literal', literalEnd(source, at, char));
    } else {
      other();
    }
  }
  close();
  return { source, tokens, directives, lines: line };

  function other(): void {
    WORD.lastIndex = at;
    NUMBER.lastIndex = at;
    LONG_PUNCTUATION.lastIndex = at;
    if (WORD.test(source)) push('word', WORD.lastIndex);
    else if (NUMBER.test(source)) push('number', NUMBER.lastIndex);
    else push('punctuation', LONG_PUNCTUATION.test(source) ? LONG_PUNCTUATION.lastIndex : at + 1);
  }
}

/** Length of a backslash and line end at this offset; 0 where there is none. */
function continuation(source: string, at: number): number {
  if (source[at + 1] === '\n') return 2;
  return source[at + 1] === '\r' && source[at + 2] === '\n' ? 3 : 0;
}

function literalEnd(source: string, at: number, quote: string): number {
  let end = at + 1;
  while (end < source.length) {
    const char = source[end];
    if (char === '\n') return end;
    if (char === '\\' && source[end + 1] !== '\n') end += 2;
    else if (char === quote) return end + 1;
    else end += 1;
  }
  return Math.min(end, source.length);
}

/** Each line's tokens as one string, index 0 being line 1; empty for blank and comment lines. */
export function tokenLines(tokens: Tokens): string[] {
  const lines = new Array<string>(tokens.lines).fill('');
  for (const token of tokens.tokens) {
    const index = token.line - 1;
    lines[index] = lines[index] === '' ? token.text : `${lines[index]} ${token.text}`;
  }
  return lines;
}

/** Index of the first token at or behind an offset. */
export function firstTokenAt(tokens: readonly Token[], start: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tokens[middle] as Token).start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
