// SPDX-License-Identifier: GPL-2.0-or-later
// The system calls that change an address space: mmap, munmap, mprotect, mlock, madvise's flags. Ranges are pages;
// results as the system call's, 0 or -errno.
import { faultIn } from './faults.ts';
import { mergeNew, modify, split } from './merge.ts';
import type { Vma } from './values.ts';
import { ACCESS, VM } from './vmas.ts';
import type { AddressSpace, LabWorld } from './world.ts';

const ENOMEM = -12;
const EINVAL = -22;

export interface NewMapping {
  start: number;
  end: number;
  flags: number;
  /** 0 for none. */
  file: number;
  /** Page of the file that comes first. */
  offset: number;
}

/** Maps a range that is free. */
export function map(world: LabWorld, space: AddressSpace, { start, end, flags, file, offset }: NewMapping): Vma {
  const { vmas } = world;
  const pgoff = file === 0 ? start : offset;
  const like = { flags, file, pgoff, anonPgoff: start };
  const prev = vmas.before(space.root, start);
  const next = vmas.atOrBehind(space.root, end);
  const merged = mergeNew(world, space, { start, end, prev, next, source: 0, ...like });
  if (merged !== 0) return merged;
  const vma = vmas.take(space.id, start, end, like);
  world.link(space, vma);
  return vma;
}

/** Unmaps what is in a range. */
export function unmap(world: LabWorld, space: AddressSpace, start: number, end: number): void {
  const { vmas } = world;
  const first = vmas.atOrBehind(space.root, start);
  if (first === 0 || vmas.start.get(first) >= end) return;
  world.ledger.during('unmap', () => {
    if (vmas.start.get(first) < start) split(world, space, first, start, true);
    const gone: Vma[] = [];
    for (let vma = vmas.atOrBehind(space.root, start); vma !== 0 && vmas.start.get(vma) < end; ) {
      if (vmas.end.get(vma) > end) split(world, space, vma, end, false);
      gone.push(vma);
      vma = vmas.next(space.root, vma);
    }
    for (const vma of gone) {
      const range = [vmas.start.get(vma), vmas.end.get(vma)] as const;
      world.zap(space, ...range);
      world.detach(space, vma);
      space.table.trim(...range);
    }
  });
}

/** True where VMAs cover a range without a hole. */
export function covered(world: LabWorld, space: AddressSpace, start: number, end: number): boolean {
  const { vmas } = world;
  let page = start;
  while (page < end) {
    const vma = vmas.at(space.root, page);
    if (vma === 0) return false;
    page = vmas.end.get(vma);
  }
  return true;
}

/** Gives each VMA of a range other flags; `change` says which from its present ones. */
export function reflag(
  world: LabWorld,
  space: AddressSpace,
  start: number,
  end: number,
  change: (flags: number, vma: Vma) => number,
  changed: (from: number, to: number, before: number) => void = () => {},
): void {
  const { vmas } = world;
  for (let page = start; page < end; ) {
    const vma = vmas.atOrBehind(space.root, page);
    if (vma === 0 || vmas.start.get(vma) >= end) return;
    const from = Math.max(page, vmas.start.get(vma));
    const to = Math.min(end, vmas.end.get(vma));
    const flags = vmas.flags.get(vma) >>> 0;
    const wanted = change(flags, vma) >>> 0;
    if (wanted !== flags) {
      modify(world, space.id, vma, from, to, wanted);
      changed(from, to, flags);
    }
    page = to;
  }
}

/** mprotect(). Memory that becomes writable is accounted from then on, as mprotect_fixup() does. */
export function protect(world: LabWorld, space: AddressSpace, start: number, end: number, prot: number): number {
  if (!covered(world, space, start, end)) return ENOMEM;
  const withRights = (old: number, vma: Vma): number => {
    const flags = (old & ~ACCESS) | prot;
    if (flags >>> 0 === old) return old;
    if ((flags & VM.write) !== 0) return (old & (VM.account | VM.write | VM.shared)) === 0 ? flags | VM.account : flags;
    const untouched = (old & VM.account) !== 0 && world.isAnonymous(vma) && world.vmas.faulted.get(vma) === 0;
    return untouched ? flags & ~VM.account : flags;
  };
  reflag(world, space, start, end, withRights, (from, to, before) => {
    // Locked private memory that becomes writable is copied at once, as mprotect_fixup() does.
    const locked = (before & (VM.write | VM.shared | VM.locked)) === VM.locked;
    if (locked && (prot & VM.write) !== 0) faultIn(world, space, from, to);
  });
  if ((prot & VM.write) === 0) world.writeProtect(space, start, end);
  return 0;
}

/** Flags that an advice sets and clears. */
const ADVICE_FLAGS: Record<number, { set: number; clear: number }> = {
  0: { set: 0, clear: VM.random | VM.sequential },
  1: { set: VM.random, clear: VM.sequential },
  2: { set: VM.sequential, clear: VM.random },
  10: { set: VM.dontCopy, clear: 0 },
  11: { set: 0, clear: VM.dontCopy },
  12: { set: VM.mergeable, clear: 0 },
  13: { set: 0, clear: VM.mergeable },
  14: { set: VM.hugepage, clear: VM.noHugepage },
  15: { set: VM.noHugepage, clear: VM.hugepage },
  16: { set: VM.dontDump, clear: 0 },
  17: { set: 0, clear: VM.dontDump },
  18: { set: VM.wipeOnFork, clear: 0 },
  19: { set: 0, clear: VM.wipeOnFork },
};
const WIPE_ON_FORK = 18;

/** The advices that only change flags; undefined for any other. */
export function adviseFlags(
  world: LabWorld,
  space: AddressSpace,
  start: number,
  end: number,
  advice: number,
): number | undefined {
  const flags = ADVICE_FLAGS[advice];
  if (flags === undefined) return undefined;
  if (advice === WIPE_ON_FORK && anyFile(world, space, start, end)) return EINVAL;
  reflag(world, space, start, end, (old) => (old & ~flags.clear) | flags.set);
  return covered(world, space, start, end) ? 0 : ENOMEM;
}

function anyFile(world: LabWorld, space: AddressSpace, start: number, end: number): boolean {
  const { vmas } = world;
  for (
    let vma = vmas.atOrBehind(space.root, start);
    vma !== 0 && vmas.start.get(vma) < end;
    vma = vmas.next(space.root, vma)
  )
    if (vmas.file.get(vma) !== 0 || (vmas.flags.get(vma) & VM.shared) !== 0) return true;
  return false;
}
