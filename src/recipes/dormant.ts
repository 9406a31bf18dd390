// SPDX-License-Identifier: GPL-2.0-or-later
// Rewrites -> insertions that keep the statement as it is unless a control is switched on at run time.
// Line numbers stay, so that positions in an image with controls are those of the tree.
import { RecipeError } from './errors.ts';
import { requireBlock } from './layout.ts';
import { lex } from './lex.ts';
import { applyChanges, type Rewrite } from './rewrite.ts';
import { type Statement, within } from './statements.ts';

/** Text put in at an offset. Among those at one offset: what closes a statement, then texts, then what opens one. */
export interface Insertion {
  at: number;
  text: string;
  /** -1 closes, 0 stands alone, 1 opens. */
  side: -1 | 0 | 1;
}

/** Own text on one line, without comments that would swallow what follows. */
function oneLine(text: string): string {
  if (text.includes('//')) throw new RecipeError('a control cannot hold a "//" comment');
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

function wrap(statement: Statement, before: string): Insertion[] {
  return [
    { at: statement.start, text: before, side: 1 },
    { at: statement.end, text: ' }', side: -1 },
  ];
}

/** Where a statement may begin in a block, on the line of its "{" or of its last declaration. */
function startOf(block: Statement): number {
  let at = block.start + 1;
  for (const child of block.children) {
    if (child.kind !== 'declaration') break;
    at = child.end;
  }
  return at;
}

/**
 * The dormant form of a rewrite for the control of this number.
 * Throws RecipeError for what has none: declarations, moves of text between functions, labels inside a copied statement.
 */
export function dormant(source: string, rewrite: Rewrite, control: number): Insertion[] {
  const on = `rmapbot_plant(${control})`;
  const alone = (at: number, text: string): Insertion[] => [{ at, text: ` if (${on}) { ${oneLine(text)} } `, side: 0 }];
  switch (rewrite.kind) {
    case 'remove':
      if (rewrite.statement.kind === 'declaration') throw new RecipeError('a declaration cannot be switched off');
      return wrap(rewrite.statement, `{ if (!${on}) `);
    case 'change': {
      const { statement } = rewrite;
      if (statement.kind === 'declaration' || statement.kind === 'label')
        throw new RecipeError(`a ${statement.kind} cannot be switched`);
      const inside = rewrite.changes.map((change) => ({
        ...change,
        start: change.start - statement.start,
        end: change.end - statement.start,
      }));
      const changed = applyChanges(source.slice(statement.start, statement.end), inside);
      const flat = lex(changed)
        .map((token) => token.text)
        .join(' ');
      const labels = [...within(statement)].filter(({ kind, head }) => kind === 'label' && head.length === 2);
      if (labels.some(({ head }) => head[0]?.text !== 'default'))
        throw new RecipeError('a statement with a label inside cannot be copied');
      if (flat.includes('#')) throw new RecipeError('a statement with directives cannot be switched');
      return wrap(statement, `{ if (${on}) { ${flat} } else `);
    }
    case 'before':
    case 'after':
      requireBlock(rewrite.statement, 'insert beside it');
      return alone(rewrite.kind === 'before' ? rewrite.statement.start : rewrite.statement.end, rewrite.text);
    case 'into':
      return alone(startOf(rewrite.block), rewrite.text);
    case 'plain':
      throw new RecipeError(`${rewrite.what} cannot be switched`);
  }
}

/** The source with insertions of any number of controls, properly nested. */
export function insertAll(source: string, insertions: readonly Insertion[]): string {
  // Two controls around one statement nest either way: all closing texts are alike, and no statement opens where
  // its parent does.
  const ordered = [...insertions].sort((a, b) => a.at - b.at || a.side - b.side);
  let out = '';
  let at = 0;
  for (const { at: to, text } of ordered) {
    out += source.slice(at, to) + text;
    at = to;
  }
  return out + source.slice(at);
}
