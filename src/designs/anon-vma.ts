// SPDX-License-Identifier: GPL-2.0-or-later
// Mainline's reverse map of anonymous memory, with the heuristics of each era of kernels.
import { AnonVmaObjects, ROOT_LOCK } from './anon-vma-objects.ts';
import type { Anchor, Design, DesignModule, Folio, OptionValues, Visitor, Vma, WorldRules } from './values.ts';
import { ACCESS } from './vmas.ts';
import type { LabWorld } from './world.ts';

/** The rules of the shared world in each era. */
const ERAS: Record<string, WorldRules & { reuse: string; cloneReverses: boolean }> = {
  '6.12': {
    ...{ virtualOffsets: false, mergeUnfaulted: false, dontunmapOffset: true, dontunmapSelfMerge: false },
    lastEntryExclusive: true,
    ...{ reuse: 'counted', cloneReverses: false },
  },
  '6.18': {
    ...{ virtualOffsets: false, mergeUnfaulted: true, dontunmapOffset: false, dontunmapSelfMerge: true },
    lastEntryExclusive: true,
    ...{ reuse: 'counted', cloneReverses: false },
  },
  '7.2': {
    ...{ virtualOffsets: false, mergeUnfaulted: true, dontunmapOffset: true, dontunmapSelfMerge: false },
    lastEntryExclusive: false,
    ...{ reuse: 'counted', cloneReverses: true },
  },
  '7.3': {
    ...{ virtualOffsets: true, mergeUnfaulted: true, dontunmapOffset: true, dontunmapSelfMerge: false },
    lastEntryExclusive: false,
    ...{ reuse: 'counted', cloneReverses: true },
  },
};

export class AnonVma implements Design {
  readonly anchorWord = 'AV';
  /** do_swap_page() leaves folio->mapping alone where it finds the folio in the swap cache. */
  readonly keepsUnmapped = true;
  readonly rules: WorldRules;
  readonly objects: AnonVmaObjects;
  readonly anonVmas: NonNullable<Design['anonVmas']>;
  readonly #world: LabWorld;
  readonly #reuse: string;
  readonly #cloneReverses: boolean;

  constructor(world: LabWorld, options: OptionValues) {
    const era = ERAS[options.era ?? ''];
    if (era === undefined) throw new Error(`no era ${options.era}`);
    this.rules = era;
    this.#reuse = options.reuse === 'of-era' ? era.reuse : (options.reuse ?? era.reuse);
    this.#cloneReverses = era.cloneReverses;
    this.#world = world;
    this.objects = new AnonVmaObjects(world);
    this.anonVmas = this.objects.port();
  }

  get pools() {
    return [this.objects.anonVmas, this.objects.chains];
  }

  reset(): void {
    this.objects.reset();
  }
  begin(): void {}
  end(): void {}

  prepare(vma: Vma): void {
    const { objects } = this;
    objects.bare(vma);
    const anonVma = this.#neighbours(vma) || objects.create(0);
    objects.active.set(vma, anonVma);
    objects.under(() => objects.insert(objects.assign(vma, anonVma)));
    objects.activeVmas.add(anonVma, 1);
  }

  /** The anon_vma of a neighbour that could be the same VMA but for its rights; 0 for none. */
  #neighbours(vma: Vma): number {
    const { vmas } = this.#world;
    const { root } = this.#world.spaceOf(vma);
    const next = vmas.at(root, vmas.end.get(vma));
    if (next !== 0 && this.#alike(vma, next) && this.objects.single(next)) return this.objects.active.get(next);
    const prev = vmas.at(root, vmas.start.get(vma) - 1);
    if (prev !== 0 && this.#alike(prev, vma) && this.objects.single(prev)) return this.objects.active.get(prev);
    return 0;
  }

  #alike(a: Vma, b: Vma): boolean {
    const { vmas, ledger } = this.#world;
    ledger.visit();
    const goesOn = (offset: { get(row: number): number }): boolean => offset.get(b) === offset.get(a) + vmas.pages(a);
    return (
      vmas.faulted.get(a) + vmas.faulted.get(b) > 0 &&
      vmas.file.get(a) === vmas.file.get(b) &&
      ((vmas.flags.get(a) ^ vmas.flags.get(b)) & ~ACCESS) === 0 &&
      goesOn(vmas.pgoff) &&
      (!this.rules.virtualOffsets || goesOn(vmas.anonPgoff))
    );
  }

  place(folio: Folio, vma: Vma, exclusive: boolean): void {
    const active = this.objects.active.get(vma);
    this.#world.folios.setAnchor(folio, exclusive ? active : this.objects.root.get(active));
  }

  adopt(folio: Folio, vma: Vma): void {
    this.#world.folios.setAnchor(folio, this.objects.active.get(vma));
  }

  fork(child: Vma, parent: Vma): void {
    const { objects } = this;
    objects.bare(child);
    this.#clone(child, parent, true);
    if (objects.active.get(child) !== 0) return;
    const above = objects.active.get(parent);
    const anonVma = objects.create(above);
    objects.activeVmas.set(anonVma, 1);
    objects.active.set(child, anonVma);
    objects.under(() => objects.insert(objects.assign(child, anonVma)));
  }

  share(): void {}

