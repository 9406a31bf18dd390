// SPDX-License-Identifier: GPL-2.0-or-later
// One YAML file of rules, with the lines of what it says.

import { readFile, stat } from 'node:fs/promises';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { limits } from './limits.ts';

export interface RuleProblem {
  file: string;
  /** From 1. */
  line: number;
  message: string;
}

export class RuleSource {
  readonly file: string;
  private readonly document: Document;
  private readonly lines: LineCounter;

  private constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.document = document;
    this.lines = lines;
  }

  /** Reads a file; a problem where it is too large or no YAML. */
  static async read(file: string): Promise<RuleSource | RuleProblem> {
    const { size } = await stat(file);
    if (size > limits.ruleBytesMax) return { file, line: 1, message: `larger than ${limits.ruleBytesMax} bytes` };
    const lines = new LineCounter();
    const document = parseDocument(await readFile(file, 'utf8'), { lineCounter: lines });
    const error = document.errors[0];
    if (error === undefined) return new RuleSource(file, document, lines);
    const [first = ''] = error.message.split('\n');
    return { file, line: lines.linePos(error.pos[0]).line, message: first.replace(/ at line.*$/, '') };
  }

  /** The line of the deepest part of a path that is there. */
  lineOf(path: readonly PropertyKey[]): number {
    for (let depth = path.length; depth > 0; depth--) {
      const node = this.document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return this.lines.linePos(node.range[0]).line;
    }
    return 1;
  }

  has(key: string): boolean {
    return this.document.has(key);
  }

  problem(path: readonly PropertyKey[], message: string): RuleProblem {
    return { file: this.file, line: this.lineOf(path), message };
  }

  /** What the file says, or everything that is wrong with it. */
  check<S extends z.ZodType>(schema: S): { value: z.infer<S> } | { problems: RuleProblem[] } {
    const read = schema.safeParse(this.document.toJS({ maxAliasCount: 0 }));
    if (read.success) return { value: read.data };
    const problems = read.error.issues.flatMap((issue) => {
      const { path } = issue;
      if (issue.code === 'unrecognized_keys')
        return issue.keys.map((key) => this.problem([...path, key], `unknown key "${key}"`));
      const at = path.map(String).join('.');
      return [this.problem(path, `${at === '' ? '' : `${at}: `}${issue.message}`)];
    });
    return { problems };
  }
}
