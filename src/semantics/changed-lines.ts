// SPDX-License-Identifier: GPL-2.0-or-later
// FileHistory -> the lines of the final file that are new, each with the patch that last wrote it. Lines are compared
// by their tokens, so neither a comment nor an indentation makes a line new; blank and comment lines never count.

import type { FileHistory } from './history.ts';
import { keptLines } from './line-diff.ts';
import { tokenize, tokenLines } from './tokens.ts';

interface CodeLines {
  /** The tokens of each line that has any. */
  keys: string[];
  /** Their line numbers, from 1. */
  numbers: number[];
}

/** In: the history of a C file. Out: line numbers in the final file, ascending; none where it was deleted. */
export function changedLinesOf(history: FileHistory): { line: number; patch: number }[] {
  const base = codeLines(history.base ?? '');
  let current = base;
  let owners: number[] = base.keys.map(() => 0);
  for (const { patch, text } of history.versions) {
    const next = codeLines(text ?? '');
    const kept = keptLines(current.keys, next.keys);
    owners = Array.from(kept, (from) => (from < 0 ? patch : (owners[from] as number)));
    current = next;
  }
  const fromBase = keptLines(base.keys, current.keys);
  const last = history.versions.at(-1)?.patch ?? 0;
  return current.numbers.flatMap((line, i) =>
    (fromBase[i] as number) < 0 ? [{ line, patch: owners[i] || last }] : [],
  );
}

function codeLines(text: string): CodeLines {
  const keys: string[] = [];
  const numbers: number[] = [];
  for (const [i, key] of tokenLines(tokenize(text)).entries()) {
    if (key === '') continue;
    keys.push(key);
    numbers.push(i + 1);
  }
  return { keys, numbers };
}
