// SPDX-License-Identifier: GPL-2.0-or-later
// Rewrites -> changes of whole lines, laid out as the kernel's own text is.
import { RecipeError } from './errors.ts';
import { attachedStart } from './functions.ts';
import type { Change, Rewrite } from './rewrite.ts';
import type { Statement } from './statements.ts';

/** Offset of the start of the line that holds `at`. */
export function lineStart(source: string, at: number): number {
  return source.lastIndexOf('\n', at - 1) + 1;
}

/** Offset after the newline that ends the line that holds `at`. */
export function lineEnd(source: string, at: number): number {
  const newline = source.indexOf('\n', at);
  return newline < 0 ? source.length : newline + 1;
}

/** White space at the start of the line that holds `at`. */
export function indentAt(source: string, at: number): string {
  return /^[ \t]*/.exec(source.slice(lineStart(source, at)))?.[0] ?? '';
}

/** The text's lines, each with the indentation; empty lines stay empty. */
export function indented(text: string, indent: string): string {
  return `${text
    .split('\n')
    .map((line) => (line === '' ? '' : indent + line))
    .join('\n')}\n`;
}

/** Whether nothing but white space and comments shares the statement's lines. */
function ownsLines(source: string, statement: Statement): boolean {
  const before = source.slice(lineStart(source, statement.start), statement.start);
  const after = source.slice(statement.end, lineEnd(source, statement.end));
  return before.trim() === '' && /^\s*(\/\*.*\*\/\s*|\/\/.*)?$/.test(after);
}

/** Throws RecipeError unless the statement stands in a block, where lines can come and go beside it. */
export function requireBlock(statement: Statement, what: string): void {
  if (statement.parent?.kind !== 'block')
    throw new RecipeError(`cannot ${what}: the statement is the only body of another one; name that one`);
}

/** The lines of a statement, from the comment attached above (if asked) to the end of its last line. */
export function linesOf(source: string, statement: Statement, comment = false): { start: number; end: number } {
  if (!ownsLines(source, statement)) throw new RecipeError('a statement shares its line with another');
  const start = comment ? attachedStart(source, statement.start) : lineStart(source, statement.start);
  return { start, end: lineEnd(source, statement.end) };
}

function removal(source: string, statement: Statement, comment = false): Change {
  requireBlock(statement, 'drop it');
  const { start, end } = linesOf(source, statement, comment);
  // No blank line at the start or end of a block, nor two in a row.
  const blankAbove = /\n[ \t]*\n$/.test(source.slice(0, start));
  const opensBlock = /\{[ \t]*\n$/.test(source.slice(0, start));
  const blankBelow = /^[ \t]*\n/.exec(source.slice(end));
  if (blankBelow && (blankAbove || opensBlock)) return { start, end: end + blankBelow[0].length, text: '' };
  if (blankAbove && /^\s*\}/.test(source.slice(end))) return { start: start - 1, end, text: '' };
  return { start, end, text: '' };
}

/** Offset after a block's declarations (and the blank line that follows them), where statements may begin. */
function afterDeclarations(source: string, block: Statement): { at: number; blank: boolean } {
  const declarations: Statement[] = [];
  for (const child of block.children) {
    if (child.kind !== 'declaration') break;
    declarations.push(child);
  }
  const last = declarations.at(-1);
  if (!last) return { at: lineEnd(source, block.start), blank: false };
  const at = lineEnd(source, last.end);
  const blank = /^[ \t]*\n/.exec(source.slice(at));
  return blank ? { at: at + blank[0].length, blank: false } : { at, blank: true };
}

/** The line changes of one rewrite. Throws RecipeError where the place cannot take it. */
export function layOut(source: string, rewrite: Rewrite): Change[] {
  switch (rewrite.kind) {
    case 'plain':
    case 'change':
      return rewrite.changes;
    case 'remove':
      return [removal(source, rewrite.statement, rewrite.comment)];
    case 'before': {
      requireBlock(rewrite.statement, 'insert before it');
      const at = attachedStart(source, rewrite.statement.start);
      return [{ start: at, end: at, text: indented(rewrite.text, indentAt(source, rewrite.statement.start)) }];
    }
    case 'after': {
      requireBlock(rewrite.statement, 'insert after it');
      const { end } = linesOf(source, rewrite.statement);
      return [{ start: end, end, text: indented(rewrite.text, indentAt(source, rewrite.statement.start)) }];
    }
    case 'into': {
      const { at, blank } = afterDeclarations(source, rewrite.block);
      const { parent } = rewrite.block;
      const owner = parent && parent.kind !== 'block' ? parent : rewrite.block;
      const indent = `${indentAt(source, owner.start)}\t`;
      const text = indented(rewrite.text, indent);
      return [{ start: at, end: at, text: blank ? `\n${text}` : text }];
    }
  }
}
