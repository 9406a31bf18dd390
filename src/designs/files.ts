// SPDX-License-Identifier: GPL-2.0-or-later
// Files with their page caches and i_mmap trees, and the swap device. Files are numbered from 1; 0 is none.
import type { FileKind } from '../machine/values.ts';
import type { Folios } from './folios.ts';
import { IntervalForest } from './intervals.ts';
import type { Folio, Vma } from './values.ts';
import type { Vmas } from './vmas.ts';

/** Pointers of address_spaces that a world shows: apart from all objects, lowest bits free. */
const MAPPING_BASE = 2 ** 50;
const MAPPING_STRIDE = 4096;
/** Contents of file pages lie apart from what processes write. */
const TAG_BASE = 2 ** 30;
const TAG_PAGES = 2 ** 20;

interface File {
  kind: FileKind | 'shared-anon';
  pages: number;
  /** Page -> folio of the page cache. */
  cache: Map<number, Folio>;
  /** Contents that differ from the initial ones and are not in the page cache. */
  stored: Map<number, number>;
  /** Root of the tree of VMAs that map it. */
  root: number;
  /** VMAs, and one while it is open. */
  users: number;
}

interface Slot {
  tag: number;
  entries: number;
  /** The folio in the swap cache; 0 for none. */
  folio: Folio;
}

export class Files {
  readonly tree = new IntervalForest();
  readonly #files = new Map<number, File>();
  #last = 0;
  readonly #slots = new Map<number, Slot>();
  #lastSlot = 0;

  reset(): void {
    this.#files.clear();
    this.#slots.clear();
    this.#last = 0;
    this.#lastSlot = 0;
  }

  open(kind: File['kind'], pages: number): number {
    this.#files.set(++this.#last, { kind, pages, cache: new Map(), stored: new Map(), root: 0, users: 1 });
    return this.#last;
  }

  #file(id: number): File {
    const file = this.#files.get(id);
    if (file === undefined) throw new Error(`no file ${id}`);
    return file;
  }

  /** The opener, or a VMA, lets go of it. */
  close(id: number, folios: Folios): void {
    const file = this.#file(id);
    if (--file.users > 0) return;
    for (const folio of file.cache.values()) {
      folios.file.set(folio, 0);
      if (folios.references.add(folio, -1) === 0) folios.give(folio);
    }
    this.#files.delete(id);
  }

  kind(id: number): File['kind'] {
    return this.#file(id).kind;
  }
  pages(id: number): number {
    return this.#file(id).pages;
  }
  isShmem(id: number): boolean {
    if (id === 0) return false;
    const { kind } = this.#file(id);
    return kind === 'tmpfs' || kind === 'shared-anon';
  }

  /** The address_space's pointer; /dev/zero's private mappings have a file, yet no pages of it. */
  mapping(id: number): number {
    return id === 0 ? 0 : MAPPING_BASE + id * MAPPING_STRIDE;
  }
  byMapping(pointer: number): number {
    const id = (pointer - MAPPING_BASE) / MAPPING_STRIDE;
    return this.#files.has(id) ? id : 0;
  }
  all(): number[] {
    return [...this.#files.keys()];
  }
  root(id: number): number {
    return this.#file(id).root;
  }

  map(vmas: Vmas, vma: Vma): void {
    const id = vmas.file.get(vma);
    if (id === 0) return;
    this.#file(id).users++;
    this.settle(vmas, vma);
  }

  unmap(vmas: Vmas, vma: Vma, folios: Folios): void {
    const id = vmas.file.get(vma);
    if (id === 0) return;
    this.lift(vmas, vma);
    this.close(id, folios);
  }

  /** Before and after a VMA's range changes. */
  lift(vmas: Vmas, vma: Vma): void {
    const id = vmas.file.get(vma);
    if (id === 0) return;
    const file = this.#file(id);
    file.root = this.tree.remove(file.root, vma);
  }
  settle(vmas: Vmas, vma: Vma): void {
    const id = vmas.file.get(vma);
    if (id === 0) return;
    const file = this.#file(id);
    const first = vmas.pgoff.get(vma);
    file.root = this.tree.insert(file.root, vma, first, first + vmas.pages(vma) - 1);
  }

  initialTag(id: number, page: number): number {
    return this.#file(id).kind === 'shared-anon'
      ? 0
      : TAG_BASE + ((id * 64 + Math.floor(page / TAG_PAGES)) % 1000) * TAG_PAGES + (page % TAG_PAGES);
  }

  /** The page cache's folio of a page, brought in if it is not there. */
  page(id: number, page: number, folios: Folios): Folio {
    const file = this.#file(id);
    let folio = file.cache.get(page);
    if (folio === undefined) {
      folio = folios.take(0, false, page);
      folios.file.set(folio, id);
      folios.references.add(folio, 1);
      folios.tag.set(folio, file.stored.get(page) ?? this.initialTag(id, page));
      file.stored.delete(page);
      file.cache.set(page, folio);
    }
    return folio;
  }

  /** The page cache's folio of a page; 0 for none. */
  cached(id: number, page: number): Folio {
    return this.#file(id).cache.get(page) ?? 0;
  }

  /** Takes a folio from the page cache; its contents stay the file's, or (removed) become zeroes. */
  drop(folio: Folio, folios: Folios, removed: boolean): void {
    const file = this.#file(folios.file.get(folio));
    const page = folios.index.get(folio);
    file.stored.set(page, removed ? 0 : folios.tag.get(folio));
    file.cache.delete(page);
    folios.file.set(folio, 0);
    if (folios.references.add(folio, -1) === 0) folios.give(folio);
  }

  /** Puts a folio in the place of another in the page cache or swap cache, with the reference that goes with it. */
  replace(folio: Folio, target: Folio, folios: Folios): void {
    const id = folios.file.get(folio);
    const slot = folios.slot.get(folio);
    if (id !== 0) {
      this.#file(id).cache.set(folios.index.get(folio), target);
      folios.file.set(target, id);
      folios.file.set(folio, 0);
    }
    if (slot !== 0) {
      this.slot(slot).folio = target;
      folios.slot.set(target, slot);
      folios.slot.set(folio, 0);
    }
    if (id !== 0 || slot !== 0) folios.references.add(target, 1);
  }

  /** Pages of a range that are not in the page cache become zeroes. */
  remove(id: number, first: number, end: number): void {
    const file = this.#file(id);
    for (let page = first; page < end; page++) if (!file.cache.has(page)) file.stored.set(page, 0);
  }

  /** A slot of the swap device with a page's contents. `folio`: it stays in the swap cache. */
  swapOut(tag: number, folio: Folio): number {
    this.#slots.set(++this.#lastSlot, { tag, entries: 0, folio });
    return this.#lastSlot;
  }
  slot(id: number): Slot {
    const slot = this.#slots.get(id);
    if (slot === undefined) throw new Error(`no swap slot ${id}`);
    return slot;
  }
  useSwap(id: number): void {
    this.slot(id).entries++;
  }
  /** An entry of a slot is gone. The last one frees it, and takes its folio from the swap cache. */
  freeSwap(id: number, folios: Folios): void {
    const slot = this.slot(id);
    if (--slot.entries > 0) return;
    this.#slots.delete(id);
    const { folio } = slot;
    if (folio === 0) return;
    folios.slot.set(folio, 0);
    if (folios.references.add(folio, -1) === 0) folios.give(folio);
  }
}
