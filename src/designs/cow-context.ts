// SPDX-License-Identifier: GPL-2.0-or-later
// Scalable copy-on-write: one context an address space, in a tree as processes were forked; a folio names a context, and
// VMAs are looked up by address. Only what was moved (or maps a private file) is registered, by its distance.
import { Floats, Ints } from './columns.ts';
import { IntervalForest } from './intervals.ts';
import { Pool } from './pool.ts';
import type { Anchor, Design, DesignModule, Folio, OptionValues, Space, Visitor, Vma, WorldRules } from './values.ts';
import type { LabWorld } from './world.ts';

const CONTEXT_BYTES = 96;
const REMAP_BYTES = 24;
const REMAPS = 'cow_context.remaps';

export class CowContext implements Design {
  readonly anchorWord = 'ctx';
  readonly rules: WorldRules;
  readonly contexts = new Pool('cow_context', CONTEXT_BYTES, 2);
  /** Registered distances, one for each moved VMA. */
  readonly remaps = new Pool('cow_remap', REMAP_BYTES, 3);
  readonly #world: LabWorld;
  readonly #options: OptionValues;
  readonly #ofSpace = new Map<Space, number>();
  /** Address space of a context; 0 once it has exited. */
  readonly #space = new Ints();
  readonly #parent = new Ints();
  readonly #references = new Ints();
  readonly #firstChild = new Ints();
  readonly #nextSibling = new Ints();
  readonly #prevSibling = new Ints();
  readonly #root = new Ints();
  readonly #nodes = new IntervalForest();
  readonly #remapOf = new Ints();
  readonly #remapVma = new Ints();
  readonly #distance = new Floats();
  /** What a walk that began before the present step has seen: VMAs that are gone, folios that were exclusive. */
  #gone: { context: number; vma: Vma; first: number; last: number; start: number }[] = [];
  readonly #wasExclusive = new Set<Folio>();

  constructor(world: LabWorld, options: OptionValues) {
    this.#world = world;
    this.#options = options;
    this.rules = {
      virtualOffsets: options['private-files'] === 'by-address',
      ...{ mergeUnfaulted: true, dontunmapOffset: true, dontunmapSelfMerge: false, lastEntryExclusive: false },
    };
  }

  get pools() {
    return [this.contexts, this.remaps];
  }

  reset(): void {
    this.contexts.reset();
    this.remaps.reset();
    this.#ofSpace.clear();
    this.step();
  }

