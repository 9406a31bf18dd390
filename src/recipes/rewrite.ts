// SPDX-License-Identifier: GPL-2.0-or-later
// What an edit does to statements, before it is known whether as a patch or as a dormant control.
import type { Statement } from './statements.ts';

/** A range of the source and what comes in its place. Offsets in characters, end exclusive. */
export interface Change {
  start: number;
  end: number;
  text: string;
}

export type Rewrite =
  /** The statement goes. */
  | { kind: 'remove'; statement: Statement; comment?: boolean }
  /** Parts of the statement change. */
  | { kind: 'change'; statement: Statement; changes: Change[] }
  /** Text (lines without indentation, "\n" between them) beside the statement. */
  | { kind: 'before' | 'after'; statement: Statement; text: string }
  /** Text at the start of a block, after its declarations. */
  | { kind: 'into'; block: Statement; text: string }
  /** Changes that have no dormant form. */
  | { kind: 'plain'; what: string; changes: Change[] };

/** The source with the changes made. Throws where two of them overlap. */
export function applyChanges(source: string, changes: readonly Change[]): string {
  const ordered = changes
    .map((change, order) => ({ ...change, order }))
    .sort((a, b) => a.start - b.start || a.end - b.end || a.order - b.order);
  let out = '';
  let at = 0;
  for (const change of ordered) {
    if (change.start < at) throw new Error('two changes of one edit overlap');
    out += source.slice(at, change.start) + change.text;
    at = change.end;
  }
  return out + source.slice(at);
}

/** Text of a recipe with two leading spaces per tab turned into tabs. A blank line at its end stays one. */
export function kernelIndent(text: string): string {
  return text
    .replace(/\n(\n?)\n*$/, '$1')
    .split('\n')
    .map((line) => {
      const spaces = /^ */.exec(line)?.[0].length ?? 0;
      return '\t'.repeat(spaces >> 1) + line.slice((spaces >> 1) * 2);
    })
    .join('\n');
}
