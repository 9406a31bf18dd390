// SPDX-License-Identifier: GPL-2.0-or-later
// ANON_VMA_LAZY: a first fault allocates nothing. A folio names the VMA that was faulted first (the root VMA), which
// leads to its address; a VMA gets an anon_vma only when it is forked or moved.
import { AnonVmaObjects, ROOT_LOCK } from './anon-vma-objects.ts';
import { Bytes, Floats, Ints } from './columns.ts';
import { frameOf, kindOf, PRESENT } from './page-table.ts';
import type { Anchor, Design, DesignModule, Folio, OptionValues, Space, Visitor, Vma, WorldRules } from './values.ts';
import { ACCESS } from './vmas.ts';
import type { LabWorld } from './world.ts';

/** What vma->anon_vma is tagged as: an own lazy VMA, a regular anon_vma, or what was inherited by fork. */
const TREE_VMA = 1;
const REGULAR = 2;
const TREE_PARENT = 3;
const VMA_LOCK = 'vm_area_struct.vm_lock';

export class AnonVmaLazy implements Design {
  readonly anchorWord = 'VMA';
  readonly rules: WorldRules = {
    ...{
      virtualOffsets: false,
      mergeUnfaulted: true,
      dontunmapOffset: true,
      dontunmapSelfMerge: false,
      lastEntryExclusive: false,
    },
  };
  readonly objects: AnonVmaObjects;
  readonly anonVmas: NonNullable<Design['anonVmas']>;
  readonly #world: LabWorld;
  readonly #options: OptionValues;
  readonly #kind = new Bytes();
  /** The root VMA that folios of a VMA name while it is lazy. */
  readonly #root = new Ints();
  /** Of a root VMA: VMAs that refer to it, and by how much addresses differ from indices there. */
  readonly #users = new Ints();
  readonly #distance = new Floats();
  readonly #space = new Ints();
  /** Root VMAs of others that were merged into a VMA: folios name them still. */
  readonly #merged = new Map<Vma, Set<Vma>>();
  /** The anon_vma that a forked VMA inherited. */
  readonly #above = new Ints();

  constructor(world: LabWorld, options: OptionValues) {
    this.#world = world;
    this.#options = options;
    this.objects = new AnonVmaObjects(world);
    this.anonVmas = this.objects.port();
  }

  get pools() {
    return [this.objects.anonVmas, this.objects.chains];
  }
  reset(): void {
    this.objects.reset();
    this.#merged.clear();
  }
  begin(): void {}
  end(): void {}

