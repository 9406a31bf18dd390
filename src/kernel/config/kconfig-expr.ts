// SPDX-License-Identifier: GPL-2.0-or-later
// Kconfig's tokens and expressions. In: one logical line. Out: tokens; Expr values.
// Precedence by Documentation/kbuild/kconfig-language.rst: comparisons, "!", "&&", "||".
import { InputError } from '../../errors.ts';
import { KCONFIG_NESTING_MAX } from './limits.ts';
import type { Expr, Place } from './values.ts';

export interface Token {
  kind: 'word' | 'string' | 'operator';
  text: string;
}

const TOKEN = /\s+|(&&|\|\||!=|<=|>=|[=<>!()])|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([A-Za-z0-9_/.+-]+)|#.*$/y;

/** Cuts a line, macros already expanded, into tokens. InputError on a character kconfig does not know. */
export function tokenize(line: string, place: Place): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < line.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(line);
    if (match === null) throw syntax(place, `unexpected ${JSON.stringify(line[at])}`);
    const [, operator, double, single, word] = match;
    if (operator !== undefined) tokens.push({ kind: 'operator', text: operator });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (double !== undefined || single !== undefined)
      tokens.push({ kind: 'string', text: (double ?? single ?? '').replace(/\\(.)/g, '$1') });
  }
  return tokens;
}

/** The error for text that is not Kconfig. */
export function syntax(place: Place, what: string): InputError {
  return new InputError(`${place.file}:${place.line}: Kconfig: ${what}`);
}

/** Walks over the tokens of one line. */
export class TokenCursor {
  private at = 0;
  private readonly tokens: Token[];
  private readonly place: Place;
  constructor(tokens: Token[], place: Place) {
    this.tokens = tokens;
    this.place = place;
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  peek(): Token | undefined {
    return this.tokens[this.at];
  }

  /** Takes the next token if it is this bare word or operator. */
  take(text: string): boolean {
    const token = this.tokens[this.at];
    if (token === undefined || token.kind === 'string' || token.text !== text) return false;
    this.at++;
    return true;
  }

  word(what: string): string {
    const token = this.tokens[this.at++];
    if (token?.kind !== 'word') throw syntax(this.place, `expected ${what}`);
    return token.text;
  }

  string(what: string): string {
    const token = this.tokens[this.at++];
    if (token === undefined || token.kind === 'operator') throw syntax(this.place, `expected ${what}`);
    return token.text;
  }

  end(): void {
    const token = this.tokens[this.at];
    if (token !== undefined) throw syntax(this.place, `unexpected ${JSON.stringify(token.text)}`);
  }

  /** `if EXPR` at the end of a line, if there is one. */
  condition(): Expr | undefined {
    if (!this.take('if')) return undefined;
    return this.expression();
  }

  expression(depth = 0): Expr {
    const of = [this.conjunction(depth)];
    while (this.take('||')) of.push(this.conjunction(depth));
    return of.length === 1 && of[0] !== undefined ? of[0] : { op: 'or', of };
  }

  private conjunction(depth: number): Expr {
    const of = [this.factor(depth)];
    while (this.take('&&')) of.push(this.factor(depth));
    return of.length === 1 && of[0] !== undefined ? of[0] : { op: 'and', of };
  }

  private factor(depth: number): Expr {
    if (depth > KCONFIG_NESTING_MAX) throw syntax(this.place, 'expression nested too deeply');
    if (this.take('!')) return { op: 'not', of: this.factor(depth + 1) };
    if (this.take('(')) {
      const inner = this.expression(depth + 1);
      if (!this.take(')')) throw syntax(this.place, 'expected ")"');
      return inner;
    }
    const left = this.operand();
    for (const op of ['=', '!=', '<', '<=', '>', '>='] as const) {
      if (this.take(op)) return { op, left, right: this.operand() };
    }
    return left;
  }

  operand(): Expr {
    const token = this.tokens[this.at++];
    if (token === undefined || token.kind === 'operator') throw syntax(this.place, 'expected a symbol or a constant');
    return token.kind === 'string' ? { op: 'constant', value: token.text } : { op: 'symbol', name: token.text };
  }
}

/** Parses a whole text as one expression, for claims and tests. */
export function parseExpression(text: string, place: Place): Expr {
  const cursor = new TokenCursor(tokenize(text, place), place);
  const expr = cursor.expression();
  cursor.end();
  return expr;
}

/** Names of all symbols in an expression; constants such as y, n, m and numbers left out. */
export function* symbolsOf(expr: Expr): Generator<string> {
  const stack = [expr];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.op === 'symbol') {
      if (!isConstantName(next.name)) yield next.name;
    } else if (next.op === 'not') stack.push(next.of);
    else if (next.op === 'and' || next.op === 'or') {
      for (const part of next.of) stack.push(part);
    } else if ('left' in next) stack.push(next.right, next.left);
  }
}

/** y, n, m and numbers are constants though written without quotes. */
export function isConstantName(name: string): boolean {
  return /^(?:[ynm]|-?\d+|0[xX][0-9a-fA-F]+)$/.test(name);
}
