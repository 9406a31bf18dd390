// SPDX-License-Identifier: GPL-2.0-or-later
// What memory may hold after threads ran, by the meaning of their steps alone. In: the world before them, and which of
// their steps succeeded. Out: for each order of the steps the memory that it leaves. A page may hold what any order leaves
// there: steps of many pages need not be indivisible, what they do to one page is.
import type { Machine } from '../../machine/values.ts';
import { Executor } from '../execute.ts';
import { formatAction } from '../grammar/print.ts';
import { errnoName } from '../grammar/words.ts';
import type { Broken } from '../invariants/values.ts';
import { LIMITS } from '../limits.ts';
import { pageOf, type Slot } from '../memory-model.ts';
import type { Unit } from './threads.ts';

/** What all orders together allow. */
export interface Allowed {
  /** The processes and memory of one of the orders. */
  first: Executor;
  /** Pages on which the orders differ: undefined where an order leaves none there. */
  differing: { process: string; page: number; slots: (Slot | undefined)[] }[];
  /** Steps whose results no order explains. */
  broken: Broken[];
}

/** Operations that may fail for reasons of their own: a folio that cannot be isolated, a page that is not there any more. */
const MAY_FAIL = ['migrate', 'reclaim', 'swapout', 'split', 'referenced', 'uffd-move', 'madvise', 'mlock'];

/** succeeded: by unit. results: what was returned, for the evidence. */
export function allowed(from: Executor, units: readonly Unit[], results: readonly number[]): Allowed {
  const succeeded = units.map(({ expected, action }, i) => {
    const result = results[i] ?? -1;
    return action.op === 'fork' || action.op === 'read' ? result >= 0 : result === expected;
  });
  const could = units.map(() => ({ succeed: false, fail: false }));
  const all = orders(units);
  const ends = begun(units, succeeded).flatMap((taken) =>
    all.map((order) => {
      const executor = new Executor(MODEL, from);
      for (const index of order) {
        const unit = taken[index]?.unit ?? (units[index] as Unit);
        const possible = apply(executor, unit, taken[index] !== undefined || (succeeded[index] ?? false));
        const seen = could[index];
        if (seen !== undefined) seen[possible ? 'succeed' : 'fail'] = true;
      }
      return executor;
    }),
  );
  const first = ends[0] ?? new Executor(MODEL, from);
  const broken: Broken[] = [];
  for (const [i, { action, process }] of units.entries()) {
    const text = `${process}: ${formatAction(action)}`;
    if (succeeded[i] && !could[i]?.succeed)
      broken.push({ shape: `${action.op} succeeds`, evidence: `${text} succeeds, which no order of the steps allows` });
    if (!succeeded[i] && !could[i]?.fail && !MAY_FAIL.includes(action.op)) {
      const error = errnoName(-(results[i] ?? -1));
      broken.push({
        shape: `${action.op} fails with ${error}`,
        evidence: `${text} fails with ${error}, which no order of the steps explains`,
      });
    }
  }
  return { first, differing: differing(ends), broken };
}

/**
 * UFFDIO_MOVE stops at the first page that it cannot move: one that failed may have moved those before. The ways in which
 * it may have: by unit, what it was then.
 */
function begun(units: readonly Unit[], succeeded: readonly boolean[]): Record<number, { unit: Unit }>[] {
  let ways: Record<number, { unit: Unit }>[] = [{}];
  for (const [i, unit] of units.entries()) {
    const { action } = unit;
    if (action.op !== 'uffd-move' || succeeded[i] || action.range === undefined) continue;
    const { first, count } = action.range;
    const parts = Array.from({ length: count - 1 }, (_, n) => ({
      [i]: { unit: { ...unit, action: { ...action, range: { first, count: n + 1 } } } },
    }));
    ways = ways.flatMap((way) => [way, ...parts.map((part) => ({ ...way, ...part }))]);
  }
  return ways;
}

