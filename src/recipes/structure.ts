// SPDX-License-Identifier: GPL-2.0-or-later
// Faithful refactorings: statements into a function of their own, a local variable into its value.
import { RecipeError } from './errors.ts';
import { indentAt, indented, linesOf } from './layout.ts';
import { occurrences } from './lex.ts';
import type { Site } from './operators.ts';
import type { Change, Rewrite } from './rewrite.ts';
import { allStatements, selectStatement } from './select.ts';
import type { Statement } from './statements.ts';
import type { Extract, InlineLocal } from './values.ts';

/** Moves the statements from the first to the last named into a new function above; a call takes their place. */
export function extract(site: Site, edit: Extract): Rewrite[] {
  const { source } = site;
  const from = selectStatement(site.functions, edit.extract[0]);
  const to = selectStatement(site.functions, edit.extract[1]);
  const owner = site.functions.find((text) => text.start <= from.start && from.end <= text.end);
  if (!owner || from.parent?.kind !== 'block' || from.parent !== to.parent || from.start > to.start)
    throw new RecipeError(`${site.functions[0]?.name}(): the statements to extract are not neighbours in one block`);
  const indent = indentAt(source, from.start);
  const start = linesOf(source, from, true).start;
  const end = linesOf(source, to).end;
  const body = source
    .slice(start, end)
    .split('\n')
    .map((line) => (line.startsWith(indent) ? `\t${line.slice(indent.length)}` : line))
    .join('\n');
  const about = edit.about === undefined ? '' : `/* ${edit.about} */\n`;
  const made = `${about}${edit.signature}\n{\n${body}}\n\n`;
  const changes: Change[] = [
    { start: owner.start, end: owner.start, text: made },
    { start, end, text: indented(edit.call, indent) },
  ];
  return [{ kind: 'plain', what: 'extract', changes }];
}

/** The declaration "type name = value;" of a local, and its value's text. */
function declarationOf(site: Site, name: string): { declaration: Statement; value: string } {
  const found = allStatements(site.functions).filter(
    (statement) => statement.kind === 'declaration' && occurrences(statement.head, [name, '=']).length > 0,
  );
  const [declaration] = found;
  if (!declaration || found.length !== 1)
    throw new RecipeError(
      `${site.functions[0]?.name}(): ${name} is declared with a value ${found.length} times, not once`,
    );
  const equals = declaration.head.findIndex((token) => token.text === '=');
  const value = declaration.head.slice(equals + 1, -1);
  const [first] = value;
  const last = value.at(-1);
  if (!first || !last || declaration.head[equals - 1]?.text !== name || value.some((token) => token.text === ','))
    throw new RecipeError(`${site.functions[0]?.name}(): ${name} is not declared alone`);
  return { declaration, value: site.source.slice(first.start, last.end) };
}

/** Puts the value of a local in place of each use and drops its declaration. */
export function inlineLocal(site: Site, edit: InlineLocal): Rewrite[] {
  const { declaration, value } = declarationOf(site, edit.inline);
  const changes: Change[] = [];
  for (const statement of allStatements(site.functions)) {
    if (statement === declaration) continue;
    for (const [i, token] of statement.head.entries()) {
      const before = statement.head[i - 1]?.text;
      if (token.text !== edit.inline || before === '->' || before === '.') continue;
      const after = statement.head[i + 1]?.text ?? '';
      // &local is its address, &local->member is not.
      if (
        (before === '&' && after !== '->') ||
        before === '++' ||
        before === '--' ||
        /^(([-+*/%&|^]|<<|>>)?=|\+\+|--)$/.test(after)
      )
        throw new RecipeError(`${site.functions[0]?.name}(): ${edit.inline} is changed, it cannot be inlined`);
      // A chain of members binds tightest; anything else keeps parentheses of its own.
      const text = /^[\w\s]+((->|\.)\w+)*$/.test(value) ? value : `(${value})`;
      changes.push({ start: token.start, end: token.end, text });
    }
  }
  if (changes.length === 0) throw new RecipeError(`${site.functions[0]?.name}(): ${edit.inline} is never used`);
  const { start, end } = linesOf(site.source, declaration);
  return [{ kind: 'plain', what: 'inline', changes: [{ start, end, text: '' }, ...changes] }];
}
