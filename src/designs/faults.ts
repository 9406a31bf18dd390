// SPDX-License-Identifier: GPL-2.0-or-later
// What an access of a process does: the page fault of do_anonymous_page(), do_wp_page(), do_swap_page() and the file's
// fault, then the access itself. Results: what the access gives, or -EFAULT.
import { HUGE_ORDER, MEDIUM_ORDER, STACK_GUARD_PAGES } from './limits.ts';
import { ALONE, DIRTY, entryOf, frameOf, kindOf, PRESENT, SWAP, WRITE, ZERO } from './page-table.ts';
import type { Folio, Vma } from './values.ts';
import { ACCESS, VM } from './vmas.ts';
import type { AddressSpace, LabWorld } from './world.ts';

const EFAULT = -14;

/** A process writes a page. */
export function write(world: LabWorld, space: AddressSpace, page: number, tag: number): number {
  const entry = space.table.get(page);
  if (kindOf(entry) === PRESENT && (entry & WRITE) !== 0) {
    if ((entry & DIRTY) === 0) space.table.set(page, entry | DIRTY);
    return store(world, frameOf(entry), tag);
  }
  const vma = vmaAt(world, space, page);
  if (vma === 0 || (world.vmas.flags.get(vma) & VM.write) === 0) return EFAULT;
  const frame = writable(world, space, vma, page);
  return frame === 0 ? EFAULT : store(world, frame, tag);
}

function store(world: LabWorld, frame: number, tag: number): number {
  world.folios.tag.set(frame, tag);
  return 0;
}

/** A process reads a page. */
export function read(world: LabWorld, space: AddressSpace, page: number): number {
  const entry = space.table.get(page);
  const vma = vmaAt(world, space, page);
  if (vma === 0 || (world.vmas.flags.get(vma) & ACCESS) === 0) return EFAULT;
  if (kindOf(entry) === PRESENT) return world.folios.tag.get(frameOf(entry));
  if (kindOf(entry) === ZERO) return 0;
  const frame = readable(world, space, vma, page);
  return frame < 0 ? frame : frame === 0 ? 0 : world.folios.tag.get(frame);
}

/** Faults in what a range allows, as populate and mlock do. */
export function faultIn(world: LabWorld, space: AddressSpace, first: number, end: number): void {
  for (let page = first; page < end; page++) {
    const vma = world.vmas.at(space.root, page);
    if (vma === 0) continue;
    const flags = world.vmas.flags.get(vma);
    if ((flags & ACCESS) === 0) continue;
    const entry = space.table.get(page);
    const writes = (flags & (VM.write | VM.shared)) === VM.write;
    if (writes && (kindOf(entry) !== PRESENT || (entry & WRITE) === 0)) writable(world, space, vma, page);
    else if (!writes && kindOf(entry) !== PRESENT && kindOf(entry) !== ZERO) readable(world, space, vma, page);
  }
}

/** The VMA of an address; a stack grows down to it first. */
function vmaAt(world: LabWorld, space: AddressSpace, page: number): Vma {
  const { vmas, files, design } = world;
  const vma = vmas.atOrBehind(space.root, page);
  if (vma === 0 || vmas.start.get(vma) <= page) return vma;
  if ((vmas.flags.get(vma) & VM.growsdown) === 0) return 0;
  const under = vmas.before(space.root, page);
  const underFlags = under === 0 ? 0 : vmas.flags.get(under);
  const near = under !== 0 && page - vmas.end.get(under) < STACK_GUARD_PAGES;
  if (near && (underFlags & VM.growsdown) === 0 && (underFlags & ACCESS) !== 0) return 0;
  prepare(world, vma);
  design.lift(vma);
  files.lift(vmas, vma);
  vmas.resize(vma, page, vmas.end.get(vma));
  files.settle(vmas, vma);
  design.settle(vma);
  return vma;
}

