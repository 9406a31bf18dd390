// SPDX-License-Identifier: GPL-2.0-or-later
// The shared world: address spaces, VMAs, page tables, folios and files, the same for every design. Here are the stores
// and what touches one page; system calls and faults are functions of this folder that take the world.
import { SimFault } from '../machine/fault.ts';
import { Files } from './files.ts';
import { Folios } from './folios.ts';
import { Ledger } from './ledger.ts';
import { ALONE, entryOf, frameOf, kindOf, PageTable, PRESENT, SWAP, WRITE } from './page-table.ts';
import type { Design, DesignModule, Folio, OptionValues, Space, Vma } from './values.ts';
import { Vmas } from './vmas.ts';

export interface AddressSpace {
  id: Space;
  /** Of its VMAs, in vmas' order. */
  root: number;
  table: PageTable;
  anonPages: number;
  filePages: number;
  shmemPages: number;
  swapEntries: number;
  /** Tasks that run in it. */
  users: number;
}

export class LabWorld {
  readonly vmas = new Vmas();
  readonly folios = new Folios();
  readonly files = new Files();
  readonly ledger: Ledger;
  readonly design: Design;
  readonly spaces = new Map<Space, AddressSpace>();
  faults = 0;
  copies = 0;
  /** Faults may give folios of 16 pages where MADV_HUGEPAGE holds. */
  mediumFolios = false;
  #lastSpace = 0;

  constructor(module: DesignModule, options: OptionValues) {
    this.ledger = new Ledger(() => {
      let sum = this.vmas.pool.allocated;
      for (const pool of this.design?.pools ?? []) sum += pool.allocated;
      return sum;
    });
    this.design = module.create(this, options);
  }

  reset(): void {
    this.vmas.reset();
    this.folios.reset();
    this.files.reset();
    this.design.reset();
    this.spaces.clear();
    this.#lastSpace = 0;
    this.faults = 0;
    this.copies = 0;
    this.mediumFolios = false;
    this.ledger.reset();
  }

  /** A new, empty address space. */
  begin(parent: Space): AddressSpace {
    const id = ++this.#lastSpace;
    const counts = { anonPages: 0, filePages: 0, shmemPages: 0, swapEntries: 0 };
    const space = { id, root: 0, table: new PageTable(), ...counts, users: 1 };
    this.spaces.set(id, space);
    this.design.begin(id, parent);
    return space;
  }

  space(id: Space): AddressSpace {
    const space = this.spaces.get(id);
    if (space === undefined) throw new Error(`no address space ${id}`);
    return space;
  }

  spaceOf(vma: Vma): AddressSpace {
    return this.space(this.vmas.space.get(vma));
  }

  /** The offset at which an anonymous folio of a VMA's page stands. */
  offset(vma: Vma, page: number): number {
    return this.vmas.offset(vma, page, this.design.rules.virtualOffsets);
  }

  /** True where new pages are anonymous from the start: no file, or /dev/zero. */
  isAnonymous(vma: Vma): boolean {
    const file = this.vmas.file.get(vma);
    return file === 0 || this.files.kind(file) === 'devzero';
  }

  /** A VMA joins its address space and its file. */
  link(space: AddressSpace, vma: Vma): void {
    space.root = this.vmas.link(space.root, vma);
    this.files.map(this.vmas, vma);
  }

  /** A VMA leaves its address space, its file and the reverse map. */
  detach(space: AddressSpace, vma: Vma): void {
    if (this.vmas.faulted.get(vma) !== 0) this.design.unmap(vma);
    space.root = this.vmas.unlink(space.root, vma);
    this.files.unmap(this.vmas, vma, this.folios);
    this.vmas.drop(vma);
  }

  /** Maps one page of a folio. */
  mapPage(space: AddressSpace, page: number, frame: number, bits: number): void {
    const { folios } = this;
    const folio = folios.of(frame);
    space.table.set(page, entryOf(frame, PRESENT | bits));
    folios.maps.add(folio, 1);
    folios.pageMaps.add(frame, 1);
    folios.references.add(folio, 1);
    this.#count(space, folio, 1);
  }

