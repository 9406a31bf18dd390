// SPDX-License-Identifier: GPL-2.0-or-later
// Which invariant a fault of the machine breaks, in words without pointers.
import type { SourcePosition } from '../kernel/values.ts';
import type { MachineFault, MemoryError } from '../machine/values.ts';
import { describeStack } from './origins.ts';

/** What a fault means: a violation of an invariant, or that nothing can be said. */
export type Meaning =
  | {
      invariant: string;
      shape: string;
      evidence: string;
      where: SourcePosition[];
      modelled: string[];
      objects?: number[];
    }
  | { inconclusive: string };

/** How waits.c begins to tell of a task that would sleep. */
const SLEEPS = 'sleeps, and nothing would wake it';

/** True for the machine's own exceptions; anything else is a failure of ours. */
export function isMachineFault(error: unknown): error is MachineFault {
  return error instanceof Error && 'kind' in error && 'detail' in error && 'stack_' in error;
}

/** Text of the kernel without what differs between runs: pointers and numbers. */
export function shapeOf(text: string): string {
  return withoutPointers(text)
    .replace(/\b\d+\b/g, '#')
    .slice(0, 200);
}

/** Hides hexadecimal words: six digits and more behind 0x, eight and more with a figure among them without it. */
export function withoutPointers(text: string): string {
  return text.replace(/\b(?:0x[0-9a-f]{6,}|(?=[a-f]*[0-9])[0-9a-f]{8,})\b/gi, '...');
}

/** An access or a release that the machine did not let through. */
function memoryError(
  { bug, detail, object }: MemoryError,
  { stack_: where, modelled = [] }: MachineFault,
  while_: string,
  place: string,
): Meaning {
  const top = where[0];
  return {
    invariant: 'no-dangling',
    shape: `${bug}${top === undefined ? '' : ` in ${top.function}`}`,
    evidence: `${bug}${place} during ${while_}: ${detail}; accessed by ${describeStack(where)}`,
    where,
    modelled,
    ...(object === undefined ? {} : { objects: [object.start] }),
  };
}

/**
 * Maps a fault; `while_` says what was going on, `migrating` that the scenario has folios in flight, for which a correct
 * kernel waits. Sources: the table in docs/invariants.md.
 */
export function meaning(fault: MachineFault, while_: string, migrating = false): Meaning {
  const where = fault.stack_;
  const modelled = fault.modelled ?? [];
  const top = where[0];
  const place = top === undefined ? '' : ` in ${top.function} (${top.file}:${top.line})`;
  const place_ = top === undefined ? '' : ` in ${top.function}`;
  switch (fault.kind) {
    case 'unmodelled':
      return { inconclusive: `${while_} needs ${fault.detail}, which the machine does not model` };
    case 'kernel-says': {
      const first = fault.detail.split('\n')[0] ?? fault.detail;
      return {
        invariant: 'kernel-says',
        shape: shapeOf(first),
        evidence: `the kernel says${place}: ${withoutPointers(first)}`,
        where,
        modelled,
      };
    }
    case 'crash':
      if (fault.memory !== undefined) return memoryError(fault.memory, fault, while_, place);
      return {
        invariant: 'no-dangling',
        shape: `crash${place_}`,
        evidence: `${while_} crashes${place}: ${withoutPointers(fault.detail)}`,
        where,
        modelled,
      };
    case 'out-of-fuel':
      return {
        invariant: 'returns',
        shape: 'did not return',
        evidence: `${while_} did not return: its budget of executed blocks is used up${place}`,
        where,
        modelled,
      };
    case 'out-of-memory':
      return {
        invariant: 'returns',
        shape: 'used up memory',
        evidence: `${while_} used up the machine's memory${place}: ${withoutPointers(fault.detail)}`,
        where,
        modelled,
      };
    case 'deadlock':
      if (migrating && fault.detail.startsWith(SLEEPS))
        return { inconclusive: `${while_} waits for a migration in flight: it must end before` };
      return {
        invariant: 'locks',
        shape: `deadlock${place_}`,
        evidence: `${while_} can never go on${place}: ${withoutPointers(fault.detail)}`,
        where,
        modelled,
      };
  }
}
