// SPDX-License-Identifier: GPL-2.0-or-later
// Small whole-number arithmetic: text -> Expr, Expr -> a function of the variables.
import { errorAt, type Position, quoted, suggestion } from '../grammar/tokens.ts';
import type { Expr } from './values.ts';

const TOKEN = /\s*(?:(\d{1,9})|([A-Za-z]\w{0,31})|([-+*/%()]))/y;
const DEPTH_MAX = 16;

/** Parses an expression; names must be among the known ones. Errors: InputError with position. */
export function parseExpr(text: string, at: Position, known: readonly string[]): Expr {
  return new Parser(text, at, known).whole();
}

class Parser {
  readonly #text: string;
  readonly #at: Position;
  readonly #known: readonly string[];
  #next = 0;

  constructor(text: string, at: Position, known: readonly string[]) {
    this.#text = text;
    this.#at = at;
    this.#known = known;
  }

  whole(): Expr {
    const expr = this.#sum(0);
    if (this.#text.slice(this.#next).trim() !== '') this.#fail('expected + - * / %');
    return expr;
  }

  #fail(expected: string): never {
    const rest = this.#text.slice(this.#next).trim();
    throw errorAt(
      { ...this.#at, column: this.#at.column + this.#next },
      `${expected}${rest === '' ? ' at the end' : `, not ${quoted(rest)}`} of ${quoted(this.#text)}`,
    );
  }

  #take(): RegExpExecArray {
    TOKEN.lastIndex = this.#next;
    const match = TOKEN.exec(this.#text);
    if (match === null) return this.#fail('expected a number, a parameter or a repeat variable');
    this.#next = TOKEN.lastIndex;
    return match;
  }

  #accept(operators: string): Extract<Expr, { op: unknown }>['op'] | undefined {
    const before = this.#next;
    const rest = /^\s*(\S)/.exec(this.#text.slice(this.#next));
    const sign = rest?.[1];
    if (sign === undefined || !operators.includes(sign)) return undefined;
    this.#next = before + (rest?.[0].length ?? 0);
    return sign as Extract<Expr, { op: unknown }>['op'];
  }

  #sum(depth: number): Expr {
    let left = this.#product(depth);
    for (;;) {
      const op = this.#accept('+-');
      if (op === undefined) return left;
      left = { op, left, right: this.#product(depth) };
    }
  }

  #product(depth: number): Expr {
    let left = this.#atom(depth);
    for (;;) {
      const op = this.#accept('*/%');
      if (op === undefined) return left;
      left = { op, left, right: this.#atom(depth) };
    }
  }

  #atom(depth: number): Expr {
    if (depth > DEPTH_MAX) return this.#fail('expected fewer parentheses');
    const start = this.#next;
    const [, digits, name, sign] = this.#take();
    if (digits !== undefined) return Number(digits);
    if (name !== undefined) {
      if (this.#known.includes(name)) return { name };
      const column = this.#at.column + start + (this.#text.slice(start).search(/\S/) || 0);
      throw errorAt({ ...this.#at, column }, `unknown name ${quoted(name)}${suggestion(name, this.#known)}`);
    }
    if (sign !== '(') {
      this.#next = start;
      return this.#fail('expected a number, a parameter or a repeat variable');
    }
    const inner = this.#sum(depth + 1);
    if (this.#accept(')') === undefined) return this.#fail('expected )');
    return inner;
  }
}

/** Values of the names, by slot. */
export type Variables = number[];

/** Makes a function of an expression. `slotOf` gives a name's place in the variables, or its value where that is fixed. */
export function compile(
  expr: Expr,
  slotOf: (name: string) => { slot: number } | { value: number },
): (variables: Variables) => number {
  if (typeof expr === 'number') return () => expr;
  if ('name' in expr) {
    const found = slotOf(expr.name);
    if ('value' in found) return () => found.value;
    const { slot } = found;
    return (variables) => variables[slot] as number;
  }
  const left = compile(expr.left, slotOf);
  const right = compile(expr.right, slotOf);
  switch (expr.op) {
    case '+':
      return (v) => left(v) + right(v);
    case '-':
      return (v) => left(v) - right(v);
    case '*':
      return (v) => left(v) * right(v);
    case '/':
      return (v) => Math.floor(left(v) / right(v));
    case '%':
      return (v) => left(v) % right(v);
  }
}