  /** Maps a whole folio of 512 pages by one entry. */
  mapHuge(space: AddressSpace, page: number, folio: Folio, bits: number): void {
    space.table.setHuge(page, entryOf(folio, PRESENT | bits));
    this.folios.maps.add(folio, 1);
    this.folios.hugeMaps.add(folio, 1);
    this.folios.references.add(folio, 1);
    this.#count(space, folio, 512);
  }

  #count(space: AddressSpace, folio: Folio, pages: number): void {
    if (this.folios.isAnon(folio)) space.anonPages += pages;
    else if (this.files.isShmem(this.folios.file.get(folio))) space.shmemPages += pages;
    else space.filePages += pages;
  }

  /** Clears the entry of a page, whatever it is; a huge one must have been split before. */
  clear(space: AddressSpace, page: number, entry: number): void {
    space.table.set(page, 0);
    const kind = kindOf(entry);
    if (kind === PRESENT) this.unmapped(space, frameOf(entry), 1);
    else if (kind === SWAP) {
      space.swapEntries--;
      this.files.freeSwap(frameOf(entry), this.folios);
    }
  }

  /** An entry of a present page is gone; `pages`: 512 for a huge one. */
  unmapped(space: AddressSpace, frame: number, pages: number): void {
    const { folios } = this;
    const folio = folios.of(frame);
    this.#count(space, folio, -pages);
    folios.maps.add(folio, -1);
    if (pages === 1) folios.pageMaps.add(frame, -1);
    else folios.hugeMaps.add(folio, -1);
    this.put(folio);
  }

  /** Drops a reference; the last one frees the folio. */
  put(folio: Folio): void {
    if (this.folios.references.add(folio, -1) === 0) this.folios.give(folio);
  }

  /** Makes 512 entries of the huge entry around a page, if there is one. */
  splitHuge(space: AddressSpace, page: number): void {
    const entry = space.table.huge(page);
    if (entry === 0) return;
    const { folios } = this;
    const head = frameOf(entry);
    const first = page - (page % 512);
    space.table.setHuge(first, 0);
    folios.maps.add(head, 511);
    folios.hugeMaps.add(head, -1);
    folios.references.add(head, 511);
    for (let i = 0; i < 512; i++) {
      folios.pageMaps.add(head + i, 1);
      space.table.set(first + i, entryOf(head + i, entry & 63));
    }
  }

  /** Huge entries that straddle a boundary become small ones. */
  splitHugeAt(space: AddressSpace, page: number): void {
    if (page % 512 !== 0) this.splitHuge(space, page);
  }

  /** Clears all entries of a range. */
  zap(space: AddressSpace, first: number, end: number): void {
    this.splitHugeAt(space, first);
    this.splitHugeAt(space, end);
    space.table.each(first, end, (page, entry, huge) => {
      if (!huge) this.clear(space, page, entry);
      else {
        space.table.setHuge(page, 0);
        this.unmapped(space, frameOf(entry), 512);
      }
    });
  }

  /** Takes the right to write from all entries of a range. */
  writeProtect(space: AddressSpace, first: number, end: number): void {
    this.splitHugeAt(space, first);
    this.splitHugeAt(space, end);
    space.table.each(first, end, (page, entry, huge) => {
      if (kindOf(entry) !== PRESENT || (entry & WRITE) === 0) return;
      if (huge) space.table.setHuge(page, entry & ~WRITE);
      else space.table.set(page, entry & ~WRITE);
    });
  }

  /** An entry of a swapped page. */
  mapSwap(space: AddressSpace, page: number, slot: number, alone: boolean): void {
    space.table.set(page, entryOf(slot, SWAP | (alone ? ALONE : 0)));
    space.swapEntries++;
    this.files.useSwap(slot);
  }

  /** What no design models: the run that asks for it is inconclusive. */
  unmodelled(what: string): never {
    throw new SimFault('unmodelled', what);
  }
}
