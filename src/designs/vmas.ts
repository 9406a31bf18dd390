// SPDX-License-Identifier: GPL-2.0-or-later
// The VMAs of the shared world: rows by number, and each address space's VMAs in the order of their addresses. All
// places are page numbers; `end` is the first page behind.
import { Bytes, Floats, Ints } from './columns.ts';
import { IntervalForest } from './intervals.ts';
import { Pool } from './pool.ts';
import type { Space, Vma } from './values.ts';

/** Bits of vma->vm_flags, as in include/linux/mm.h. */
export const VM = {
  read: 1,
  write: 2,
  exec: 4,
  shared: 8,
  growsdown: 0x100,
  locked: 0x2000,
  sequential: 0x8000,
  random: 0x10000,
  dontCopy: 0x20000,
  account: 0x100000,
  wipeOnFork: 0x2000000,
  dontDump: 0x4000000,
  hugepage: 0x20000000,
  noHugepage: 0x40000000,
  mergeable: 0x80000000,
} as const;
export const ACCESS = VM.read | VM.write | VM.exec;

/** sizeof(struct vm_area_struct) in a distribution's configuration, 6.12 to 7.3. */
const VMA_BYTES = 192;

/** Members of a VMA that a copy has too. */
export interface VmaLike {
  flags: number;
  /** File + 1, 0 for none. */
  file: number;
  pgoff: number;
  anonPgoff: number;
}

export class Vmas {
  readonly pool = new Pool('vm_area_struct', VMA_BYTES, 1);
  readonly start = new Floats();
  readonly end = new Floats();
  readonly pgoff = new Floats();
  /** The virtual page offset: the start's page number while unfaulted, since then what it was at the first fault. */
  readonly anonPgoff = new Floats();
  readonly flags = new Ints();
  readonly file = new Ints();
  readonly space = new Ints();
  /** 1 where anonymous folios were, or could be, placed (vma->anon_vma is not NULL). */
  readonly faulted = new Bytes();
  readonly #references = new Ints();
  readonly #byAddress = new IntervalForest();

  /** VMAs that stand in an address space, and most that did at once. */
  linked = 0;
  mostLinked = 0;

  reset(): void {
    this.pool.reset();
    this.linked = 0;
    this.mostLinked = 0;
  }

  /** A VMA that stands in no address space yet. */
  take(space: Space, start: number, end: number, like: VmaLike): Vma {
    const vma = this.pool.take();
    this.start.set(vma, start);
    this.end.set(vma, end);
    this.pgoff.set(vma, like.pgoff);
    this.anonPgoff.set(vma, like.anonPgoff);
    this.flags.set(vma, like.flags);
    this.file.set(vma, like.file);
    this.space.set(vma, space);
    this.faulted.set(vma, 0);
    this.#references.set(vma, 1);
    return vma;
  }

  like(vma: Vma): VmaLike {
    return {
      flags: this.flags.get(vma) >>> 0,
      file: this.file.get(vma),
      pgoff: this.pgoff.get(vma),
      anonPgoff: this.anonPgoff.get(vma),
    };
  }

  /** Keeps a VMA's object after it left its address space. */
  hold(vma: Vma): void {
    this.#references.add(vma, 1);
  }

  drop(vma: Vma): void {
    if (this.#references.add(vma, -1) === 0) this.pool.give(vma);
  }

  /** Puts a VMA among those of its address space. In: the root of these; out: the new root. */
  link(root: number, vma: Vma): number {
    if (++this.linked > this.mostLinked) this.mostLinked = this.linked;
    return this.#byAddress.insert(root, vma, this.start.get(vma), this.end.get(vma) - 1);
  }

  unlink(root: number, vma: Vma): number {
    this.linked--;
    return this.#byAddress.remove(root, vma);
  }

  /** A linked VMA gets another range, which meets none of its neighbours; the offsets go with the start. */
  resize(vma: Vma, start: number, end: number): void {
    const by = start - this.start.get(vma);
    this.start.set(vma, start);
    this.end.set(vma, end);
    this.pgoff.set(vma, this.pgoff.get(vma) + by);
    this.anonPgoff.set(vma, this.anonPgoff.get(vma) + by);
    this.#byAddress.resize(vma, start, end - 1);
  }

  /** The first VMA that ends behind a page; 0 for none. */
  atOrBehind(root: number, page: number): Vma {
    return this.#byAddress.atOrBehind(root, page);
  }

  /** The last VMA that starts before a page; 0 for none. */
  before(root: number, page: number): Vma {
    return this.#byAddress.before(root, page);
  }

  /** The VMA of a page; 0 for none. */
  at(root: number, page: number): Vma {
    const vma = this.#byAddress.atOrBehind(root, page);
    return vma !== 0 && this.start.get(vma) <= page ? vma : 0;
  }

  next(root: number, vma: Vma): Vma {
    return this.#byAddress.atOrBehind(root, this.end.get(vma));
  }

  /** All VMAs of an address space, ascending. */
  inOrder(root: number): Iterable<Vma> {
    return this.#byAddress.inOrder(root);
  }

  pages(vma: Vma): number {
    return this.end.get(vma) - this.start.get(vma);
  }

  /** The page offset that anonymous folios have at a page of the VMA. */
  offset(vma: Vma, page: number, virtual: boolean): number {
    const first = virtual ? this.anonPgoff.get(vma) : this.pgoff.get(vma);
    return first + page - this.start.get(vma);
  }
}
