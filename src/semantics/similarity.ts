// SPDX-License-Identifier: GPL-2.0-or-later
// How alike two functions are: twice the length of their longest common run of tokens in order (LCS), over all their
// tokens. Names of the functions themselves do not count, so that a rename alone leaves 1.

import { limits } from './limits.ts';

/** Compares functions of one series; after so much work only bags of tokens are compared, an upper bound. */
export class Similarity {
  private cells = 0;

  /** 0 to 1. */
  of(a: readonly string[], b: readonly string[]): number {
    if (a.length === 0 || b.length === 0) return 0;
    this.cells += a.length * b.length;
    const common = this.cells > limits.alikeCellsMax ? shared(a, b) : longestCommon(a, b);
    return (2 * common) / (a.length + b.length);
  }
}

/** What `similarity` cannot exceed; cheap. */
export function similarityAtMost(a: readonly string[], b: readonly string[]): number {
  return a.length + b.length === 0 ? 0 : (2 * shared(a, b)) / (a.length + b.length);
}

function shared(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const token of a) counts.set(token, (counts.get(token) ?? 0) + 1);
  let common = 0;
  for (const token of b) {
    const left = counts.get(token) ?? 0;
    if (left === 0) continue;
    counts.set(token, left - 1);
    common += 1;
  }
  return common;
}

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Int32Array(b.length + 1);
  let next = new Int32Array(b.length + 1);
  for (const token of a) {
    for (let j = 0; j < b.length; j++)
      next[j + 1] = token === b[j] ? (row[j] as number) + 1 : Math.max(row[j + 1] as number, next[j] as number);
    [row, next] = [next, row];
  }
  return row[b.length] as number;
}