/** Every order of the units that keeps each thread's own, up to LIMITS.orders of them; indices into units. */
function orders(units: readonly Unit[]): number[][] {
  const threads = [...new Set(units.map(({ thread }) => thread))];
  /** Indices by thread and step. */
  const steps = threads.map((thread) => {
    const found: number[][] = [];
    for (const [i, unit] of units.entries()) {
      if (unit.thread !== thread) continue;
      const last = found.at(-1);
      if (last !== undefined && units[last[0] ?? 0]?.step === unit.step) last.push(i);
      else found.push([i]);
    }
    return found;
  });
  const all: number[][] = [];
  const extend = (order: number[], done: number[]): void => {
    if (all.length >= LIMITS.orders) return;
    let ended = true;
    for (const [t, list] of steps.entries()) {
      const at = done[t] ?? 0;
      const step = list[at];
      if (step === undefined) continue;
      ended = false;
      extend([...order, ...step], done.with(t, at + 1));
    }
    if (ended) all.push(order);
  };
  extend(
    [],
    steps.map(() => 0),
  );
  return all;
}

/** Does a unit to the model if it succeeded; tells whether it could. */
function apply(executor: Executor, unit: Unit, succeeded: boolean): boolean {
  const process = executor.processes.find(({ name }) => name === unit.process);
  if (process === undefined) return false;
  const { space } = process;
  const { action } = unit;
  if (unit.page !== undefined) {
    if (unit.tag === undefined) return !('errno' in space.expected(unit.page));
    const slot = space.slots.get(unit.page);
    const beyond = slot?.backing !== undefined && slot.backingPage >= slot.backing.pages;
    const may = slot !== undefined && !slot.poisoned && (slot.prot & 2) !== 0 && !beyond;
    if (succeeded && may) space.write(unit.page, unit.tag);
    return may;
  }
  if ('pages' in action && Array.isArray(action.pages)) return true;
  const possible = whole(executor, unit);
  if (succeeded && possible) executor.step({ kind: 'action', process: unit.process, action });
  return possible;
}

/** True if every page that the call needs is there. */
function whole(executor: Executor, { action, process }: Unit): boolean {
  if (!('range' in action) || action.range === undefined || action.op === 'munmap') return true;
  const slots = executor.processes.find(({ name }) => name === process)?.space.slots;
  const start = pageOf(executor.scope.address(action.region, action.range.first));
  for (let i = 0; i < action.range.count; i++) if (!slots?.has(start + i)) return false;
  return true;
}

function differing(ends: readonly Executor[]): Allowed['differing'] {
  const first = ends[0];
  if (first === undefined || ends.length < 2) return [];
  const found: Allowed['differing'] = [];
  for (const { name, space } of first.processes) {
    const others = ends.map((end) => end.processes.find((process) => process.name === name)?.space ?? space);
    for (const page of new Set(others.flatMap(({ slots }) => [...slots.keys()]))) {
      const kinds = new Map<string, Slot | undefined>();
      for (const other of others) kinds.set(kind(other.slots.get(page)), other.slots.get(page));
      if (kinds.size > 1) found.push({ process: name, page, slots: [...kinds.values()] });
    }
  }
  return found;
}

/** Equal for slots that nobody can tell apart. */
function kind(slot: Slot | undefined): string {
  if (slot === undefined) return '';
  const { prot, shared, backing, backingPage, own, mayBeFreed, poisoned, guarded, wipeOnFork, dontFork } = slot;
  const written = backing?.written.get(backingPage);
  return JSON.stringify([
    prot,
    shared,
    backingPage,
    own ?? null,
    written ?? null,
    mayBeFreed,
    poisoned,
    guarded,
    wipeOnFork,
    dontFork,
  ]);
}

/** A machine on which every call succeeds: the executor then keeps its memory model alone. */
const MODEL = {
  mmap: (_task: number, address: number) => address,
  munmap: () => 0,
  mprotect: () => 0,
  mremap: (_t: number, address: number, _o: number, _n: number, flags: number, to: number) => (flags ? to : address),
  madvise: () => 0,
  mlock: () => 0,
  munlock: () => 0,
  uffdMove: () => 0,
  // The child's number is known only afterwards.
  fork: () => 0,
  exit: () => undefined,
} as unknown as Machine;
