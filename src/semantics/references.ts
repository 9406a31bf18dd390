// SPDX-License-Identifier: GPL-2.0-or-later
// Which functions a C file names without calling them: handed on as pointers, alone or in a table at the outermost
// level. A call through a pointer is no call by name; who takes the address is as near as the text can tell.

import { prepare } from './prepass.ts';
import { type Token, tokenize } from './tokens.ts';

/** In: C text and what is known as a function. Out: function -> functions whose address it takes. */
export function addressesTaken(source: string, isFunction: (name: string) => boolean): Map<string, Set<string>> {
  const prepared = prepare(tokenize(source));
  const found = new Map<string, Set<string>>();
  // A file whose brackets do not pair is told of by the semantic diff, and does not compile.
  if (typeof prepared === 'string') return found;
  const { visible, segments } = prepared;
  const tables = new Map<string, Set<string>>();
  for (const segment of segments) {
    if (segment.kind !== 'other') continue;
    let at = segment.first;
    while (at < segment.last && visible[at]?.text !== '=') at += 1;
    const name = nameBefore(visible, at);
    const taken = named(visible, at, segment.last, isFunction);
    if (name !== undefined && taken.size > 0) tables.set(name, taken);
  }
  for (const segment of segments) {
    if (segment.kind !== 'function' || segment.name === undefined) continue;
    const taken = found.get(segment.name) ?? new Set<string>();
    found.set(segment.name, taken);
    for (const name of named(visible, segment.open ?? segment.first, segment.last, isFunction)) taken.add(name);
    for (let i = segment.open ?? segment.first; i < segment.last; i++) {
      for (const name of tables.get(visible[i]?.text ?? '') ?? []) taken.add(name);
    }
  }
  return found;
}

/** The variable that an initialiser is for: "name =", "name[] =". */
function nameBefore(tokens: readonly Token[], at: number): string | undefined {
  let i = at - 1;
  while (i >= 0 && tokens[i]?.kind !== 'word') i -= 1;
  return tokens[i]?.text;
}

/** Functions named in a range of tokens, neither called nor members. */
function named(
  tokens: readonly Token[],
  first: number,
  last: number,
  isFunction: (name: string) => boolean,
): Set<string> {
  const found = new Set<string>();
  for (let i = first; i <= last; i++) {
    const token = tokens[i];
    if (token?.kind !== 'word' || tokens[i + 1]?.text === '(') continue;
    const before = tokens[i - 1]?.text;
    if (before === '.' || before === '->' || before === 'struct' || before === 'goto') continue;
    if (isFunction(token.text)) found.add(token.text);
  }
  return found;
}
