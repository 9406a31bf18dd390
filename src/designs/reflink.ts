// SPDX-License-Identifier: GPL-2.0-or-later
// One reverse map through reflinks: copy-on-write memory lies in areas, objects like a file's; an area refers to
// extents; fork makes a new area that shares them; a write takes a page out of the share. A folio names its extent, and
// a walk goes to the areas that refer to it there, then to their VMAs.
import { Ints } from './columns.ts';
import { IntervalForest } from './intervals.ts';
import { Pool } from './pool.ts';
import type { Anchor, Design, DesignModule, Folio, OptionValues, Visitor, Vma, WorldRules } from './values.ts';
import { ACCESS } from './vmas.ts';
import type { LabWorld } from './world.ts';

const AREA_BYTES = 128;
const EXTENT_BYTES = 48;
const REFERENCE_BYTES = 88;
const LOCK = 'cow_extent.rwsem';

export class Reflink implements Design {
  readonly anchorWord = 'ext';
  readonly rules: WorldRules = {
    ...{
      virtualOffsets: false,
      mergeUnfaulted: true,
      dontunmapOffset: true,
      dontunmapSelfMerge: false,
      lastEntryExclusive: false,
    },
  };
  readonly areas = new Pool('cow_area', AREA_BYTES, 2);
  readonly extents = new Pool('cow_extent', EXTENT_BYTES, 3);
  readonly references = new Pool('cow_reference', REFERENCE_BYTES, 4);
  readonly #world: LabWorld;
  readonly #guarded: boolean;
  readonly #areaOf = new Ints();
  /** VMAs of each area, by index; the tree's nodes are VMAs. */
  readonly #vmas = new IntervalForest();
  readonly #vmaRoot = new Ints();
  /** VMAs that belong to an area, in its tree or not. */
  readonly #users = new Ints();
  /** References of each area, and of each extent, by index. */
  readonly #byArea = new IntervalForest();
  readonly #byExtent = new IntervalForest();
  readonly #areaRoot = new Ints();
  readonly #extentRoot = new Ints();
  readonly #sharers = new Ints();
  readonly #area = new Ints();
  readonly #extent = new Ints();
  /** Areas of the address space that a fork is making, by those of the parent. */
  readonly #forked = new Map<number, number>();

  constructor(world: LabWorld, options: OptionValues) {
    this.#world = world;
    this.#guarded = options.aliases === 'guarded';
  }

  get pools() {
    return [this.areas, this.extents, this.references];
  }
  reset(): void {
    for (const pool of this.pools) pool.reset();
    this.#forked.clear();
  }
  begin(): void {
    this.#forked.clear();
  }
  end(): void {}

