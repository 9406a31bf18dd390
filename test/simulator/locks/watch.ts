// SPDX-License-Identifier: GPL-2.0-or-later
// Logs of locks for tests: what a machine's models would have written down.

import type { SourcePosition } from '../../../src/kernel/values.ts';
import type { LockComplaint, LockOrder, LockRule, LockWatch } from '../../../src/machine/values.ts';

/** A watch that tells what `news` says each time it is asked, and has a stack for every number. */
export function watchOf(news: () => { orders?: LockOrder[]; complaints?: LockComplaint[] }): LockWatch & {
  trapped: number[];
} {
  const trapped: number[] = [];
  const stacks = new Map<number, SourcePosition[]>();
  return {
    trapped,
    news: () => ({ orders: [], complaints: [], ...news() }),
    trap: (numbers) => {
      trapped.push(...numbers);
      for (const number of numbers) stacks.set(number, [{ file: 'mm/toy.c', line: number, function: `toy_${number}` }]);
    },
    stacks: () => stacks,
  };
}

/** `to` taken under `from`; a name is a class. Numbers follow from the names: A 65, B 66. */
export function order(from: string, to: string): LockOrder {
  const id = (name: string) => [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 0);
  return { from, to, fromClass: id(from), toClass: id(to), fromNumber: id(from), toNumber: id(to) };
}

export function complaint(rule: LockRule, what: string): LockComplaint {
  return { rule, what, number: 7, earlier: rule === 'sleep' ? 5 : 0 };
}
