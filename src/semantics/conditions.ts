// SPDX-License-Identifier: GPL-2.0-or-later
// Which conditions of the preprocessor stand around a line.

import { limits } from './limits.ts';
import type { Directive, Tokens } from './tokens.ts';

/** By line, from 1: the innermost condition, as "ifdef CONFIG_KSM" or "else of if BITS_PER_LONG == 32". */
export function conditionsOf(all: Tokens): (line: number) => string | undefined {
  const guard = includeGuard(all);
  const told = new Array<string | undefined>(all.lines + 2).fill(undefined);
  const open: { text: string; first: string }[] = [];
  let from = 1;
  for (const directive of all.directives) {
    const { keyword, startLine, endLine } = directive;
    if (!/^(?:if|el|endif)/.test(keyword)) continue;
    // Lines up to here stand under what was open so far; each line is told once.
    const around = open.findLast(({ text }) => text !== guard)?.text;
    told.fill(around, from, startLine);
    from = endLine + 1;
    const last = keyword.startsWith('if') ? undefined : open.pop();
    if (keyword === 'endif') continue;
    const text = keyword === 'else' ? `else of ${last?.first ?? '?'}` : textOf(all, directive);
    open.push({ text, first: last?.first ?? text });
  }
  return (line) => told[line];
}

function textOf({ tokens }: Tokens, { first, behind }: Directive): string {
  const text = tokens
    .slice(first + 1, behind)
    .map((token) => token.text)
    .join(' ')
    .replace(/ ?\( ?/g, '(')
    .replace(/ \)/g, ')');
  return text.length > limits.conditionMax ? `${text.slice(0, limits.conditionMax - 1)}…` : text;
}

/** "ifndef X" where the next directive defines X: a header's guard. */
function includeGuard(all: Tokens): string | undefined {
  const [first, second] = all.directives;
  if (first?.keyword !== 'ifndef' || second?.keyword !== 'define') return undefined;
  const name = all.tokens[first.first + 2]?.text;
  return name === all.tokens[second.first + 2]?.text ? textOf(all, first) : undefined;
}
