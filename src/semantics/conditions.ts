// SPDX-License-Identifier: GPL-2.0-or-later
// Which conditions of the preprocessor stand around a line.

import { limits } from './limits.ts';
import type { Directive, Tokens } from './tokens.ts';

/** By line, from 1: the innermost condition, as "ifdef CONFIG_KSM" or "else of if BITS_PER_LONG == 32". */
export function conditionsOf(all: Tokens): (line: number) => string | undefined {
  const spans: { from: number; to: number; text: string }[] = [];
  const open: { from: number; text: string; first: string }[] = [];
  const guard = includeGuard(all);
  for (const directive of all.directives) {
    const { keyword, startLine, endLine } = directive;
    const last = open.at(-1);
    if (keyword.startsWith('if')) {
      const text = textOf(all, directive);
      open.push({ from: endLine + 1, text, first: text });
    } else if (last !== undefined && (keyword.startsWith('el') || keyword === 'endif')) {
      spans.push({ from: last.from, to: startLine - 1, text: last.text });
      open.pop();
      const text = keyword === 'else' ? `else of ${last.first}` : textOf(all, directive);
      if (keyword !== 'endif') open.push({ from: endLine + 1, text, first: last.first });
    }
  }
  const told = spans.filter(({ text }) => text !== guard);
  // Inner spans are closed before the ones around them.
  return (line) => told.find(({ from, to }) => from <= line && line <= to)?.text;
}

function textOf({ tokens }: Tokens, { first, behind }: Directive): string {
  const text = tokens
    .slice(first + 1, behind)
    .map((token) => token.text)
    .join(' ')
    .replace(/ ?([()]) ?/g, '$1');
  return text.length > limits.conditionMax ? `${text.slice(0, limits.conditionMax - 1)}…` : text;
}

/** "ifndef X" where the next directive defines X: a header's guard. */
function includeGuard(all: Tokens): string | undefined {
  const [first, second] = all.directives;
  if (first?.keyword !== 'ifndef' || second?.keyword !== 'define') return undefined;
  const name = all.tokens[first.first + 2]?.text;
  return name === all.tokens[second.first + 2]?.text ? textOf(all, first) : undefined;
}