  /** anon_vma_clone(): a chain entry for each of the source's. */
  #clone(to: Vma, from: Vma, forking: boolean): void {
    const { objects } = this;
    const active = objects.active.get(from);
    if (!forking) objects.active.set(to, active);
    objects.under(() => {
      const list = objects.chainsOf(from);
      if (this.#cloneReverses) {
        const made = list.map((chain) => objects.assign(to, objects.anonVmaOf(chain)));
        for (const chain of made) this.#link(to, chain, active, forking);
      } else {
        for (const chain of list.reverse())
          this.#link(to, objects.assign(to, objects.anonVmaOf(chain)), active, forking);
      }
      const chosen = objects.active.get(to);
      if (chosen !== 0) objects.activeVmas.add(chosen, 1);
    });
  }

  #link(vma: Vma, chain: number, above: number, forking: boolean): void {
    const { objects } = this;
    objects.insert(chain);
    const anonVma = objects.anonVmaOf(chain);
    if (forking && objects.active.get(vma) === 0 && this.#reusable(anonVma, above)) objects.active.set(vma, anonVma);
  }

  /** Whether a forked VMA takes an ancestor's anon_vma for its own, rather than a new one. */
  #reusable(anonVma: number, above: number): boolean {
    const { children, activeVmas } = this.objects;
    if (this.#reuse === 'never') return false;
    if (this.#reuse === 'degree') return anonVma !== above && children.get(anonVma) + activeVmas.get(anonVma) < 2;
    return children.get(anonVma) < 2 && activeVmas.get(anonVma) === 0;
  }

  split(piece: Vma, vma: Vma): void {
    this.objects.bare(piece);
    this.#clone(piece, vma, false);
  }

  /** A VMA that was forked from another has a longer chain: merging would spread it. */
  #inherited(vma: Vma): boolean {
    return vma !== 0 && this.#world.vmas.faulted.get(vma) !== 0 && !this.objects.single(vma);
  }

  mergeable(target: Vma, source: Vma, own: Vma): boolean {
    const { faulted } = this.#world.vmas;
    const there = faulted.get(target) !== 0;
    const comes = source !== 0 && faulted.get(source) !== 0;
    this.#world.ledger.visit();
    if (there && comes) return this.objects.active.get(target) === this.objects.active.get(source);
    if (there) return !this.#inherited(target);
    if (comes) return this.rules.mergeUnfaulted && !this.#inherited(own);
    return true;
  }

  compatible(prev: Vma, next: Vma): boolean {
    const { faulted } = this.#world.vmas;
    if (faulted.get(prev) === 0 || faulted.get(next) === 0) return true;
    return this.objects.active.get(prev) === this.objects.active.get(next);
  }

  merge(into: Vma, from: Vma): void {
    if (this.#world.vmas.faulted.get(into) !== 0) return;
    this.objects.bare(into);
    this.#clone(into, from, false);
  }

  lift(vma: Vma): void {
    this.objects.lift(vma);
  }
  settle(vma: Vma): void {
    this.objects.settle(vma);
  }

  upgrade(): void {}

  move(to: Vma, from: Vma): void {
    this.split(to, from);
  }

  unmap(vma: Vma): void {
    this.objects.unlink(vma);
  }

  /** The anchor is read again under the lock, so that where it pointed before does not matter. */
  walk(folio: Folio, _anchor: Anchor, visit: Visitor): void {
    const { folios } = this.#world;
    this.objects.walk(folios.anchor(folio), folios.index.get(folio), folios.pages(folio), visit);
  }

  walkLock() {
    return { lock: ROOT_LOCK, mode: 'read' as const, sleeps: true };
  }

  mapping(anchor: Anchor): number {
    return this.objects.anonVmas.pointer(anchor) + 1;
  }
  word(vma: Vma): number {
    return this.#world.vmas.faulted.get(vma) === 0 ? 0 : this.objects.anonVmas.pointer(this.objects.active.get(vma));
  }
  chain(vma: Vma): number[] {
    if (this.#world.vmas.faulted.get(vma) === 0) return [];
    return this.objects.chainsOf(vma).map((chain) => this.objects.chains.pointer(chain));
  }
}

export const anonVma: DesignModule = {
  info: {
    name: 'anon-vma',
    about: 'mainline: an anon_vma for each faulted VMA or fork, a chain entry from each VMA to each of its ancestors',
    sources: [
      'mm/rmap.c, mm/vma.c and mm/mremap.c of 6.12, 7.2 and 7.3',
      'object counts and topologies measured on 6.18.44 (simulations/ground-truth)',
    ],
    assumptions: [
      'The order of entries with one key in an interval tree is that of insertion, as in lib/interval_tree.c.',
      'Objects are counted as the kernel hands them out; an anon_vma that fork allocates in vain is not.',
    ],
    options: [
      {
        name: 'era',
        about: 'kernel whose rules of cloning, merging and moving hold',
        values: Object.keys(ERAS),
        value: '7.2',
      },
      {
        name: 'reuse',
        about:
          "when fork takes an ancestor's anon_vma instead of a new one: never (before 4.0), by degree (4.0 to 5.19), by counters of children and active VMAs (since 6.0)",
        values: ['of-era', 'never', 'degree', 'counted'],
        value: 'of-era',
      },
    ],
  },
  create: (world, options) => new AnonVma(world, options),
};
