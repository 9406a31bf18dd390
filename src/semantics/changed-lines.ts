// SPDX-License-Identifier: GPL-2.0-or-later
// A file's versions -> the lines of the final file that are new, each with the patch that last wrote it. Lines are compared
// by their tokens, so neither a comment nor an indentation makes a line new; blank and comment lines never count.

import { keptLines } from './line-diff.ts';
import { type Tokens, tokenLines } from './tokens.ts';

interface CodeLines {
  /** The tokens of each line that has any. */
  keys: string[];
  /** Their line numbers, from 1. */
  numbers: number[];
}

/**
 * In: the tokens of a C file in the base and after each patch that touched it (undefined: no such file).
 * Out: line numbers in the final file, ascending; none where it was deleted.
 */
export function changedLinesOf(
  before: Tokens | undefined,
  versions: readonly { patch: number; tokens: Tokens | undefined }[],
): { line: number; patch: number }[] {
  const base = codeLines(before);
  let current = base;
  let owners: number[] = base.keys.map(() => 0);
  for (const { patch, tokens } of versions) {
    const next = codeLines(tokens);
    const kept = keptLines(current.keys, next.keys);
    owners = Array.from(kept, (from) => (from < 0 ? patch : (owners[from] as number)));
    current = next;
  }
  const fromBase = keptLines(base.keys, current.keys);
  const last = versions.at(-1)?.patch ?? 0;
  return current.numbers.flatMap((line, i) =>
    (fromBase[i] as number) < 0 ? [{ line, patch: owners[i] || last }] : [],
  );
}

/** Lines of the base that a series changes or removes, and those next to where it adds; ascending. */
export function baseLinesOf(before: Tokens | undefined, after: Tokens | undefined): number[] {
  const base = codeLines(before);
  const kept = keptLines(base.keys, codeLines(after).keys);
  const stays = new Set(kept);
  const lines = new Set(base.numbers.filter((_, index) => !stays.has(index)));
  let last = -1;
  let added = false;
  for (const from of [...kept, base.keys.length]) {
    if (from < 0) {
      added = true;
      continue;
    }
    const beside = base.numbers[last];
    // Only added to: the line before stands for the place.
    if (added && from === last + 1 && beside !== undefined) lines.add(beside);
    last = from;
    added = false;
  }
  return [...lines].sort((a, b) => a - b);
}

function codeLines(tokens: Tokens | undefined): CodeLines {
  const keys: string[] = [];
  const numbers: number[] = [];
  for (const [i, key] of (tokens === undefined ? [] : tokenLines(tokens)).entries()) {
    if (key === '') continue;
    keys.push(key);
    numbers.push(i + 1);
  }
  return { keys, numbers };
}
