// SPDX-License-Identifier: GPL-2.0-or-later
// A YAML file, checked against a schema, with the position of each value. Errors: InputError "FILE:LINE:COLUMN: ...".
import { type Document, isNode, isPair, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { errorAt, type Position, quoted, suggestion } from '../grammar/tokens.ts';

export type Path = readonly PropertyKey[];

export class CheckedDocument {
  readonly #document: Document;
  readonly #lines = new LineCounter();
  readonly #file: string;
  readonly #text: string;

  constructor(text: string, file: string) {
    this.#file = file;
    this.#text = text;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const error = this.#document.errors[0];
    if (error !== undefined) throw errorAt(this.#at(error.pos[0]), error.message.split('\n')[0] ?? 'not YAML');
    visit(this.#document, {
      Alias: (_, node) => {
        throw errorAt(this.#at(node.range?.[0] ?? 0), 'aliases are not part of the grammar');
      },
    });
  }

  /** The whole document, or the error of the first thing that does not fit. `keys`: what an unknown key may have meant. */
  read<S extends z.ZodType>(schema: S, keys: (path: Path) => readonly string[]): z.infer<S> {
    const read = schema.safeParse(this.#document.toJS({ maxAliasCount: 0 }));
    if (read.success) return read.data;
    const issue = read.error.issues[0];
    if (issue?.code === 'unrecognized_keys') {
      const key = issue.keys[0] ?? '';
      throw errorAt(
        this.keyPosition(issue.path, key),
        `unknown key ${quoted(key)}${suggestion(key, keys(issue.path))}`,
      );
    }
    throw errorAt(this.position(issue?.path ?? []), issue?.message ?? 'unreadable');
  }

  /** Where a value stands; a value that is missing has the place of what should hold it. */
  position(path: Path): Position {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = depth === 0 ? this.#document.contents : this.#document.getIn(path.slice(0, depth), true);
      if (!isNode(node) || !node.range) continue;
      const at = this.#at(node.range[0]);
      const quote = this.#text[node.range[0]];
      return depth === path.length && (quote === '"' || quote === "'") ? { ...at, column: at.column + 1 } : at;
    }
    return this.#at(0);
  }

  /** Where a key of a mapping stands. */
  keyPosition(path: Path, key: string): Position {
    const map = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    const items: unknown[] = (map as { items?: unknown[] } | null)?.items ?? [];
    for (const pair of items) {
      if (!isPair(pair) || !isNode(pair.key) || String(pair.key) !== key || !pair.key.range) continue;
      return this.#at(pair.key.range[0]);
    }
    return this.position(path);
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}