  step(): void {
    if (this.#gone.length > 0) this.#gone = [];
    this.#wasExclusive.clear();
  }

  begin(space: Space, parentSpace: Space): void {
    const context = this.contexts.take();
    const parent = this.#ofSpace.get(parentSpace) ?? 0;
    this.#ofSpace.set(space, context);
    this.#space.set(context, space);
    this.#parent.set(context, parent);
    this.#references.set(context, 1);
    this.#firstChild.set(context, 0);
    this.#prevSibling.set(context, 0);
    this.#nextSibling.set(context, 0);
    this.#root.set(context, 0);
    if (parent === 0) return;
    this.#world.ledger.under('cow_context.list_lock', 'spin', () => {
      this.#world.ledger.visit();
      this.#references.add(parent, 1);
      const first = this.#firstChild.get(parent);
      this.#nextSibling.set(context, first);
      if (first !== 0) this.#prevSibling.set(first, context);
      this.#firstChild.set(parent, context);
    });
  }

  end(space: Space): void {
    const context = this.#ofSpace.get(space) ?? 0;
    this.#ofSpace.delete(space);
    this.#space.set(context, 0);
    this.#put(context);
  }

  #put(context: number): void {
    if (this.#references.add(context, -1) > 0) return;
    const parent = this.#parent.get(context);
    if (parent !== 0) {
      const next = this.#nextSibling.get(context);
      const prev = this.#prevSibling.get(context);
      if (next !== 0) this.#prevSibling.set(next, prev);
      if (prev !== 0) this.#nextSibling.set(prev, next);
      else this.#firstChild.set(parent, next);
    }
    this.contexts.give(context);
    if (parent !== 0) this.#put(parent);
  }

  #contextOf(vma: Vma): number {
    return this.#ofSpace.get(this.#world.vmas.space.get(vma)) ?? 0;
  }

  /** By how much the VMA's addresses differ from its folios' indices. */
  #distanceOf(vma: Vma): number {
    const start = this.#world.vmas.start.get(vma);
    return start - this.#world.offset(vma, start);
  }

  /** Registers a VMA that is not where its indices say. */
  #register(vma: Vma): void {
    const distance = this.#distanceOf(vma);
    this.#remapOf.set(vma, 0);
    if (distance === 0) return;
    const { ledger, vmas } = this.#world;
    const context = this.#contextOf(vma);
    const first = vmas.start.get(vma) - distance;
    const last = first + vmas.pages(vma) - 1;
    ledger.under(REMAPS, 'spin', () => {
      ledger.visit();
      if (this.#options['smaller-offset'] === 'overwrites') this.#overwrite(context, first, last, distance);
      const remap = this.remaps.take();
      this.#remapOf.set(vma, remap);
      this.#remapVma.set(remap, vma);
      this.#distance.set(remap, distance);
      this.#root.set(context, this.#nodes.insert(this.#root.get(context), remap, first, last));
    });
  }

  /** The prototype's array of offsets is sorted; one that goes in before others may take the place of the first. */
  #overwrite(context: number, first: number, last: number, distance: number): void {
    const found: number[] = [];
    this.#nodes.overlapping(this.#root.get(context), first, last, found);
    const larger = found.filter((remap) => this.#distance.get(remap) > distance);
    if (larger.length === 0) return;
    const lost = larger.reduce((a, b) => (this.#distance.get(a) <= this.#distance.get(b) ? a : b));
    this.#forget(context, lost);
  }

  #forget(context: number, remap: number): void {
    this.#root.set(context, this.#nodes.remove(this.#root.get(context), remap));
    this.#remapOf.set(this.#remapVma.get(remap), 0);
    this.remaps.give(remap);
  }

  #deregister(vma: Vma): void {
    const remap = this.#remapOf.get(vma);
    if (remap === 0) return;
    const { ledger } = this.#world;
    ledger.under(REMAPS, 'spin', () => {
      ledger.visit();
      this.#forget(this.#contextOf(vma), remap);
    });
  }

  prepare(vma: Vma): void {
    this.#register(vma);
  }
  fork(child: Vma): void {
    this.#register(child);
  }
  split(piece: Vma): void {
    this.#register(piece);
  }
  move(to: Vma): void {
    this.#register(to);
  }
  merge(into: Vma): void {
    if (this.#world.vmas.faulted.get(into) === 0) this.#register(into);
  }
  lift(vma: Vma): void {
    this.#deregister(vma);
  }
  settle(vma: Vma): void {
    this.#register(vma);
  }
  upgrade(): void {}
  unmap(vma: Vma): void {
    this.#deregister(vma);
    const { vmas } = this.#world;
    const start = vmas.start.get(vma);
    const first = this.#world.offset(vma, start);
    if (this.#options.vmas === 'unlocked')
      this.#gone.push({ context: this.#contextOf(vma), vma, first, last: first + vmas.pages(vma) - 1, start });
  }

  mergeable(): boolean {
    return true;
  }
  compatible(): boolean {
    return true;
  }

  place(folio: Folio, vma: Vma, exclusive: boolean): void {
    let context = this.#contextOf(vma);
    // Others may map it too, who knows which: the topmost context leads to all of them.
    if (!exclusive) while (this.#parent.get(context) !== 0) context = this.#parent.get(context);
    this.#world.folios.setAnchor(folio, context);
  }

  adopt(folio: Folio, vma: Vma): void {
    this.#world.folios.setAnchor(folio, this.#contextOf(vma));
  }

  share(folio: Folio): void {
    if (this.#options['exclusive-test'] === 'stale') this.#wasExclusive.add(folio);
  }

  walk(folio: Folio, _anchor: Anchor, visit: Visitor): void {
    const { folios } = this.#world;
    const top = folios.anchor(folio);
    const stop = this.#exclusive(folio);
    const below = [top];
    while (below.length > 0) {
      const context = below.pop() as number;
      this.#world.ledger.visit();
      this.#inContext(context, folios.index.get(folio), folios.pages(folio), visit);
      if (stop) return;
      for (let child = this.#firstChild.get(context); child !== 0; child = this.#nextSibling.get(child))
        below.push(child);
    }
  }

  /** One process has it, and it is in that process's context: no need to look below. */
  #exclusive(folio: Folio): boolean {
    const { folios } = this.#world;
    if (this.#wasExclusive.has(folio)) return true;
    for (let i = 0; i < folios.pages(folio); i++) if (folios.exclusive.get(folio + i) === 0) return false;
    return true;
  }

  #inContext(context: number, index: number, pages: number, visit: Visitor): void {
    const { vmas, ledger } = this.#world;
    const space = this.#world.spaces.get(this.#space.get(context));
    for (const gone of this.#gone)
      if (gone.context === context && gone.first < index + pages && gone.last >= index)
        visit(gone.vma, Math.max(gone.start, gone.start + index - gone.first));
    if (space === undefined) return;
    const wide = this.#options['large-folios'] === 'all-vmas';
    for (let page = index; page < index + pages; ) {
      const vma = vmas.atOrBehind(space.root, page);
      ledger.visit();
      if (vma === 0 || vmas.start.get(vma) >= index + pages) break;
      if (vmas.faulted.get(vma) !== 0 && this.#distanceOf(vma) === 0) visit(vma, Math.max(index, vmas.start.get(vma)));
      if (!wide) break;
      page = vmas.end.get(vma);
    }
    const found: number[] = [];
    this.#nodes.overlapping(this.#root.get(context), index, index + pages - 1, found);
    ledger.visit(found.length);
    // An array that cannot grow in the middle of a walk has room for one.
    if (this.#options['atomic-allocation'] === 'fails') found.length = Math.min(found.length, 1);
    for (const remap of found) {
      const vma = this.#remapVma.get(remap);
      visit(vma, Math.max(vmas.start.get(vma), index + this.#distance.get(remap)));
    }
  }

  walkLock() {
    const rcu = this.#options['walk-lock'] === 'rcu';
    return { lock: rcu ? 'rcu' : 'cow_context.rwsem', mode: 'read' as const, sleeps: !rcu };
  }

  mapping(anchor: Anchor): number {
    return this.contexts.pointer(anchor) + 1;
  }
  word(): number {
    return 0;
  }
  chain(): number[] {
    return [];
  }
}

export const cowContext: DesignModule = {
  info: {
    name: 'cow-context',
    about: 'one context an address space, nothing a VMA that never moved; a walk goes down the tree of forks',
    sources: ['the prototype of a scalable copy-on-write context and its own list of open points, LSF/MM/BPF 2026'],
    assumptions: [
      'A context has 96 bytes. A registered distance has 24: a slot and a pivot of a maple node that is two thirds full; further distances of one range are counted the same.',
      'VMAs are found by address as they are now; what was never faulted is not shown.',
      'A context of a process that has exited stays as long as it has children.',
      'A folio that is swapped in without being exclusive goes to the topmost context.',
    ],
    options: [
      {
        name: 'private-files',
        about: 'index of copied folios of private files: their offset in the file, or their address as in 7.3',
        values: ['by-file-offset', 'by-address'],
        value: 'by-file-offset',
      },
      {
        name: 'large-folios',
        about: 'VMAs looked up for a large folio: all that its range meets, or the first',
        values: ['all-vmas', 'first-vma'],
        value: 'all-vmas',
      },
      {
        name: 'walk-lock',
        about: 'what a walk holds: a lock that callbacks may sleep under, or RCU as in the prototype',
        values: ['context', 'rcu'],
        value: 'context',
      },
      {
        name: 'vmas',
        about:
          'VMAs during a walk: locked, or as in the prototype neither locked nor stabilised, so that munmap passes by',
        values: ['locked', 'unlocked'],
        value: 'locked',
      },
      {
        name: 'exclusive-test',
        about: 'whether a walk that waits for a fork tests again if the folio is exclusive',
        values: ['again', 'stale'],
        value: 'again',
      },
      {
        name: 'atomic-allocation',
        about: 'whether room for more than one distance of a range can be had in a walk (GFP_ATOMIC)',
        values: ['succeeds', 'fails'],
        value: 'succeeds',
      },
      {
        name: 'smaller-offset',
        about: 'a smaller distance that is registered beside larger ones keeps them, or overwrites the first',
        values: ['keeps', 'overwrites'],
        value: 'keeps',
      },
    ],
  },
  create: (world, options) => new CowContext(world, options),
};
