// SPDX-License-Identifier: GPL-2.0-or-later
// What memory is like after a step that failed half-way, where a correct kernel may leave it so. In: the model before the
// step, the model after it had it succeeded, and the VMAs as they are. Changes the model of the state at hand.
import type { Executor } from '../execute.ts';
import type { Action } from '../grammar/values.ts';
import { PAGE_SIZE } from '../limits.ts';
import { EMPTY, pageOf, type Slot, type Space } from '../memory-model.ts';
import { type SpaceView, VM, type World } from '../world.ts';
import type { FailingStep } from './values.ts';

/**
 * The exceptions, each page by page and only where the VMAs say so:
 * - mprotect() stops half-way: pages from the range's start on have the new rights (mprotect(2), mm/mprotect.c walks VMA
 *   by VMA);
 * - mmap(MAP_FIXED) and mremap(MREMAP_FIXED) have unmapped what lay at their target before they fail (mremap(2); mm/vma.c
 *   on aborted munmaps);
 * - a stack that did not grow has no new pages.
 */
export function settle(state: Executor, before: Executor, after: Executor, action: Action, world: World): void {
  const spaces = byName(before);
  const wanted = byName(after);
  const replaced = target(action, after);
  for (const { name, space } of state.processes) {
    const mm = world.mms.find((view) => view.processes.some((process) => process.name === name));
    const old = spaces.get(name);
    const fresh = wanted.get(name);
    if (mm === undefined || old === undefined || fresh === undefined) continue;
    if (action.op === 'mprotect') halfProtected(space, old, fresh, mm);
    if (replaced !== undefined) withoutTarget(space, mm, replaced);
    if (action.op === 'write' || action.op === 'read') withoutGrowth(space, old, mm);
  }
}

const byName = (executor: Executor): Map<string, Space> =>
  new Map(executor.processes.map(({ name, space }) => [name, space]));

function flagsAt(mm: SpaceView, page: number): bigint | undefined {
  const address = page * PAGE_SIZE;
  return mm.vmas.find((vma) => vma.start <= address && address < vma.end)?.flags;
}

const rights = (flags: bigint): number => {
  const bits = Number(flags & 0xffffffffn);
  return (bits & VM.read ? 1 : 0) | (bits & VM.write ? 2 : 0) | (bits & VM.exec ? 4 : 0);
};

function halfProtected(space: Space, old: Space, fresh: Space, mm: SpaceView): void {
  const changed = [...old.slots.keys()]
    .filter((page) => fresh.slots.get(page)?.prot !== old.slots.get(page)?.prot)
    .sort((a, b) => a - b);
  for (const page of changed) {
    const slot = space.slots.get(page);
    const prot = fresh.slots.get(page)?.prot;
    const flags = flagsAt(mm, page);
    // The first page that is as it was ends what was done.
    if (slot === undefined || prot === undefined || flags === undefined || rights(flags) !== prot) return;
    slot.prot = prot;
  }
}

/** What a process held before a move, and the pages that are to move. */
interface Held {
  slots: ReadonlyMap<number, Slot>;
  source: { first: number; count: number };
}

/** What the step's process holds, for settleMoved() after the step; undefined where the step moves nothing. */
export function heldBefore(state: Executor, { process, action }: FailingStep): Held | undefined {
  const space = byName(state).get(process);
  if (space === undefined || action.op !== 'mremap') return undefined;
  const { first, count } = state.scope.rangeOf(action.region, action.range);
  return { slots: new Map(space.slots), source: { first: pageOf(state.scope.address(action.region, first)), count } };
}

/**
 * A move that succeeded although it lacked memory to take its source away: the VMA stays, without its pages (mm/mremap.c:
 * "OOM: unable to split vma, just get accounts right").
 */
export function settleMoved(state: Executor, before: Held, { process, action }: FailingStep, world: World): void {
  if (action.op !== 'mremap' || action.to === undefined) return;
  const mm = world.mms.find((view) => view.processes.some(({ name }) => name === process));
  const space = byName(state).get(process);
  if (mm === undefined || space === undefined) return;
  const { first, count } = before.source;
  for (let at = first; at < first + count; at++) {
    const slot = before.slots.get(at);
    if (slot !== undefined && !space.slots.has(at) && flagsAt(mm, at) !== undefined)
      space.slots.set(at, { ...slot, ...EMPTY });
  }
}

/** Pages that an mmap() or mremap() was to replace. */
function target(action: Action, { scope }: Executor): { first: number; count: number } | undefined {
  if (action.op === 'mmap')
    return { first: pageOf(scope.address(action.place.region, action.place.page)), count: action.pages };
  if (action.op !== 'mremap' || action.to === undefined) return undefined;
  const count = action.pages ?? scope.rangeOf(action.region, action.range).count;
  return { first: pageOf(scope.address(action.to.region, action.to.page)), count };
}

function withoutTarget(space: Space, mm: SpaceView, { first, count }: { first: number; count: number }): void {
  for (let page = first; page < first + count; page++) if (flagsAt(mm, page) === undefined) space.slots.delete(page);
}

function withoutGrowth(space: Space, old: Space, mm: SpaceView): void {
  for (const page of [...space.slots.keys()])
    if (!old.slots.has(page) && flagsAt(mm, page) === undefined) space.slots.delete(page);
}
