// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the records that simulations/machine/view.c writes. In: a module. Out: plain values of the machine's world.
import { VIEW_WORDS } from './limits.ts';
import type { Module } from './module.ts';
import type { AnonVmaView, ChainView, FileTreeView, FolioView, Mapping, MmView, Visit, VmaView } from './values.ts';

const KINDS = ['present', 'swap', 'migration', 'marker', 'special'] as const;
const MAPPING_WORDS = 4;
const TREE_WORDS = 5;
const NO_MEMBER = 2 ** 64;
const NONE = 0xffffffff;

export class View {
  readonly #module: Module;

  constructor(module: Module) {
    this.#module = module;
  }

  /** Word i of the view's buffer: exact below 2^53, which all addresses and counters are. */
  #word(i: number): number {
    const { numbers } = this.#module.memory;
    const at = this.#module.memory.areas.view / 4 + i * 2;
    return (numbers[at] as number) + (numbers[at + 1] as number) * 0x100000000;
  }

  /** A word that may have its top bits set. */
  #big(i: number): bigint {
    const { numbers } = this.#module.memory;
    const at = this.#module.memory.areas.view / 4 + i * 2;
    return BigInt(numbers[at] as number) | (BigInt(numbers[at + 1] as number) << 32n);
  }

  /** Signed: counters that went below zero show as such. */
  #signed(i: number): number {
    const { numbers } = this.#module.memory;
    const at = this.#module.memory.areas.view / 4 + i * 2;
    return (numbers[at] as number) + ((numbers[at + 1] as number) | 0) * 0x100000000;
  }

  /** Calls a function that goes on from a cursor until it is 0, handing each bufferful to `take`. */
  #paged(name: string, first: number[], take: (words: number) => void): void {
    const { memory } = this.#module;
    const cursor = memory.areas.view;
    const out = cursor + 8;
    memory.numbers.fill(0, cursor / 4, cursor / 4 + 2);
    do {
      const words = this.#module.call(name, ...first, cursor, out, VIEW_WORDS - 1);
      take(words);
    } while (this.#word(0) !== 0);
  }

  mm(ptr: number): MmView {
    this.#module.call('sim_view_mm', ptr, this.#module.memory.areas.view);
    const view: MmView = {
      ptr,
      mapCount: this.#signed(0),
      totalVm: this.#signed(1),
      lockedVm: this.#signed(2),
      rss: { file: this.#signed(3), anon: this.#signed(4), swap: this.#signed(5), shmem: this.#signed(6) },
      pgtablesBytes: this.#signed(7),
      vmas: this.#vmas(ptr),
      mappings: this.#mappings(ptr),
    };
    return view;
  }

  #vmas(mm: number): VmaView[] {
    const found: VmaView[] = [];
    this.#paged('sim_view_vmas', [mm], (words) => {
      for (let i = 1; i <= words; ) {
        const chains = this.#word(i + 9);
        const chain: number[] = [];
        for (let c = 0; c < chains; c++) chain.push(this.#word(i + 10 + c));
        found.push({
          start: this.#word(i),
          end: this.#word(i + 1),
          flags: this.#big(i + 2),
          pgoff: this.#word(i + 3),
          anonPgoff: this.#word(i + 4),
          anonVma: this.#word(i + 5),
          mapping: this.#word(i + 6),
          ptr: this.#word(i + 7),
          chain,
        });
        i += 10 + chains;
      }
    });
    return found;
  }

  #mappings(mm: number): Mapping[] {
    const found: Mapping[] = [];
    this.#paged('sim_view_mappings', [mm], (words) => {
      for (let i = 1; i <= words; i += MAPPING_WORDS) {
        const bits = this.#word(i + 1);
        found.push({
          vaddr: this.#word(i),
          level: bits & 0x10 ? 'pmd' : 'pte',
          kind: KINDS[bits & 0xf] ?? 'marker',
          pfn: this.#word(i + 2),
          write: (bits & 0x100) !== 0,
          dirty: (bits & 0x200) !== 0,
          young: (bits & 0x400) !== 0,
          exclusive: (bits & 0x800) !== 0,
        });
      }
    });
    return found;
  }

  /** Undefined for frames that are not allocated and for reserved ones (the zero page). */
  folio(pfn: number): FolioView | undefined {
    const { view } = this.#module.memory.areas;
    if (this.#module.call('sim_view_folio', pfn, view) === 0) return undefined;
    const bits = this.#word(4);
    if (bits & 0x20) return undefined;
    const order = this.#word(1);
    const folio: FolioView = {
      pfn: this.#word(0),
      order,
      mapping: this.#word(2),
      index: this.#word(3),
      anon: (bits & 1) !== 0,
      ksm: (bits & 2) !== 0,
      swapCache: (bits & 4) !== 0,
      locked: (bits & 8) !== 0,
      lru: (bits & 16) !== 0,
      refcount: this.#signed(5),
      mapcount: this.#signed(6),
    };
    const counted = this.#module.call('sim_view_page_mapcounts', folio.pfn, view);
    if (counted > 0) folio.pageMapcounts = Array.from({ length: counted }, (_, i) => this.#signed(i) | 0);
    return folio;
  }

  /** Head frames of all live blocks of user data. */
  folioFrames(): number[] {
    const frames: number[] = [];
    this.#paged('sim_view_folios', [], (words) => {
      for (let i = 1; i <= words; i++) frames.push(this.#word(i));
    });
    return frames;
  }

  /** Live objects of the cache of this number. */
  objects(cache: number): number[] {
    const found: number[] = [];
    this.#paged('sim_objects_of', [cache], (words) => {
      for (let i = 1; i <= words; i++) found.push(this.#word(i));
    });
    return found;
  }

  walk(pfn: number): Visit[] {
    const { view } = this.#module.memory.areas;
    const visits = this.#module.call('sim_walk', pfn, view, VIEW_WORDS);
    const found: Visit[] = [];
    for (let i = 0; i < Math.min(visits, VIEW_WORDS / 2); i++)
      found.push({ vma: this.#word(2 * i), vaddr: this.#word(2 * i + 1) });
    return found;
  }

  /** How many VMAs a walk visits, without saying which. */
  visits(pfn: number): number {
    return this.#module.call('sim_walk', pfn, this.#module.memory.areas.view, 0);
  }

  /** One of the words that sim_view_mm() writes. */
  mmWord(ptr: number, word: number): number {
    this.#module.call('sim_view_mm', ptr, this.#module.memory.areas.view);
    return this.#signed(word);
  }

  anonVma(ptr: number): AnonVmaView {
    const { view } = this.#module.memory.areas;
    this.#module.call('sim_view_anon_vma', ptr, view);
    const found: AnonVmaView = {
      ptr,
      root: this.#word(0),
      parent: this.#word(1),
      refcount: this.#signed(2) | 0,
      tree: [],
    };
    if (this.#word(3) < NO_MEMBER) found.numChildren = this.#signed(3);
    if (this.#word(4) < NO_MEMBER) found.numActiveVmas = this.#signed(4);
    found.tree = this.#tree('sim_view_anon_tree', ptr).map((e) => ({
      chain: e.entry,
      start: e.start,
      last: e.last,
      subtreeLast: e.stored,
      depthOk: e.stored === e.highest,
    }));
    return found;
  }

  chain(ptr: number): ChainView {
    const { view } = this.#module.memory.areas;
    this.#module.call('sim_view_chain', ptr, view);
    return { ptr, vma: this.#word(0), anonVma: this.#word(1) };
  }

  fileTree(mapping: number): FileTreeView {
    const entries = this.#tree('sim_view_file_tree', mapping).map((e) => ({
      vma: e.entry,
      start: e.start,
      last: e.last,
      subtreeLast: e.stored,
      depthOk: e.stored === e.highest,
    }));
    return { mapping, entries };
  }

  #tree(name: string, ptr: number): { entry: number; start: number; last: number; stored: number; highest: number }[] {
    const { view } = this.#module.memory.areas;
    const words = this.#module.call(name, ptr, view, VIEW_WORDS);
    // A tree whose links are broken has no order to report: one entry that no check can take for sound.
    if (words < 0 || words > VIEW_WORDS) return [{ entry: 0, start: 1, last: 0, stored: 0, highest: NONE }];
    const found = [];
    for (let i = 0; i < words; i += TREE_WORDS)
      found.push({
        entry: this.#word(i),
        start: this.#word(i + 1),
        last: this.#word(i + 2),
        stored: this.#word(i + 3),
        highest: this.#word(i + 4),
      });
    return found;
  }

  /** Words that a function wrote into the buffer. */
  list(name: string, ...args: number[]): number[] {
    const { view } = this.#module.memory.areas;
    const count = this.#module.callMixed(name, [...args, BigInt(view), BigInt(VIEW_WORDS)]);
    const found: number[] = [];
    for (let i = 0; i < count; i++) found.push(this.#word(i));
    return found;
  }
}
