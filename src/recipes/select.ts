// SPDX-License-Identifier: GPL-2.0-or-later
// A pattern of a recipe -> the statements of a function that it means, or an error that says what was looked for.
import { RecipeError } from './errors.ts';
import type { FunctionText } from './functions.ts';
import { occurrences, patternTokens } from './lex.ts';
import { type Statement, within } from './statements.ts';
import type { Pattern, Words } from './values.ts';

/** A list of alternatives from one or several words. */
export function alternatives(words: Words): string[] {
  return typeof words === 'string' ? [words] : words;
}

/** How a pattern reads in an error message. */
export function shown(words: Words): string {
  return alternatives(words)
    .map((word) => `"${word}"`)
    .join(' or ');
}

function holding(roots: Iterable<Statement>, words: Words): Statement[] {
  const patterns = alternatives(words).map(patternTokens);
  const found: Statement[] = [];
  for (const root of roots)
    for (const statement of within(root))
      if (patterns.some((pattern) => occurrences(statement.head, pattern).length > 0)) found.push(statement);
  return found;
}

function exactly(found: Statement[], count: number, words: Words, where: string): Statement[] {
  if (found.length !== count)
    throw new RecipeError(`${where}: ${shown(words)} is in ${found.length} statements, not in ${count}`);
  return found;
}

/**
 * The one statement that a pattern means in the definitions of a function.
 * Throws RecipeError unless as many statements match as the pattern says.
 */
export function selectStatement(functions: readonly FunctionText[], pattern: Pattern): Statement {
  const where = `${functions[0]?.name}()`;
  const bodies = functions.map((text) => text.body);
  if (typeof pattern === 'string' || Array.isArray(pattern))
    return exactly(holding(bodies, pattern), 1, pattern, where)[0] as Statement;
  const { has, inside, of = 1, nth = 1 } = pattern;
  if (nth > of) throw new RecipeError(`${where}: statement ${nth} of ${of} is asked for`);
  const roots =
    inside === undefined ? bodies : (exactly(holding(bodies, inside), 1, inside, where)[0] as Statement).children;
  const found = holding(roots, has);
  return exactly(found, of, has, inside === undefined ? where : `${where} inside ${shown(inside)}`)[
    nth - 1
  ] as Statement;
}

/** All statements of the definitions, outermost first. */
export function allStatements(functions: readonly FunctionText[]): Statement[] {
  return functions.flatMap((text) => [...within(text.body)]);
}
