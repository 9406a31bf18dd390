// SPDX-License-Identifier: GPL-2.0-or-later
// The small part of YAML that scenarios use, each value with its position in the file.
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { errorAt, type Position, quoted } from './tokens.ts';

export type YamlValue = Node | null | undefined;

export interface YamlPair {
  key: string;
  at: Position;
  value: YamlValue;
}

export class Yaml {
  readonly #lines = new LineCounter();
  readonly #file: string;
  readonly #text: string;
  readonly #root: YamlValue;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#text = text;
    const document = parseDocument(text, { lineCounter: this.#lines, schema: 'failsafe', prettyErrors: false });
    const error = document.errors[0];
    if (error !== undefined) throw errorAt(this.#at(error.pos[0]), error.message.split('\n')[0] ?? 'not YAML');
    this.#root = document.contents;
  }

  root(): YamlValue {
    return this.#root;
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  position(node: YamlValue): Position {
    return this.#at(node?.range?.[0] ?? 0);
  }

  isText(node: YamlValue): boolean {
    return isScalar(node);
  }

  /** A mapping's pairs in order. */
  map(node: YamlValue, expected: string): YamlPair[] {
    if (!isMap(node)) throw errorAt(this.position(node), `expected ${expected}`);
    return node.items.map((item) => {
      const key = this.text(item.key as YamlValue, 'a key');
      return { key: key.text, at: key.at, value: item.value as YamlValue };
    });
  }

  list(node: YamlValue, expected: string): YamlValue[] {
    if (!isSeq(node)) throw errorAt(this.position(node), `expected ${expected}`);
    return node.items as YamlValue[];
  }

  /** A scalar on one line, with the position of its first character. */
  text(node: YamlValue, expected: string): { text: string; at: Position } {
    const at = this.position(node);
    if (isAlias(node)) throw errorAt(at, 'aliases are not part of the grammar');
    if (!isScalar(node) || typeof node.value !== 'string' || node.value.trim() === '')
      throw errorAt(at, `expected ${expected}`);
    if (/[\r\n\0]/.test(node.value)) throw errorAt(at, `expected ${expected}, not several lines`);
    const quote = this.#text[node.range?.[0] ?? 0];
    if (quote === '"' || quote === "'") at.column++;
    return { text: node.value, at };
  }

  id(node: YamlValue, pattern: RegExp, expected: string): string {
    const { text, at } = this.text(node, expected);
    if (!pattern.test(text)) throw errorAt(at, `expected ${expected}, not ${quoted(text)}`);
    return text;
  }
}
