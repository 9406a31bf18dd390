// SPDX-License-Identifier: GPL-2.0-or-later
// anon_vmas and anon_vma_chains: what mainline's reverse map is made of, and what ANON_VMA_LAZY upgrades to. The lists,
// trees and counters are those of include/linux/rmap.h; the rules of when to use them are the designs' own.
import type { AnonVmaView, ChainView } from '../machine/values.ts';
import { Ints } from './columns.ts';
import { IntervalForest } from './intervals.ts';
import { Pool } from './pool.ts';
import type { Visitor, Vma } from './values.ts';
import type { LabWorld } from './world.ts';

/** sizeof in a distribution's configuration, 6.12 to 7.3. */
const ANON_VMA_BYTES = 104;
const CHAIN_BYTES = 64;
export const ROOT_LOCK = 'anon_vma.rwsem';

export class AnonVmaObjects {
  readonly anonVmas = new Pool('anon_vma', ANON_VMA_BYTES, 2);
  readonly chains = new Pool('anon_vma_chain', CHAIN_BYTES, 3);
  /** vma->anon_vma. */
  readonly active = new Ints();
  readonly root = new Ints();
  readonly parent = new Ints();
  readonly children = new Ints();
  readonly activeVmas = new Ints();
  readonly #references = new Ints();
  readonly #tree = new Ints();
  readonly #nodes = new IntervalForest();
  /** First chain of each VMA, and the next one of each chain. */
  readonly #first = new Ints();
  readonly #next = new Ints();
  readonly #chainVma = new Ints();
  readonly #chainAnonVma = new Ints();
  readonly #world: LabWorld;
  readonly #found: number[] = [];
  /** VMAs that are out of their trees. */
  #lifted = 0;

  constructor(world: LabWorld) {
    this.#world = world;
  }

  reset(): void {
    this.anonVmas.reset();
    this.chains.reset();
    this.#lifted = 0;
  }

  /** A VMA without any chains. */
  bare(vma: Vma): void {
    this.active.set(vma, 0);
    this.#first.set(vma, 0);
  }

  /** A new anon_vma with one reference; its own root where there is no parent. */
  create(parent: number): number {
    const anonVma = this.anonVmas.take();
    const root = parent === 0 ? anonVma : this.root.get(parent);
    this.root.set(anonVma, root);
    this.parent.set(anonVma, parent === 0 ? anonVma : parent);
    this.children.set(anonVma, 0);
    this.activeVmas.set(anonVma, 0);
    this.#references.set(anonVma, 1);
    this.#tree.set(anonVma, 0);
    if (parent !== 0) this.#references.add(root, 1);
    this.children.add(parent === 0 ? anonVma : parent, 1);
    return anonVma;
  }

  #put(anonVma: number): void {
    if (this.#references.add(anonVma, -1) > 0) return;
    const root = this.root.get(anonVma);
    this.anonVmas.give(anonVma);
    if (root !== anonVma) this.#put(root);
  }

  /** A chain entry, first in the VMA's list; in no tree yet. */
  assign(vma: Vma, anonVma: number): number {
    const chain = this.chains.take();
    this.#chainVma.set(chain, vma);
    this.#chainAnonVma.set(chain, anonVma);
    this.#next.set(chain, this.#first.get(vma));
    this.#first.set(vma, chain);
    this.#world.ledger.visit();
    return chain;
  }

  /** Puts a chain entry into its anon_vma's tree, by the VMA's present offsets. */
  insert(chain: number): void {
    const { vmas } = this.#world;
    const vma = this.#chainVma.get(chain);
    const anonVma = this.#chainAnonVma.get(chain);
    const start = this.#world.offset(vma, vmas.start.get(vma));
    this.#tree.set(anonVma, this.#nodes.insert(this.#tree.get(anonVma), chain, start, start + vmas.pages(vma) - 1));
    this.#world.ledger.visit();
  }

