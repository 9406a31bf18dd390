// SPDX-License-Identifier: GPL-2.0-or-later
// Faults of locks get their stacks: the same scenario runs again on the same machine, which stops by at their moments.
import type { SourcePosition } from '../../kernel/values.ts';
import type { LockWatch } from '../../machine/values.ts';
import { LIMITS } from '../limits.ts';
import type { Violation } from '../values.ts';
import type { LockFault } from './judge.ts';

export interface Pending {
  violation: Violation;
  fault: LockFault;
}

/** Fills in `where` and `stacks` of the violations. again: runs the scenario anew, from the machine's reset on. */
export function addStacks(watch: LockWatch, pending: readonly Pending[], again: () => void): void {
  const numbers = pending.flatMap(({ fault }) => [fault.moment, ...fault.others.map(({ number }) => number)]);
  watch.trap([...new Set(numbers)].slice(0, LIMITS.lockStacks));
  again();
  const stacks = watch.stacks();
  for (const { violation, fault } of pending) {
    const where = stacks.get(fault.moment) ?? [];
    violation.where = where;
    violation.evidence += place('', where);
    const others = fault.others.flatMap(({ number, what }) => {
      const other = stacks.get(number);
      return other === undefined ? [] : [{ what, where: other }];
    });
    if (others.length > 0) violation.stacks = others;
    const [first] = others;
    if (first !== undefined) violation.evidence += `; ${first.what}${place('', first.where)}`;
  }
}

function place(prefix: string, where: readonly SourcePosition[]): string {
  const [top] = where;
  return top === undefined ? prefix : `${prefix} in ${top.function} (${top.file}:${top.line})`;
}
