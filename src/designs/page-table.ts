// SPDX-License-Identifier: GPL-2.0-or-later
// The page tables of one address space: page number -> entry, in tables of 512. An entry is 32 bits: a page frame (or
// swap slot) and six bits of state. A table may be one huge entry instead.
import { TABLE_PAGES } from './limits.ts';

/** What an entry is: its lowest three bits; 0 is no entry. */
export const PRESENT = 1;
export const SWAP = 2;
/** The zero page. */
export const ZERO = 4;
const KIND = 7;
export const WRITE = 8;
export const DIRTY = 16;
/** Of a swap entry: no other process has it. */
export const ALONE = 32;
const SHIFT = 6;
const TABLE_BYTES = 4096;
/** Tables below one of the next level. */
const FANOUT = 512;

export function entryOf(frame: number, bits: number): number {
  return (frame << SHIFT) | bits;
}
export function frameOf(entry: number): number {
  return entry >>> SHIFT;
}
export function kindOf(entry: number): number {
  return entry & KIND;
}

interface Table {
  entries: Int32Array | undefined;
  /** The entry of a huge page; 0: none. */
  huge: number;
  used: number;
}

export class PageTable {
  readonly #tables = new Map<number, Table>();
  #lastIndex = -1;
  #last: Table | undefined;

  #table(index: number): Table | undefined {
    if (index !== this.#lastIndex) {
      this.#lastIndex = index;
      this.#last = this.#tables.get(index);
    }
    return this.#last;
  }

  #make(index: number): Table {
    let table = this.#table(index);
    if (table === undefined) {
      table = { entries: undefined, huge: 0, used: 0 };
      this.#tables.set(index, table);
      this.#last = table;
    }
    return table;
  }

  /** The entry of a page, 0 for none. Inside a huge page: an entry of the page's own frame. */
  get(page: number): number {
    const table = this.#table(Math.floor(page / TABLE_PAGES));
    if (table === undefined) return 0;
    const at = page % TABLE_PAGES;
    if (table.huge !== 0) return table.huge + (at << SHIFT);
    return table.entries === undefined ? 0 : (table.entries[at] as number);
  }

  /** Sets or clears (0) the entry of a page that no huge entry maps. */
  set(page: number, entry: number): void {
    const table = this.#make(Math.floor(page / TABLE_PAGES));
    table.entries ??= new Int32Array(TABLE_PAGES);
    const at = page % TABLE_PAGES;
    const before = table.entries[at] as number;
    if (before === 0 && entry !== 0) table.used++;
    else if (before !== 0 && entry === 0) table.used--;
    table.entries[at] = entry;
  }

  /** The huge entry that maps a page, 0 for none. */
  huge(page: number): number {
    return this.#table(Math.floor(page / TABLE_PAGES))?.huge ?? 0;
  }

  setHuge(page: number, entry: number): void {
    this.#make(Math.floor(page / TABLE_PAGES)).huge = entry;
  }

  /** True where the table of a page has neither entries nor a huge one. */
  emptyAround(page: number): boolean {
    const table = this.#table(Math.floor(page / TABLE_PAGES));
    return table === undefined || (table.used === 0 && table.huge === 0);
  }

  /** Calls back for the entries of a range; pages of a huge one come as `huge` with the first page that lies in it. */
  each(first: number, end: number, visit: (page: number, entry: number, huge: boolean) => void): void {
    for (let page = first; page < end; ) {
      const index = Math.floor(page / TABLE_PAGES);
      const table = this.#table(index);
      const stop = Math.min(end, (index + 1) * TABLE_PAGES);
      if (table === undefined) page = stop;
      else if (table.huge !== 0) {
        visit(page, table.huge, true);
        page = stop;
      } else if (table.used === 0 || table.entries === undefined) page = stop;
      else {
        const { entries } = table;
        for (; page < stop; page++) {
          const entry = entries[page % TABLE_PAGES] as number;
          if (entry !== 0) visit(page, entry, false);
        }
      }
    }
  }

  /** Frees the tables of a range that have no entries. */
  trim(first: number, end: number): void {
    for (let index = Math.floor(first / TABLE_PAGES); index * TABLE_PAGES < end; index++) {
      const table = this.#table(index);
      if (table !== undefined && table.used === 0 && table.huge === 0) {
        this.#tables.delete(index);
        this.#last = undefined;
      }
    }
  }

  /** All entries, ascending. */
  all(visit: (page: number, entry: number, huge: boolean) => void): void {
    for (const index of [...this.#tables.keys()].sort((a, b) => a - b))
      this.each(index * TABLE_PAGES, (index + 1) * TABLE_PAGES, visit);
  }

  /** Bytes of all levels below the top one. */
  get bytes(): number {
    const middle = new Set<number>();
    const upper = new Set<number>();
    let tables = 0;
    for (const [index, table] of this.#tables) {
      if (table.entries !== undefined) tables++;
      middle.add(Math.floor(index / FANOUT));
      upper.add(Math.floor(index / FANOUT / FANOUT));
    }
    return (tables + middle.size + upper.size) * TABLE_BYTES;
  }
}