  /** A VMA becomes a root VMA: folios may name it. */
  #found(vma: Vma, kind: number): void {
    const { vmas } = this.#world;
    const start = vmas.start.get(vma);
    this.#kind.set(vma, kind);
    this.#root.set(vma, vma);
    this.#users.set(vma, 1);
    this.#distance.set(vma, start - this.#world.offset(vma, start));
    this.#space.set(vma, vmas.space.get(vma));
  }

  #refer(root: Vma): void {
    this.#users.add(root, 1);
    this.#world.vmas.hold(root);
  }

  /** A VMA does not refer to a root VMA any more. */
  #leave(vma: Vma, root: Vma): void {
    this.#users.add(root, -1);
    if (root !== vma) this.#world.vmas.drop(root);
  }

  #leaveAll(vma: Vma): void {
    if (this.#root.get(vma) !== 0) this.#leave(vma, this.#root.get(vma));
    this.#root.set(vma, 0);
    const merged = this.#merged.get(vma);
    if (merged === undefined) return;
    for (const root of merged) this.#leave(vma, root);
    this.#merged.delete(vma);
  }

  /** The roots that folios of a VMA may name. */
  #rootsOf(vma: Vma): Vma[] {
    const root = this.#root.get(vma);
    return root === 0 ? [] : [root, ...(this.#merged.get(vma) ?? [])];
  }

  prepare(vma: Vma): void {
    const { objects } = this;
    objects.bare(vma);
    const file = this.#world.vmas.file.get(vma);
    const anonVma = this.#neighbours(vma);
    if (anonVma === 0 && (file === 0 || this.#options['private-files'] === 'lazy')) {
      this.#found(vma, TREE_VMA);
      return;
    }
    this.#root.set(vma, 0);
    this.#join(vma, anonVma || objects.create(0));
  }

  #join(vma: Vma, anonVma: number): void {
    const { objects } = this;
    this.#kind.set(vma, REGULAR);
    objects.active.set(vma, anonVma);
    objects.under(() => objects.insert(objects.assign(vma, anonVma)));
    objects.activeVmas.add(anonVma, 1);
  }

  /** A regular anon_vma of a neighbour that could be the same VMA, as in mainline; 0 for none. */
  #neighbours(vma: Vma): number {
    const { vmas } = this.#world;
    const { root } = this.#world.spaceOf(vma);
    for (const other of [vmas.at(root, vmas.end.get(vma)), vmas.at(root, vmas.start.get(vma) - 1)]) {
      if (other === 0 || vmas.faulted.get(other) === 0 || this.#kind.get(other) !== REGULAR) continue;
      const flags = (vmas.flags.get(other) ^ vmas.flags.get(vma)) & ~ACCESS;
      const goesOn =
        vmas.pgoff.get(other) - vmas.pgoff.get(vma) === vmas.start.get(other) - vmas.start.get(vma) &&
        vmas.file.get(other) === vmas.file.get(vma);
      if (flags === 0 && goesOn && this.objects.single(other)) return this.objects.active.get(other);
    }
    return 0;
  }

  place(folio: Folio, vma: Vma, exclusive: boolean): void {
    const { folios } = this.#world;
    const { objects } = this;
    if (exclusive) {
      folios.setAnchor(folio, this.#kind.get(vma) === REGULAR ? objects.active.get(vma) : -this.#root.get(vma));
      return;
    }
    const [chain] = objects.chainsOf(vma);
    folios.setAnchor(folio, chain === undefined ? -this.#root.get(vma) : objects.root.get(objects.anonVmaOf(chain)));
  }

  adopt(folio: Folio, vma: Vma): void {
    this.place(folio, vma, true);
  }

  fork(child: Vma, parent: Vma): void {
    const { objects } = this;
    this.upgrade(parent);
    objects.bare(child);
    objects.cloneChains(child, parent);
    this.#found(child, TREE_PARENT);
    this.#above.set(child, objects.active.get(parent));
  }
  share(): void {}

  /** A lazy or inherited VMA gets an anon_vma, and so do all whose folios it may share. */
  upgrade(vma: Vma): void {
    if (this.#kind.get(vma) === REGULAR) return;
    const group = this.#group(vma);
    const anonVma = this.#kind.get(vma) === TREE_PARENT ? this.#reusable(vma) : 0;
    const chosen = anonVma || this.objects.create(this.#kind.get(vma) === TREE_PARENT ? this.#above.get(vma) : 0);
    for (const one of group) {
      const inherited = this.objects.chainsOf(one).some((chain) => this.objects.anonVmaOf(chain) === chosen);
      if (inherited) {
        this.#kind.set(one, REGULAR);
        this.objects.active.set(one, chosen);
        this.objects.activeVmas.add(chosen, 1);
      } else this.#join(one, chosen);
      this.#rewrite(one, chosen);
    }
    for (const one of group) this.#leaveAll(one);
  }

  /** VMAs of the same space that may map folios of the same roots. */
  #group(vma: Vma): Vma[] {
    const alone = this.#rootsOf(vma).every((root) => this.#users.get(root) === 1);
    if (alone || this.#options.upgrade === 'one-vma') return [vma];
    const roots = new Set(this.#rootsOf(vma));
    const group = new Set([vma]);
    const { vmas } = this.#world;
    for (let before = 0; before < group.size; ) {
      before = group.size;
      for (const other of vmas.inOrder(this.#world.spaceOf(vma).root)) {
        if (vmas.faulted.get(other) === 0 || group.has(other)) continue;
        this.#world.ledger.visit();
        const theirs = this.#rootsOf(other);
        if (!theirs.some((root) => roots.has(root))) continue;
        group.add(other);
        for (const root of theirs) roots.add(root);
      }
    }
    return [...group];
  }

  /** An ancestor's anon_vma that no VMA uses actively, by mainline's heuristic. */
  #reusable(vma: Vma): number {
    const { objects } = this;
    if (this.#options.reuse === 'never') return 0;
    const ancestors = objects.chainsOf(vma).map((chain) => objects.anonVmaOf(chain));
    return ancestors.find((one) => objects.children.get(one) < 2 && objects.activeVmas.get(one) === 0) ?? 0;
  }

  /** folio->mapping of what the VMA maps names the anon_vma from now on. */
  #rewrite(vma: Vma, anonVma: number): void {
    const { vmas, folios, ledger } = this.#world;
    const { table } = this.#world.spaceOf(vma);
    table.each(vmas.start.get(vma), vmas.end.get(vma), (_, entry) => {
      if (kindOf(entry) !== PRESENT) return;
      const folio = folios.of(frameOf(entry));
      if (!folios.isAnon(folio) || folios.anchor(folio) >= 0) return;
      ledger.visit();
      folios.setAnchor(folio, anonVma);
    });
  }

  /** Whatever a VMA is, another VMA of its address space becomes too. */
  #copy(to: Vma, from: Vma): void {
    const { objects } = this;
    const kind = this.#kind.get(from);
    objects.bare(to);
    this.#kind.set(to, kind);
    this.#above.set(to, this.#above.get(from));
    this.#root.set(to, this.#root.get(from));
    const roots = this.#rootsOf(from);
    for (const root of roots) this.#refer(root);
    if (roots.length > 1) this.#merged.set(to, new Set(roots.slice(1)));
    if (kind === TREE_VMA) return;
    objects.cloneChains(to, from);
    if (kind !== REGULAR) return;
    objects.active.set(to, objects.active.get(from));
    objects.activeVmas.add(objects.active.get(from), 1);
  }

  split(piece: Vma, vma: Vma): void {
    this.#copy(piece, vma);
  }
  move(to: Vma, from: Vma): void {
    this.#copy(to, from);
  }

  merge(into: Vma, from: Vma): void {
    if (this.#world.vmas.faulted.get(into) === 0) {
      this.#copy(into, from);
      return;
    }
    const merged = this.#merged.get(into) ?? new Set<Vma>();
    for (const root of this.#rootsOf(from)) {
      if (root === this.#root.get(into) || merged.has(root)) continue;
      // A dead VMA is pinned for as long as folios may name it.
      if (this.#options['merged-roots'] === 'forgotten') continue;
      merged.add(root);
      if (root !== into) this.#refer(root);
      else this.#users.add(root, 1);
    }
    if (merged.size > 0) this.#merged.set(into, merged);
  }

  mergeable(target: Vma, source: Vma, own: Vma): boolean {
    const { faulted } = this.#world.vmas;
    const there = faulted.get(target) !== 0;
    const comes = source !== 0 && faulted.get(source) !== 0;
    if (there && comes) return this.#same(target, source);
    if (there) return !this.#inherited(target);
    return !comes || own === 0 || !this.#inherited(own);
  }

  compatible(prev: Vma, next: Vma): boolean {
    const { faulted } = this.#world.vmas;
    return faulted.get(prev) === 0 || faulted.get(next) === 0 || this.#same(prev, next);
  }

  #same(a: Vma, b: Vma): boolean {
    const kind = this.#kind.get(a);
    if (kind !== this.#kind.get(b)) return false;
    if (kind === REGULAR) return this.objects.active.get(a) === this.objects.active.get(b);
    return kind === TREE_VMA || this.#root.get(a) === this.#root.get(b);
  }

  #inherited(vma: Vma): boolean {
    const kind = this.#kind.get(vma);
    return kind === TREE_PARENT || (kind === REGULAR && !this.objects.single(vma));
  }

  lift(vma: Vma): void {
    if (this.#kind.get(vma) !== TREE_VMA) this.objects.lift(vma);
  }
  settle(vma: Vma): void {
    if (this.#kind.get(vma) !== TREE_VMA) this.objects.settle(vma);
  }

  unmap(vma: Vma): void {
    this.objects.unlink(vma);
    this.#leaveAll(vma);
  }

  walk(folio: Folio, anchor: Anchor, visit: Visitor): void {
    const { folios } = this.#world;
    // A walk that sees another mapping than the one it took the lock for must begin again.
    const found = this.#options.retry === 'yes' ? folios.anchor(folio) : anchor;
    const index = folios.index.get(folio);
    const pages = folios.pages(folio);
    if (found > 0) this.objects.walk(found, index, pages, visit);
    else this.#walkRoot(-found, index, pages, visit);
  }

  /** A root VMA leads to an address; whatever VMA is there now is shown, if its folios are as far from it. */
  #walkRoot(root: Vma, index: number, pages: number, visit: Visitor): void {
    const { vmas, ledger, spaces } = this.#world;
    ledger.visit();
    const space = spaces.get(this.#space.get(root) as Space);
    if (space === undefined) return;
    const distance = this.#distance.get(root);
    const first = index + distance;
    for (let page = first; page < first + pages; ) {
      const vma = vmas.atOrBehind(space.root, page);
      if (vma === 0 || vmas.start.get(vma) >= first + pages) return;
      ledger.visit();
      const start = vmas.start.get(vma);
      if (vmas.faulted.get(vma) !== 0 && start - this.#world.offset(vma, start) === distance)
        visit(vma, Math.max(first, start));
      if (this.#options['large-folios'] === 'first-vma') return;
      page = vmas.end.get(vma);
    }
  }

  walkLock(folio: Folio) {
    const lazy = this.#world.folios.anchor(folio) < 0;
    return { lock: lazy ? VMA_LOCK : ROOT_LOCK, mode: 'read' as const, sleeps: true };
  }

  mapping(anchor: Anchor): number {
    return anchor > 0 ? this.objects.anonVmas.pointer(anchor) + 1 : this.#world.vmas.pool.pointer(-anchor) + 5;
  }
  word(vma: Vma): number {
    const kind = this.#kind.get(vma);
    if (kind === REGULAR) return this.objects.anonVmas.pointer(this.objects.active.get(vma));
    if (kind === TREE_VMA) return this.#world.vmas.pool.pointer(this.#root.get(vma)) + TREE_VMA;
    return this.objects.anonVmas.pointer(this.#above.get(vma)) + TREE_PARENT;
  }
  chain(vma: Vma): number[] {
    return this.objects.chainsOf(vma).map((chain) => this.objects.chains.pointer(chain));
  }
}

export const anonVmaLazy: DesignModule = {
  info: {
    name: 'anon-vma-lazy',
    about: 'no anon_vma before the first fork or move: folios name the VMA that was faulted first',
    sources: ['ANON_VMA_LAZY, 15 patches of May 2026, not merged, and the thread below them'],
    assumptions: [
      'A VMA that other lazy VMAs were merged into pins their root VMAs until it is unmapped itself.',
      'An upgrade covers all VMAs whose folios may name the same root VMA, so that a folio across a split stays whole.',
      'A child links to the anon_vmas of its ancestors and places its own folios lazily; it gets its own anon_vma when it forks or moves.',
      "A first fault takes a regular neighbour's anon_vma where mainline would: else such neighbours never merge.",
      "A walk of a lazy folio holds the VMA's lock for reading, as migration does.",
    ],
    options: [
      {
        name: 'retry',
        about: 'a walk that sees folio->mapping change begins again (the posted patches left it out by mistake)',
        values: ['yes', 'no'],
        value: 'yes',
      },
      {
        name: 'large-folios',
        about: 'VMAs looked up for a large folio: all that its range meets, or the first',
        values: ['all-vmas', 'first-vma'],
        value: 'all-vmas',
      },
      {
        name: 'upgrade',
        about: 'what becomes regular at a fork or move: all VMAs of the same root VMAs, or the one',
        values: ['all-pieces', 'one-vma'],
        value: 'all-pieces',
      },
      {
        name: 'merged-roots',
        about: 'root VMAs of VMAs that were merged into another: pinned, or forgotten',
        values: ['pinned', 'forgotten'],
        value: 'pinned',
      },
      {
        name: 'private-files',
        about: 'private file mappings: lazy as well, or regular from their first copy on',
        values: ['lazy', 'regular'],
        value: 'lazy',
      },
      {
        name: 'reuse',
        about: "whether an upgrade of an inherited VMA takes an idle ancestor's anon_vma, by mainline's heuristic",
        values: ['counted', 'never'],
        value: 'counted',
      },
    ],
  },
  create: (world, options) => new AnonVmaLazy(world, options),
};