  #remove(chain: number): void {
    const anonVma = this.#chainAnonVma.get(chain);
    this.#tree.set(anonVma, this.#nodes.remove(this.#tree.get(anonVma), chain));
    this.#world.ledger.visit();
  }

  /** A VMA's chain entries in list order, newest first. */
  chainsOf(vma: Vma): number[] {
    const list: number[] = [];
    for (let chain = this.#first.get(vma); chain !== 0; chain = this.#next.get(chain)) list.push(chain);
    return list;
  }

  /** A chain entry for each of another VMA's, in the same order. */
  cloneChains(to: Vma, from: Vma): void {
    this.under(() => {
      for (const chain of this.chainsOf(from).reverse()) this.insert(this.assign(to, this.anonVmaOf(chain)));
    });
  }

  anonVmaOf(chain: number): number {
    return this.#chainAnonVma.get(chain);
  }

  single(vma: Vma): boolean {
    const first = this.#first.get(vma);
    return first !== 0 && this.#next.get(first) === 0;
  }

  isEmpty(anonVma: number): boolean {
    return this.#tree.get(anonVma) === 0;
  }

  /** Runs something under the lock of all anon_vmas of one root. */
  under<T>(work: () => T): T {
    return this.#world.ledger.under(ROOT_LOCK, 'write', work);
  }

  /** Takes all chain entries of a VMA out of their trees, or puts them back; the lock is held in between. */
  lift(vma: Vma): void {
    if (this.#lifted++ === 0) this.#world.ledger.take(ROOT_LOCK, 'write');
    for (let chain = this.#first.get(vma); chain !== 0; chain = this.#next.get(chain)) this.#remove(chain);
  }
  settle(vma: Vma): void {
    for (let chain = this.#first.get(vma); chain !== 0; chain = this.#next.get(chain)) this.insert(chain);
    if (--this.#lifted === 0) this.#world.ledger.drop();
  }

  /** unlink_anon_vmas(). */
  unlink(vma: Vma): void {
    const active = this.active.get(vma);
    const list = this.chainsOf(vma);
    if (list.length === 0) return;
    const emptied: number[] = [];
    this.under(() => {
      for (const chain of list) {
        const anonVma = this.#chainAnonVma.get(chain);
        this.#remove(chain);
        this.chains.give(chain);
        if (!this.isEmpty(anonVma)) continue;
        this.children.add(this.parent.get(anonVma), -1);
        emptied.push(anonVma);
      }
      if (active !== 0) this.activeVmas.add(active, -1);
    });
    for (const anonVma of emptied) this.#put(anonVma);
    this.bare(vma);
  }

  /** Shows the VMAs of a tree that have pages of [index, index + pages - 1]. */
  walk(anonVma: number, index: number, pages: number, visit: Visitor): void {
    const { vmas, ledger } = this.#world;
    const found = this.#found;
    found.length = 0;
    this.#nodes.overlapping(this.#tree.get(anonVma), index, index + pages - 1, found);
    ledger.visit(found.length);
    for (const chain of found) {
      const vma = this.#chainVma.get(chain);
      const start = vmas.start.get(vma);
      visit(vma, Math.max(start, start + index - this.#nodes.start(chain)));
    }
  }

  /** What a world shows of them. */
  port(): { pool: Pool; anonVma(ptr: number): AnonVmaView; chain(ptr: number): ChainView } {
    return { pool: this.anonVmas, anonVma: (ptr) => this.anonVma(ptr), chain: (ptr) => this.chain(ptr) };
  }

  anonVma(ptr: number): AnonVmaView {
    const id = this.anonVmas.id(ptr);
    const tree = [...this.#nodes.inOrder(this.#tree.get(id))].map((chain) => ({
      chain: this.chains.pointer(chain),
      start: this.#nodes.start(chain),
      last: this.#nodes.last(chain),
      subtreeLast: this.#nodes.high(chain),
      depthOk: true,
    }));
    return {
      ptr,
      root: this.anonVmas.pointer(this.root.get(id)),
      parent: this.anonVmas.pointer(this.parent.get(id)),
      refcount: this.#references.get(id),
      numChildren: this.children.get(id),
      numActiveVmas: this.activeVmas.get(id),
      tree,
    };
  }

  chain(ptr: number): ChainView {
    const id = this.chains.id(ptr);
    const { pool } = this.#world.vmas;
    const vma = pool.pointer(this.#chainVma.get(id));
    return { ptr, vma, anonVma: this.anonVmas.pointer(this.#chainAnonVma.get(id)) };
  }
}
