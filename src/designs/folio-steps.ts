// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel does to folios on its own account. It finds the entries by a walk of the design under test, so that
// an entry that the walk misses keeps the folio from being moved, as it does in the kernel.
import { SimFault } from '../machine/fault.ts';
import type { FolioOp } from '../simulator/grammar/values.ts';
import { prepare } from './faults.ts';
import { ALONE, DIRTY, entryOf, frameOf, kindOf, PRESENT, SWAP, WRITE } from './page-table.ts';
import type { Folio, Vma } from './values.ts';
import { walk } from './walk.ts';
import type { AddressSpace, LabWorld } from './world.ts';

const ENOENT = -2;
const EAGAIN = -11;
const EBUSY = -16;
const EINVAL = -22;

export type FolioStep = FolioOp;

interface Entry {
  space: AddressSpace;
  page: number;
  entry: number;
}

export function folioStep(world: LabWorld, what: FolioStep, space: AddressSpace, page: number): number {
  const entry = space.table.get(page);
  if (kindOf(entry) !== PRESENT) return ENOENT;
  const folio = world.folios.of(frameOf(entry));
  if (what === 'poison') return world.unmodelled('memory failure');
  if (what === 'referenced' || what === 'page-idle') {
    found(world, folio);
    return 0;
  }
  if (what === 'split') return splitFolio(world, folio);
  const { folios } = world;
  if (what === 'migrate') return folios.order(folio) > 0 ? migrateLarge(world, folio) : migrate(world, folio);
  if (folios.order(folio) > 0) {
    const result = splitFolio(world, folio);
    if (result < 0) return result;
  }
  return evict(world, folios.of(frameOf(entry)), what === 'swapout');
}

/** The entries that a walk leads to; undefined where it does not find all that map the folio. */
function found(world: LabWorld, folio: Folio): Entry[] | undefined {
  const { folios, design } = world;
  if (folios.isAnon(folio) && !design.walkLock(folio).sleeps)
    throw new SimFault('kernel-says', 'BUG: sleeping function called from invalid context');
  const entries: Entry[] = [];
  let maps = 0;
  walk(world, folio, (vma, first) => {
    const space = world.spaces.get(world.vmas.space.get(vma));
    if (space === undefined) return;
    const end = Math.min(world.vmas.end.get(vma), first + folios.pages(folio));
    space.table.each(Math.max(first, 0), end, (page, entry, huge) => {
      if (kindOf(entry) !== PRESENT || folios.of(frameOf(entry)) !== folio) return;
      if (entries.some((known) => known.space === space && known.page === page)) return;
      entries.push({ space, page, entry: huge ? space.table.huge(page) : entry });
      maps++;
    });
  });
  return maps === folios.maps.get(folio) ? entries : undefined;
}

/** migrate_pages() of one small folio. */
function migrate(world: LabWorld, folio: Folio): number {
  const { folios, files } = world;
  const entries = found(world, folio);
  if (entries === undefined) return EAGAIN;
  const cached = folios.file.get(folio) !== 0 || folios.slot.get(folio) !== 0 ? 1 : 0;
  if (folios.references.get(folio) !== folios.maps.get(folio) + cached) return EAGAIN;
  const target = folios.take(0, folios.isAnon(folio), folios.index.get(folio));
  folios.tag.set(target, folios.tag.get(folio));
  folios.exclusive.set(target, folios.exclusive.get(folio));
  folios.setAnchor(target, folios.anchor(folio));
  files.replace(folio, target, folios);
  for (const { space, page, entry } of entries) {
    world.clear(space, page, entry);
    world.mapPage(space, page, target, entry & (WRITE | DIRTY));
  }
  if (cached !== 0) world.put(folio);
  return 0;
}

/** A large folio moves as a whole: frames change, entries stay as they are. */
function migrateLarge(world: LabWorld, folio: Folio): number {
  const { folios } = world;
  const entries = found(world, folio);
  if (entries === undefined) return EAGAIN;
  const target = folios.take(folios.order(folio), true, folios.index.get(folio));
  folios.setAnchor(target, folios.anchor(folio));
  for (let i = 0; i < folios.pages(folio); i++) {
    folios.tag.set(target + i, folios.tag.get(folio + i));
    folios.exclusive.set(target + i, folios.exclusive.get(folio + i));
  }
  for (const { space, page, entry } of entries) {
    if (space.table.huge(page) !== 0) {
      world.unmapped(space, folio, 512);
      world.mapHuge(space, page, target, entry & (WRITE | DIRTY));
    } else {
      world.clear(space, page, entry);
      world.mapPage(space, page, target + frameOf(entry) - folio, entry & (WRITE | DIRTY));
    }
  }
  return 0;
}

/** split_folio(): single pages, each mapped where the folio's page was. */
function splitFolio(world: LabWorld, folio: Folio): number {
  const { folios } = world;
  if (folios.order(folio) === 0) return EINVAL;
  const entries = found(world, folio);
  if (entries === undefined) return EAGAIN;
  if (folios.references.get(folio) !== folios.maps.get(folio)) return EAGAIN;
  for (const { space, page } of entries) world.splitHuge(space, page);
  const pages = found(world, folio) ?? [];
  const count = folios.pages(folio);
  folios.references.add(folio, 1);
  for (const { space, page, entry } of pages) world.clear(space, page, entry);
  folios.shatter(folio);
  for (let i = 1; i < count; i++) folios.references.add(folio + i, 1);
  for (const { space, page, entry } of pages) world.mapPage(space, page, frameOf(entry), entry & (WRITE | DIRTY));
  for (let i = 0; i < count; i++) world.put(folio + i);
  return 0;
}

