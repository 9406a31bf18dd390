// SPDX-License-Identifier: GPL-2.0-or-later
// Where an allocation failed, in words. In: a refusal. Out: the call site, and what tells one from another.
import type { SourcePosition } from '../../kernel/values.ts';
import type { Refusal } from '../../machine/values.ts';

/** Frames of the path that are told. */
const TOLD = 4;

/** The functions of .c files: inlined helpers of headers only name the allocator. */
const proper = (stack: readonly SourcePosition[]): SourcePosition[] =>
  stack.filter(({ file }) => !file.startsWith('include/') && !file.startsWith('arch/'));

/** Who asked: the innermost function of a .c file, and its callers. */
export function callers({ stack }: Refusal): SourcePosition[] {
  const own = proper(stack);
  return own.length > 0 ? own : [...stack];
}

/** "anon_vma_chain in anon_vma_clone": the same in trees of which only line numbers differ. */
export function siteOf(refusal: Refusal): string {
  return `${refusal.what} in ${callers(refusal)[0]?.function ?? 'unknown code'}`;
}

/** "the 3rd allocation, anon_vma_chain (64 bytes) in anon_vma_clone (mm/rmap.c:300) < anon_vma_fork (mm/rmap.c:360)". */
export function describeRefusal(refusal: Refusal, number: number): string {
  const path = callers(refusal)
    .slice(0, TOLD)
    .map(({ function: name, file, line }) => `${name} (${file}:${line})`);
  return `allocation ${number} of the step (${refusal.what}, ${refusal.bytes} bytes, in ${path.join(' < ')})`;
}