/** Folios can be placed in the VMA afterwards. */
export function prepare(world: LabWorld, vma: Vma): void {
  if (world.vmas.faulted.get(vma) !== 0) return;
  world.ledger.during('fault', () => world.design.prepare(vma));
  world.vmas.faulted.set(vma, 1);
}

/** Makes a page readable. Out: its frame, 0 for the zero page, or -errno. */
function readable(world: LabWorld, space: AddressSpace, vma: Vma, page: number): number {
  world.faults++;
  if (kindOf(space.table.get(page)) === SWAP) return swapIn(world, space, vma, page, false);
  if (world.isAnonymous(vma)) {
    space.table.set(page, entryOf(0, ZERO));
    return 0;
  }
  const folio = filePage(world, vma, page);
  if (folio === 0) return EFAULT;
  world.mapPage(space, page, folio, 0);
  return folio;
}

/** The page cache's folio behind a page; 0 behind the file's end. */
function filePage(world: LabWorld, vma: Vma, page: number): Folio {
  const { vmas, files, folios } = world;
  const file = vmas.file.get(vma);
  const index = vmas.pgoff.get(vma) + page - vmas.start.get(vma);
  return index < files.pages(file) ? files.page(file, index, folios) : 0;
}

/** Makes a page writable. Out: its frame, 0 where there is nothing behind it. */
function writable(world: LabWorld, space: AddressSpace, vma: Vma, page: number): number {
  world.faults++;
  const { table } = space;
  if (kindOf(table.get(page)) === SWAP) swapIn(world, space, vma, page, true);
  const entry = table.get(page);
  if ((world.vmas.flags.get(vma) & VM.shared) !== 0) return shared(world, space, vma, page, entry);
  if (kindOf(entry) === PRESENT) {
    const frame = frameOf(entry);
    if (world.folios.isAnon(world.folios.of(frame))) return own(world, space, vma, page, entry);
    return copy(world, space, vma, page, frame);
  }
  if (world.isAnonymous(vma)) {
    prepare(world, vma);
    if (kindOf(entry) === ZERO) table.set(page, 0);
    return fresh(world, space, vma, page);
  }
  const folio = filePage(world, vma, page);
  return folio === 0 ? 0 : copy(world, space, vma, page, folio);
}

function shared(world: LabWorld, space: AddressSpace, vma: Vma, page: number, entry: number): number {
  if (kindOf(entry) === PRESENT) {
    space.table.set(page, entry | WRITE | DIRTY);
    return frameOf(entry);
  }
  const folio = filePage(world, vma, page);
  if (folio !== 0) world.mapPage(space, page, folio, WRITE | DIRTY);
  return folio;
}

/** A new anonymous folio where nothing is: as large as advice and neighbourhood allow. */
function fresh(world: LabWorld, space: AddressSpace, vma: Vma, page: number): number {
  const { vmas, folios, design } = world;
  const orders = world.mediumFolios ? [HUGE_ORDER, MEDIUM_ORDER] : [HUGE_ORDER];
  for (const order of (vmas.flags.get(vma) & VM.hugepage) !== 0 ? orders : []) {
    const pages = 2 ** order;
    const first = page - (page % pages);
    if (first < vmas.start.get(vma) || first + pages > vmas.end.get(vma)) continue;
    if (order === HUGE_ORDER ? !space.table.emptyAround(page) : !free(space, first, pages)) continue;
    const folio = folios.take(order, true, world.offset(vma, first));
    design.place(folio, vma, true);
    if (order === HUGE_ORDER) world.mapHuge(space, first, folio, WRITE | DIRTY);
    for (let i = 0; i < pages; i++) {
      folios.exclusive.set(folio + i, 1);
      if (order !== HUGE_ORDER) world.mapPage(space, first + i, folio + i, WRITE | DIRTY);
    }
    return folio + page - first;
  }
  const folio = folios.take(0, true, world.offset(vma, page));
  design.place(folio, vma, true);
  folios.exclusive.set(folio, 1);
  world.mapPage(space, page, folio, WRITE | DIRTY);
  return folio;
}