  #newArea(): number {
    const area = this.areas.take();
    this.#vmaRoot.set(area, 0);
    this.#areaRoot.set(area, 0);
    this.#users.set(area, 0);
    return area;
  }

  #join(vma: Vma, area: number): void {
    this.#areaOf.set(vma, area);
    this.#users.add(area, 1);
    this.#enter(vma);
  }

  #enter(vma: Vma): void {
    const { vmas } = this.#world;
    const area = this.#areaOf.get(vma);
    const first = this.#world.offset(vma, vmas.start.get(vma));
    this.#vmaRoot.set(area, this.#vmas.insert(this.#vmaRoot.get(area), vma, first, first + vmas.pages(vma) - 1));
    this.#world.ledger.visit();
  }

  #leave(vma: Vma): void {
    const area = this.#areaOf.get(vma);
    this.#vmaRoot.set(area, this.#vmas.remove(this.#vmaRoot.get(area), vma));
    this.#world.ledger.visit();
  }

  /** A neighbour's area, so that both may become one VMA again; else a new one. */
  prepare(vma: Vma): void {
    const { vmas } = this.#world;
    const { root } = this.#world.spaceOf(vma);
    const sides = [vmas.at(root, vmas.end.get(vma)), vmas.at(root, vmas.start.get(vma) - 1)];
    const side = sides.find((other) => other !== 0 && vmas.faulted.get(other) !== 0 && this.#goesOn(vma, other));
    this.#join(vma, side === undefined ? this.#newArea() : this.#areaOf.get(side));
  }

  #goesOn(vma: Vma, other: Vma): boolean {
    const { vmas, ledger } = this.#world;
    ledger.visit();
    const flags = (vmas.flags.get(vma) ^ vmas.flags.get(other)) & ~ACCESS;
    const distance = vmas.start.get(other) - vmas.start.get(vma);
    return (
      flags === 0 &&
      vmas.file.get(vma) === vmas.file.get(other) &&
      vmas.pgoff.get(other) - vmas.pgoff.get(vma) === distance
    );
  }

  place(folio: Folio, vma: Vma, exclusive: boolean): void {
    const { folios, ledger } = this.#world;
    const area = this.#areaOf.get(vma);
    const first = folios.index.get(folio);
    const last = first + folios.pages(folio) - 1;
    ledger.under(LOCK, 'write', () => {
      const found = this.#referencesOf(area, first, last);
      const around = found.find((one) => this.#byArea.start(one) <= first && this.#byArea.last(one) >= last);
      if (around !== undefined && (!exclusive || this.#sharers.get(this.#extent.get(around)) === 1)) {
        folios.setAnchor(folio, this.#extent.get(around));
        return;
      }
      // Another VMA of the area at these indices still needs what is there: the page gets an extent beside it.
      const aliased = this.#guarded && this.#vmasOf(area, first, last).length > 1;
      if (!aliased) for (const one of found) this.#cut(one, first, last);
      folios.setAnchor(folio, this.#extend(area, first, last) || this.#create(area, first, last));
    });
  }

  adopt(folio: Folio, vma: Vma): void {
    this.place(folio, vma, true);
  }

  #referencesOf(area: number, first: number, last: number): number[] {
    const found: number[] = [];
    this.#byArea.overlapping(this.#areaRoot.get(area), first, last, found);
    this.#world.ledger.visit(found.length);
    return found;
  }

  #vmasOf(area: number, first: number, last: number): Vma[] {
    const found: Vma[] = [];
    this.#vmas.overlapping(this.#vmaRoot.get(area), first, last, found);
    this.#world.ledger.visit(found.length);
    return found;
  }

  #refer(area: number, extent: number, first: number, last: number): number {
    const one = this.references.take();
    this.#area.set(one, area);
    this.#extent.set(one, extent);
    this.#sharers.add(extent, 1);
    this.#put(one, first, last);
    return one;
  }

  #put(one: number, first: number, last: number): void {
    const area = this.#area.get(one);
    const extent = this.#extent.get(one);
    this.#areaRoot.set(area, this.#byArea.insert(this.#areaRoot.get(area), one, first, last));
    this.#extentRoot.set(extent, this.#byExtent.insert(this.#extentRoot.get(extent), one, first, last));
    this.#world.ledger.visit(2);
  }

  #take(one: number): void {
    const area = this.#area.get(one);
    const extent = this.#extent.get(one);
    this.#areaRoot.set(area, this.#byArea.remove(this.#areaRoot.get(area), one));
    this.#extentRoot.set(extent, this.#byExtent.remove(this.#extentRoot.get(extent), one));
    this.#world.ledger.visit(2);
  }

  /** Takes a range out of a reference, which may become none, one or two. */
  #cut(one: number, first: number, last: number): void {
    const start = this.#byArea.start(one);
    const end = this.#byArea.last(one);
    const area = this.#area.get(one);
    const extent = this.#extent.get(one);
    this.#take(one);
    if (start < first) this.#put(one, start, first - 1);
    if (end > last) {
      if (start < first) this.#refer(area, extent, last + 1, end);
      else this.#put(one, last + 1, end);
    }
    if (start >= first && end <= last) {
      this.references.give(one);
      if (this.#sharers.add(extent, -1) === 0) this.extents.give(extent);
    }
  }

  /** An extent of this area alone that ends, or begins, right there becomes longer. 0 where there is none. */
  #extend(area: number, first: number, last: number): number {
    for (const one of this.#referencesOf(area, first - 1, last + 1)) {
      const extent = this.#extent.get(one);
      if (this.#sharers.get(extent) > 1) continue;
      const start = Math.min(this.#byArea.start(one), first);
      const end = Math.max(this.#byArea.last(one), last);
      this.#take(one);
      this.#put(one, start, end);
      return extent;
    }
    return 0;
  }

  #create(area: number, first: number, last: number): number {
    const extent = this.extents.take();
    this.#extentRoot.set(extent, 0);
    this.#sharers.set(extent, 0);
    this.#refer(area, extent, first, last);
    return extent;
  }

  fork(child: Vma, parent: Vma): void {
    const above = this.#areaOf.get(parent);
    let area = this.#forked.get(above);
    if (area === undefined) {
      area = this.#newArea();
      this.#forked.set(above, area);
    }
    this.#join(child, area);
    const first = this.#vmas.start(child);
    const last = this.#vmas.last(child);
    this.#world.ledger.under(LOCK, 'write', () => {
      for (const one of this.#referencesOf(above, first, last)) {
        const from = Math.max(first, this.#byArea.start(one));
        this.#refer(area, this.#extent.get(one), from, Math.min(last, this.#byArea.last(one)));
      }
    });
  }
  share(): void {}

  split(piece: Vma, vma: Vma): void {
    this.#join(piece, this.#areaOf.get(vma));
  }
  merge(into: Vma, from: Vma): void {
    if (this.#world.vmas.faulted.get(into) === 0) this.#join(into, this.#areaOf.get(from));
  }
  move(to: Vma, from: Vma): void {
    this.#join(to, this.#areaOf.get(from));
  }
  lift(vma: Vma): void {
    this.#leave(vma);
  }
  settle(vma: Vma): void {
    this.#enter(vma);
  }
  upgrade(): void {}

  mergeable(target: Vma, source: Vma): boolean {
    return source === 0 || this.compatible(target, source);
  }
  compatible(a: Vma, b: Vma): boolean {
    const { faulted } = this.#world.vmas;
    this.#world.ledger.visit();
    return faulted.get(a) === 0 || faulted.get(b) === 0 || this.#areaOf.get(a) === this.#areaOf.get(b);
  }

  unmap(vma: Vma): void {
    const area = this.#areaOf.get(vma);
    const first = this.#vmas.start(vma);
    const last = this.#vmas.last(vma);
    this.#leave(vma);
    this.#world.ledger.under(LOCK, 'write', () => {
      // What other VMAs of the area still show stays.
      let from = first;
      for (const other of this.#vmasOf(area, first, last)) {
        if (this.#vmas.start(other) > from) this.#drop(area, from, this.#vmas.start(other) - 1);
        from = Math.max(from, this.#vmas.last(other) + 1);
      }
      if (from <= last) this.#drop(area, from, last);
    });
    if (this.#users.add(area, -1) > 0) return;
    this.#drop(area, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    this.areas.give(area);
  }

  #drop(area: number, first: number, last: number): void {
    for (const one of this.#referencesOf(area, first, last)) this.#cut(one, first, last);
  }

  walk(folio: Folio, _anchor: Anchor, visit: Visitor): void {
    const { folios, vmas, ledger } = this.#world;
    const index = folios.index.get(folio);
    const last = index + folios.pages(folio) - 1;
    const found: number[] = [];
    this.#byExtent.overlapping(this.#extentRoot.get(folios.anchor(folio)), index, last, found);
    ledger.visit(found.length);
    const areas =
      found.length > 1
        ? [...new Set(found.map((one) => this.#area.get(one)))]
        : found.map((one) => this.#area.get(one));
    for (const area of areas)
      for (const vma of this.#vmasOf(area, index, last)) {
        const start = vmas.start.get(vma);
        visit(vma, Math.max(start, start + index - this.#vmas.start(vma)));
      }
  }

  walkLock() {
    return { lock: LOCK, mode: 'read' as const, sleeps: true };
  }
  mapping(anchor: Anchor): number {
    return this.extents.pointer(anchor) + 1;
  }
  word(vma: Vma): number {
    return this.areas.pointer(this.#areaOf.get(vma));
  }
  chain(): number[] {
    return [];
  }
}

export const reflink: DesignModule = {
  info: {
    name: 'reflink',
    about: 'areas like files share extents by reflink; a walk goes by the sharers of the extent',
    sources: ['the idea of one reverse map through reflinks, 2025; no code exists'],
    assumptions: [
      'An area has 128 bytes, an extent 48, a reference of an area to an extent 88: two tree nodes, two pointers, a range.',
      'An area belongs to one address space; VMAs that could be one share it, as they share an anon_vma in mainline.',
      "Fork makes one area for each of the parent's and refers to all extents of each VMA; a reference is cut where a page is copied, down to one page.",
      'Extents grow while one area alone refers to them; they are never joined.',
      "shmem and page-cache folios keep their file's i_mmap: it is the same walk with one sharer.",
    ],
    options: [
      {
        name: 'aliases',
        about:
          'a page written where another VMA of the area shows the same index: gets an extent beside the old one, or takes its place',
        values: ['guarded', 'ignored'],
        value: 'guarded',
      },
    ],
  },
  create: (world, options) => new Reflink(world, options),
};
