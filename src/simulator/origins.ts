// SPDX-License-Identifier: GPL-2.0-or-later
// The life of an object in words: who allocated it, who gave it to RCU, who freed it.
import type { SourcePosition } from '../kernel/values.ts';
import type { Origins } from '../machine/values.ts';

/** Frames told of each stack; all are in the JSON. */
const TOLD = 5;

/** "f (mm/rmap.c:12) < g (mm/vma.c:3)": innermost call first. */
export function describeStack(stack: readonly SourcePosition[], most = TOLD): string {
  return stack
    .slice(0, most)
    .map(({ function: name, file, line }) => `${name} (${file}:${line})`)
    .join(' < ');
}

/** "; allocated by ...; freed by ...", what is not known left out. */
export function describeOrigins({ allocated, queued, freed }: Origins): string {
  const parts: [string, readonly SourcePosition[] | undefined][] = [
    ['allocated by', allocated],
    ['given to RCU by', queued],
    ['freed by', freed],
  ];
  return parts
    .flatMap(([words, stack]) =>
      stack === undefined || stack.length === 0 ? [] : [`; ${words} ${describeStack(stack)}`],
    )
    .join('');
}
