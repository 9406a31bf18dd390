// SPDX-License-Identifier: GPL-2.0-or-later
// Edits of a function's statements -> rewrites. Each throws RecipeError where the function is not as the recipe says.
import { RecipeError } from './errors.ts';
import type { FunctionText } from './functions.ts';
import { occurrences, patternTokens } from './lex.ts';
import { type Change, kernelIndent, type Rewrite } from './rewrite.ts';
import { allStatements, alternatives, selectStatement, shown } from './select.ts';
import type { Statement } from './statements.ts';
import { extract, inlineLocal } from './structure.ts';
import type { FunctionEdit, Insert, Instead, Move, Pattern, Replace } from './values.ts';

/** The definitions of the function under edit, with the source that they stand in. */
export interface Site {
  source: string;
  functions: FunctionText[];
}

export function textOf(site: Site, statement: Statement): string {
  return site.source.slice(statement.start, statement.end);
}

/** Lines of a statement without the indentation that all but the first share. */
export function dedented(site: Site, statement: Statement): string {
  const text = textOf(site, statement);
  const lineStart = site.source.lastIndexOf('\n', statement.start - 1) + 1;
  const indent = /^[ \t]*/.exec(site.source.slice(lineStart))?.[0] ?? '';
  return text
    .split('\n')
    .map((line, i) => (i > 0 && line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
}

function negate(site: Site, pattern: Pattern): Rewrite[] {
  const statement = selectStatement(site.functions, pattern);
  const open = statement.head.findIndex((token) => token.text === '(');
  const first = statement.head[open + 1];
  const last = statement.head.at(-2);
  if (statement.kind === 'simple' || statement.kind === 'declaration' || open < 0 || !first || !last)
    throw new RecipeError(`${site.functions[0]?.name}(): there is no condition to negate`);
  const condition = site.source.slice(first.start, last.end);
  const single = statement.head.length - open - 2 === 1;
  const text = single ? `!${condition}` : `!(${condition})`;
  return [{ kind: 'change', statement, changes: [{ start: first.start, end: last.end, text }] }];
}

function swap(site: Site, [one, other]: [Pattern, Pattern]): Rewrite[] {
  const a = selectStatement(site.functions, one);
  const b = selectStatement(site.functions, other);
  if (a.parent !== b.parent)
    throw new RecipeError(`${site.functions[0]?.name}(): the two statements to swap are apart`);
  const changes = [
    { start: a.start, end: a.end, text: textOf(site, b) },
    { start: b.start, end: b.end, text: textOf(site, a) },
  ];
  return [{ kind: 'plain', what: 'swap', changes }];
}

function move(site: Site, edit: Move): Rewrite[] {
  const statement = selectStatement(site.functions, edit.move);
  const target = selectStatement(site.functions, (edit.before ?? edit.after) as Pattern);
  if (statement === target)
    throw new RecipeError(`${site.functions[0]?.name}(): a statement cannot move beside itself`);
  const text = dedented(site, statement);
  return [
    { kind: 'remove', statement },
    { kind: edit.before === undefined ? 'after' : 'before', statement: target, text },
  ];
}

function insert(site: Site, edit: Insert): Rewrite[] {
  const text = kernelIndent(edit.insert);
  if (edit.start) {
    const [only, second] = site.functions;
    if (!only || second) throw new RecipeError(`${only?.name}() is defined more than once: say where to insert`);
    return [{ kind: 'into', block: only.body, text }];
  }
  if (edit.into !== undefined) {
    const [block] = selectStatement(site.functions, edit.into).children;
    if (block?.kind !== 'block') throw new RecipeError(`${site.functions[0]?.name}(): no block to insert into`);
    return [{ kind: 'into', block, text }];
  }
  const statement = selectStatement(site.functions, (edit.before ?? edit.after) as Pattern);
  return [{ kind: edit.before === undefined ? 'after' : 'before', statement, text }];
}

function replace(site: Site, edit: Replace): Rewrite[] {
  const statements =
    edit.where === undefined ? allStatements(site.functions) : [selectStatement(site.functions, edit.where)];
  const patterns = alternatives(edit.replace).map(patternTokens);
  const rewrites: Rewrite[] = [];
  let count = 0;
  for (const statement of statements) {
    const changes: Change[] = [];
    for (const pattern of patterns)
      for (const at of occurrences(statement.head, pattern)) {
        const first = statement.head[at];
        const last = statement.head[at + pattern.length - 1];
        if (first && last) changes.push({ start: first.start, end: last.end, text: edit.by });
      }
    count += changes.length;
    if (changes.length > 0) rewrites.push({ kind: 'change', statement, changes });
  }
  const times = edit.times ?? 1;
  if (count !== times)
    throw new RecipeError(`${site.functions[0]?.name}(): ${shown(edit.replace)} is there ${count} times, not ${times}`);
  return rewrites;
}

function instead(site: Site, edit: Instead): Rewrite[] {
  const statement = selectStatement(site.functions, edit.of);
  const indent = /^[ \t]*/.exec(site.source.slice(site.source.lastIndexOf('\n', statement.start - 1) + 1))?.[0] ?? '';
  const text = kernelIndent(edit.instead)
    .split('\n')
    .map((line) => {
      const inner = /^\t*/.exec(line)?.[0] ?? '';
      return line.replace('<statement>', () => dedented(site, statement).replaceAll('\n', `\n${inner}`));
    })
    .join('\n')
    .replaceAll('\n', `\n${indent}`);
  return [{ kind: 'change', statement, changes: [{ start: statement.start, end: statement.end, text }] }];
}

/** The rewrites of one edit. */
export function rewritesOf(site: Site, edit: FunctionEdit): Rewrite[] {
  if ('drop' in edit)
    return [{ kind: 'remove', statement: selectStatement(site.functions, edit.drop), comment: edit.comment ?? false }];
  if ('duplicate' in edit) {
    const statement = selectStatement(site.functions, edit.duplicate);
    return [{ kind: 'after', statement, text: dedented(site, statement) }];
  }
  if ('negate' in edit) return negate(site, edit.negate);
  if ('swap' in edit) return swap(site, edit.swap);
  if ('move' in edit) return move(site, edit);
  if ('insert' in edit) return insert(site, edit);
  if ('replace' in edit) return replace(site, edit);
  if ('instead' in edit) return instead(site, edit);
  if ('extract' in edit) return extract(site, edit);
  if ('inline' in edit) return inlineLocal(site, edit);
  const [only, second] = site.functions;
  if (!only || second) throw new RecipeError(`${only?.name}() is defined more than once`);
  const text = `${kernelIndent(edit.define)}\n\n`;
  return [{ kind: 'plain', what: 'define', changes: [{ start: only.start, end: only.start, text }] }];
}
