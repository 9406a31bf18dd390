// SPDX-License-Identifier: GPL-2.0-or-later
// mremap(): a range grows, shrinks, or goes to another address with its pages. Places and lengths are pages; the
// result is the new place, or -errno.
import { faultIn } from './faults.ts';
import { covered, unmap } from './mapping.ts';
import { mergeNew, split } from './merge.ts';
import { entryOf, frameOf } from './page-table.ts';
import type { Vma } from './values.ts';
import { VM } from './vmas.ts';
import type { AddressSpace, LabWorld } from './world.ts';

const EFAULT = -14;
const EINVAL = -22;
const ENOMEM = -12;

export interface Remap {
  from: number;
  pages: number;
  newPages: number;
  /** Where to; undefined: where it is. */
  to?: number;
  /** MREMAP_DONTUNMAP: the old place stays, without its pages. */
  keep: boolean;
  /** One call may move several VMAs (6.17). */
  several: boolean;
}

export function remap(world: LabWorld, space: AddressSpace, call: Remap): number {
  const { vmas } = world;
  const { from, pages, newPages, to, keep, several } = call;
  if (to !== undefined && to < from + pages && from < to + newPages) return EINVAL;
  if (keep && pages !== newPages) return EINVAL;
  const vma = vmas.at(space.root, from);
  if (vma === 0) return EFAULT;
  const whole = from + pages <= vmas.end.get(vma);
  if (!whole && (to === undefined || pages !== newPages || !several) && newPages >= pages) return EFAULT;
  if (to === undefined) return resize(world, space, call);
  unmap(world, space, to, to + newPages);
  if (pages > newPages) unmap(world, space, from + newPages, from + pages);
  const moved = Math.min(pages, newPages);
  for (let page = from; page < from + moved; ) {
    const part = vmas.atOrBehind(space.root, page);
    if (part === 0 || vmas.start.get(part) >= from + moved) break;
    const first = Math.max(page, vmas.start.get(part));
    const end = Math.min(from + moved, vmas.end.get(part));
    const grow = end === from + moved ? newPages - moved : 0;
    move(world, space, part, first, end, to + first - from, end - first + grow, keep);
    page = end;
  }
  return to;
}

function resize(world: LabWorld, space: AddressSpace, { from, pages, newPages }: Remap): number {
  const { vmas } = world;
  if (newPages <= pages) {
    if (!covered(world, space, from, from + newPages)) return EFAULT;
    if (newPages < pages) unmap(world, space, from + newPages, from + pages);
    return from;
  }
  const vma = vmas.at(space.root, from);
  const end = vmas.end.get(vma);
  const wanted = end + newPages - pages;
  const next = vmas.next(space.root, vma);
  if (from + pages !== end || (next !== 0 && vmas.start.get(next) < wanted)) return ENOMEM;
  const like = vmas.like(vma);
  const grown = vmas.pages(vma);
  const offsets = { pgoff: like.pgoff + grown, anonPgoff: like.anonPgoff + grown };
  const locked = (like.flags & VM.locked) !== 0;
  mergeNew(world, space, {
    ...{ ...like, ...offsets, start: end, end: wanted, prev: vma, next },
    source: vmas.faulted.get(vma) !== 0 ? vma : 0,
    extending: true,
  });
  if (locked) faultIn(world, space, end, wanted);
  return from;
}

/** Moves pages of one VMA. */
function move(
  world: LabWorld,
  space: AddressSpace,
  source: Vma,
  first: number,
  end: number,
  to: number,
  pages: number,
  keep: boolean,
): void {
  const { vmas, design } = world;
  const locked = (vmas.flags.get(source) & VM.locked) !== 0;
  let vma = source;
  // What stays behind is not locked any more: only the moved part of the VMA may lose the flag.
  if (keep && locked) {
    if (vmas.start.get(vma) < first) split(world, space, vma, first, true);
    if (vmas.end.get(vma) > end) split(world, space, vma, end, false);
  }
  world.ledger.during('move', () => {
    const faulted = vmas.faulted.get(vma) !== 0;
    if (faulted) design.upgrade(vma);
    const like = vmas.like(vma);
    like.pgoff += first - vmas.start.get(vma);
    like.anonPgoff += first - vmas.start.get(vma);
    const anonymous = world.isAnonymous(vma);
    if (!faulted) {
      like.anonPgoff = to;
      if (anonymous) like.pgoff = to;
    }
    let prev = vmas.before(space.root, to);
    let next = vmas.atOrBehind(space.root, to);
    if (!faulted && anonymous && keep && !design.rules.dontunmapSelfMerge) {
      if (prev === vma) prev = 0;
      if (next === vma) next = 0;
    }
    const start = vmas.start.get(vma);
    const stop = vmas.end.get(vma);
    const merged = mergeNew(world, space, {
      ...like,
      start: to,
      end: to + pages,
      prev,
      next,
      source: vma,
      copied: true,
    });
    if (merged === 0) {
      const copy = vmas.take(space.id, to, to + pages, like);
      if (faulted) {
        vmas.faulted.set(copy, 1);
        design.move(copy, vma);
      }
      world.link(space, copy);
    }
    // A VMA without folios may have become part of what it was moved beside.
    vma = vmas.at(space.root, first);
    movePages(world, space, first, end, to);
    if (!keep) return;
    if (vma !== merged && start === first && stop === end) emptied(world, vma);
    vmas.flags.set(vma, vmas.flags.get(vma) & ~VM.locked);
  });
  if (!keep) unmap(world, space, first, end);
  // Only what was added needs faulting in: the rest came with its pages.
  if (locked) faultIn(world, space, to + end - first, to + pages);
}

/** All pages of a VMA went elsewhere, and it stays: it is as before its first fault. */
function emptied(world: LabWorld, vma: Vma): void {
  const { vmas, design } = world;
  if (vmas.faulted.get(vma) !== 0) {
    design.unmap(vma);
    vmas.faulted.set(vma, 0);
  }
  vmas.anonPgoff.set(vma, vmas.start.get(vma));
  if (design.rules.dontunmapOffset && vmas.file.get(vma) === 0) vmas.pgoff.set(vma, vmas.start.get(vma));
}

function movePages(world: LabWorld, space: AddressSpace, first: number, end: number, to: number): void {
  const { table } = space;
  if ((to - first) % 512 !== 0) table.each(first, end, (page, _, huge) => huge && world.splitHuge(space, page));
  world.splitHugeAt(space, first);
  world.splitHugeAt(space, end);
  table.each(first, end, (page, entry, huge) => {
    const target = page + to - first;
    if (huge) {
      table.setHuge(page, 0);
      table.setHuge(target, entry);
    } else {
      table.set(page, 0);
      table.set(target, entryOf(frameOf(entry), entry & 63));
    }
  });
}