function free(space: AddressSpace, first: number, pages: number): boolean {
  for (let page = first; page < first + pages; page++) if (space.table.get(page) !== 0) return false;
  return true;
}

/** A write to an anonymous page that is present and read-only: it is reused where nobody else has it, else copied. */
function own(world: LabWorld, space: AddressSpace, vma: Vma, page: number, entry: number): number {
  const { folios, design } = world;
  const frame = frameOf(entry);
  const folio = folios.of(frame);
  const huge = space.table.huge(page);
  if (folios.exclusive.get(frame) === 0) {
    if (!mine(world, space, folio, page - (frame - folio))) {
      if (huge !== 0) world.splitHuge(space, page);
      return copy(world, space, vma, page, frame);
    }
    prepare(world, vma);
    if (huge !== 0 || folios.order(folio) === 0) design.adopt(folio, vma);
    if (huge !== 0) for (let i = 0; i < 512; i++) folios.exclusive.set(folio + i, 1);
    else folios.exclusive.set(frame, 1);
  }
  if (huge !== 0) space.table.setHuge(page, huge | WRITE | DIRTY);
  else space.table.set(page, entry | WRITE | DIRTY);
  return frame;
}

/** True where all that maps a folio is this address space, and nothing else refers to it. `first`: where its first page would be. */
function mine(world: LabWorld, space: AddressSpace, folio: Folio, first: number): boolean {
  const { folios } = world;
  const maps = folios.maps.get(folio);
  // The swap cache holds one while others may still swap it in.
  if (folios.references.get(folio) !== maps) return false;
  if (folios.order(folio) === 0) return maps === 1;
  if (space.table.huge(first) !== 0) return maps === 1;
  let here = 0;
  for (let i = 0; i < folios.pages(folio); i++) {
    const entry = space.table.get(first + i);
    if (kindOf(entry) === PRESENT && frameOf(entry) === folio + i) here++;
  }
  return here === maps;
}

/** Replaces what a page shows by an anonymous copy of it. */
function copy(world: LabWorld, space: AddressSpace, vma: Vma, page: number, from: number): number {
  const { folios, design } = world;
  prepare(world, vma);
  world.copies++;
  const folio = folios.take(0, true, world.offset(vma, page));
  folios.tag.set(folio, folios.tag.get(from));
  design.place(folio, vma, true);
  folios.exclusive.set(folio, 1);
  const entry = space.table.get(page);
  if (entry !== 0) world.clear(space, page, entry);
  world.mapPage(space, page, folio, WRITE | DIRTY);
  return folio;
}

/** Brings a swapped page back. Out: its frame. */
function swapIn(world: LabWorld, space: AddressSpace, vma: Vma, page: number, writing: boolean): number {
  const { folios, files, design } = world;
  const entry = space.table.get(page);
  const slotId = frameOf(entry);
  const slot = files.slot(slotId);
  let folio = slot.folio;
  const wanted = writing || (world.vmas.flags.get(vma) & VM.locked) !== 0;
  const unshared = slot.entries === 1 && (folio === 0 || folios.maps.get(folio) === 0);
  const alone = (entry & ALONE) !== 0 || (design.rules.lastEntryExclusive && wanted && unshared);
  prepare(world, vma);
  if (folio === 0) {
    folio = folios.take(0, true, world.offset(vma, page));
    folios.tag.set(folio, slot.tag);
    if (slot.entries > 1) {
      slot.folio = folio;
      folios.slot.set(folio, slotId);
      folios.references.add(folio, 1);
    }
    design.place(folio, vma, alone);
  } else if (folios.maps.get(folio) === 0 && !design.keepsUnmapped) {
    folios.index.set(folio, world.offset(vma, page));
    design.place(folio, vma, alone);
  }
  folios.exclusive.set(folio, alone ? 1 : 0);
  world.mapPage(space, page, folio, 0);
  space.swapEntries--;
  files.freeSwap(slotId, folios);
  return folio;
}
