// SPDX-License-Identifier: GPL-2.0-or-later
// After threads ran: of what memory may hold (orders.ts) that which it does hold, page by page. What fits nowhere stays as
// one of the orders has it, so that the invariants say what is wrong.
import type { ConcurrentMachine, MmView, VmaView } from '../../machine/values.ts';
import type { Executor } from '../execute.ts';
import { PAGE_SIZE } from '../limits.ts';
import type { Slot, Space } from '../memory-model.ts';
import { VM } from '../world.ts';
import type { Allowed } from './orders.ts';

/** Makes the executor's memory that of the machine where the orders differ. */
export function settle(executor: Executor, machine: ConcurrentMachine, differing: Allowed['differing']): void {
  if (differing.length === 0) return;
  const views = new Map(machine.mms().map((mm) => [mm.ptr, mm]));
  for (const { process, page, slots } of differing) {
    const found = executor.processes.find(({ name }) => name === process);
    if (found === undefined) continue;
    const view = views.get(machine.mmOf(found.task));
    const fitting = slots.filter((slot) => fits(slot, view, page));
    const told = fitting.length > 1 ? byContents(fitting, machine.read(found.task, page * PAGE_SIZE)) : fitting[0];
    if (fitting.length > 0) put(found.space, page, told);
  }
}

function fits(slot: Slot | undefined, view: MmView | undefined, page: number): boolean {
  const vma = view?.vmas.find(({ start, end }) => start <= page * PAGE_SIZE && page * PAGE_SIZE < end);
  if (slot === undefined || vma === undefined) return (slot === undefined) === (vma === undefined);
  return rights(vma) === slot.prot && ((Number(vma.flags & 0xffffffffn) & VM.shared) !== 0) === slot.shared;
}

function rights(vma: VmaView): number {
  const flags = Number(vma.flags & 0xffffffffn);
  return (flags & VM.read ? 1 : 0) | (flags & VM.write ? 2 : 0) | (flags & VM.exec ? 4 : 0);
}

/** The first that holds what was read; the first at all where that fits none, or nothing may be read. */
function byContents(slots: readonly (Slot | undefined)[], read: number): Slot | undefined {
  return slots.find((slot) => slot !== undefined && holds(slot).includes(read)) ?? slots[0];
}

function holds({ own, backing, backingPage, mayBeFreed }: Slot): number[] {
  const shown = backing === undefined ? 0 : (backing.written.get(backingPage) ?? backing.initial(backingPage));
  if (own === undefined) return [shown];
  return mayBeFreed ? [own, shown] : [own];
}

/** The slot takes its place; a file page's contents are the file's for all who map it. */
function put(space: Space, page: number, slot: Slot | undefined): void {
  const now = space.slots.get(page);
  if (slot === undefined) {
    space.slots.delete(page);
    return;
  }
  const backing =
    now?.backing ?? [...space.slots.values()].find((other) => sameFile(other, slot))?.backing ?? slot.backing;
  if (slot.shared && backing !== undefined && slot.backing !== undefined) {
    const written = slot.backing.written.get(slot.backingPage);
    if (written !== undefined) backing.written.set(slot.backingPage, written);
  }
  space.slots.set(page, { ...slot, backing: slot.backing === undefined ? undefined : backing });
}

function sameFile(other: Slot, slot: Slot): boolean {
  return other.backing !== undefined && other.backing.initial === slot.backing?.initial;
}
