// SPDX-License-Identifier: GPL-2.0-or-later
// One line of a step as words with positions, and the errors that name file, line and column.
import { InputError } from '../../errors.ts';
import { nearest } from './words.ts';

/** Where a text stands: lines and columns from 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
}

/** The InputError for a fault at a position of a scenario file. */
export function errorAt(at: Position, message: string): InputError {
  return new InputError(`${at.file}:${at.line}:${at.column}: ${message}`);
}

/** A quoted word for messages, cut if hostile. */
export function quoted(word: string): string {
  return JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}...` : word);
}

/** `; did you mean "x"?` or the list of valid words, whichever helps. */
export function suggestion(word: string, choices: readonly string[]): string {
  const near = nearest(word, choices);
  if (near !== undefined) return `; did you mean ${quoted(near)}?`;
  if (choices.length === 0) return '';
  return `; expected ${choices.length === 1 ? '' : 'one of '}${choices.slice(0, 30).join(', ')}`;
}

/** The words of a step, read from left to right. */
export class Tokens {
  readonly #words: { text: string; column: number }[] = [];
  readonly #start: Position;
  readonly #end: number;
  #next = 0;

  constructor(text: string, start: Position) {
    this.#start = start;
    this.#end = start.column + text.length;
    for (const match of text.matchAll(/\S+/g)) {
      this.#words.push({ text: match[0], column: start.column + match.index });
    }
  }

  /** Position of the next word, or of the line's end. */
  position(back = 0): Position {
    const word = this.#words[this.#next - back];
    return { ...this.#start, column: word?.column ?? this.#end };
  }

  peek(ahead = 0): string | undefined {
    return this.#words[this.#next + ahead]?.text;
  }

  /** The next word, or an error that says what was expected. */
  take(expected: string): string {
    const word = this.#words[this.#next];
    if (word === undefined) throw errorAt(this.position(), `expected ${expected} at the end of the step`);
    this.#next++;
    return word.text;
  }

  /** Takes the next word if it is this one. */
  accept(word: string): boolean {
    if (this.peek() !== word) return false;
    this.#next++;
    return true;
  }

  /** One of the given words. */
  choice(expected: string, choices: readonly string[]): string {
    const at = this.position();
    const word = this.take(expected);
    if (!choices.includes(word)) {
      throw errorAt(at, `expected ${expected}, not ${quoted(word)}${suggestion(word, choices)}`);
    }
    return word;
  }

  /** A whole number from `least` to `most`. */
  number(expected: string, least: number, most: number): number {
    const at = this.position();
    const word = this.take(expected);
    return numberAt(at, word, expected, least, most);
  }

  nextIsNumber(): boolean {
    return /^\d/.test(this.peek() ?? '');
  }

  /** Nothing may follow. */
  end(choices: readonly string[]): void {
    const word = this.peek();
    if (word === undefined) return;
    throw errorAt(this.position(), `unexpected ${quoted(word)} after the step${suggestion(word, choices)}`);
  }
}

/** Reads a whole number within bounds from a word at a position. */
export function numberAt(at: Position, word: string, expected: string, least: number, most: number): number {
  if (!/^(0|[1-9]\d{0,15})$/.test(word)) throw errorAt(at, `expected ${expected}, not ${quoted(word)}`);
  const value = Number(word);
  if (value < least || value > most) {
    throw errorAt(at, `${expected} must lie between ${least} and ${most}, not ${word}`);
  }
  return value;
}