/** What the shrinker of deferred splits does: large folios with pages that nobody maps any more are split. */
export function shrink(world: LabWorld): void {
  const { folios } = world;
  for (const folio of [...folios.all()]) {
    if (folios.order(folio) === 0 || !folios.isAnon(folio) || folios.hugeMaps.get(folio) > 0) continue;
    const pages = Array.from({ length: folios.pages(folio) }, (_, i) => folio + i);
    if (pages.some((page) => folios.pageMaps.get(page) === 0)) splitFolio(world, folio);
  }
}

/** MADV_FREE: pages of this process alone may be dropped until they are written again. */
export function freeLazily(world: LabWorld, space: AddressSpace, first: number, end: number): void {
  const { folios, files } = world;
  space.table.each(first, end, (page, entry, huge) => {
    if (kindOf(entry) === SWAP) world.clear(space, page, entry);
    if (huge || kindOf(entry) !== PRESENT) return;
    const folio = folios.of(frameOf(entry));
    if (!folios.isAnon(folio) || folios.order(folio) > 0 || folios.maps.get(folio) !== 1) return;
    const slot = folios.slot.get(folio);
    if (slot !== 0 && files.slot(slot).entries > 0) return;
    folios.lazy.set(folio, 1);
    space.table.set(page, entry & ~DIRTY);
  });
}

/** Reclaim of a small folio: to its file, or to swap; `keep`: its contents stay in the swap cache. */
function evict(world: LabWorld, folio: Folio, keep: boolean): number {
  const { folios, files } = world;
  const entries = found(world, folio);
  if (entries === undefined) return EBUSY;
  if (!folios.isAnon(folio)) {
    for (const { space, page, entry } of entries) world.clear(space, page, entry);
    if (!keep) files.drop(folio, folios, false);
    return 0;
  }
  if (folios.lazy.get(folio) !== 0) {
    folios.lazy.set(folio, 0);
    if (entries.some(({ entry }) => (entry & DIRTY) !== 0)) return EAGAIN;
    for (const { space, page, entry } of entries) world.clear(space, page, entry);
    return 0;
  }
  let slot = folios.slot.get(folio);
  if (slot === 0) {
    slot = files.swapOut(folios.tag.get(folio), folio);
    folios.slot.set(folio, slot);
    folios.references.add(folio, 1);
  }
  const known = files.slot(slot);
  known.tag = folios.tag.get(folio);
  const alone = folios.exclusive.get(folio) !== 0;
  for (const { space, page, entry } of entries) {
    world.clear(space, page, entry);
    world.mapSwap(space, page, slot, alone);
  }
  if (!keep) {
    known.folio = 0;
    folios.slot.set(folio, 0);
    world.put(folio);
  }
  return 0;
}

/** UFFDIO_MOVE of small pages: the folios go over, with a new offset and anon_vma. */
export function uffdMove(world: LabWorld, space: AddressSpace, to: number, from: number, pages: number): number {
  const { table } = space;
  const target = world.vmas.at(space.root, to);
  for (let i = 0; i < pages; i++) {
    const entry = table.get(from + i);
    if (kindOf(table.get(to + i)) !== 0) return -17;
    if (kindOf(entry) !== PRESENT && kindOf(entry) !== SWAP) return ENOENT;
    prepare(world, target);
    if (kindOf(entry) === SWAP) {
      if ((entry & ALONE) === 0) return EBUSY;
      const { folio } = world.files.slot(frameOf(entry));
      if (folio !== 0) {
        world.folios.index.set(folio, world.offset(target, to + i));
        world.design.place(folio, target, true);
      }
      table.set(from + i, 0);
      table.set(to + i, entry);
      continue;
    }
    const moved = moveFolio(world, space, target, from + i, to + i);
    if (moved < 0) return moved;
  }
  return 0;
}

function moveFolio(world: LabWorld, space: AddressSpace, target: Vma, from: number, to: number): number {
  const { folios, design } = world;
  const { table } = space;
  let folio = folios.of(frameOf(table.get(from)));
  if (folios.order(folio) > 0) {
    const result = splitFolio(world, folio);
    if (result < 0) return result;
    folio = folios.of(frameOf(table.get(from)));
  }
  if (!folios.isAnon(folio) || folios.exclusive.get(folio) === 0) return EBUSY;
  table.set(to, entryOf(folio, PRESENT | WRITE | DIRTY));
  table.set(from, 0);
  folios.index.set(folio, world.offset(target, to));
  design.place(folio, target, true);
  return 0;
}

/** UFFDIO_COPY: new folios with what other pages hold. */
export function uffdCopy(world: LabWorld, space: AddressSpace, to: number, from: number, pages: number): number {
  const { folios, design, vmas } = world;
  const target = vmas.at(space.root, to);
  for (let i = 0; i < pages; i++) {
    if (kindOf(space.table.get(to + i)) !== 0) return -17;
    if (!world.isAnonymous(target)) return world.unmodelled('UFFDIO_COPY into a file mapping');
    prepare(world, target);
    const source = space.table.get(from + i);
    const folio = folios.take(0, true, world.offset(target, to + i));
    if (kindOf(source) === PRESENT) folios.tag.set(folio, folios.tag.get(frameOf(source)));
    design.place(folio, target, true);
    folios.exclusive.set(folio, 1);
    world.mapPage(space, to + i, folio, WRITE | DIRTY);
  }
  return 0;
}
