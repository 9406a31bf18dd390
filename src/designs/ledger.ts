// SPDX-License-Identifier: GPL-2.0-or-later
// What a design's operations cost: locks taken, and objects of the reverse map looked at, under each lock and by kind
// of operation. The laboratory has no clock; an object looked at is its unit of work.
import type { LockMode, LockUse } from '../machine/values.ts';
import type { OperationCost, OperationKind } from './values.ts';

const KINDS: readonly OperationKind[] = ['fault', 'fork', 'split', 'merge', 'move', 'unmap', 'walk'];

interface Held {
  use: LockUse;
  since: number;
}

export class Ledger {
  /** Objects looked at since the last reset. */
  visited = 0;
  readonly #locks = new Map<string, LockUse>();
  readonly #held: Held[] = [];
  readonly #costs = new Map<OperationKind, OperationCost>();
  readonly #allocations: () => number;
  #watching = true;
  /** The operation that costs are booked on, and what was there when booking on it last began. */
  #kind: OperationKind | undefined;
  #locksTaken = 0;
  #booked = { visited: 0, locks: 0, allocated: 0 };

  /** allocations: objects of the reverse map handed out so far. */
  constructor(allocations: () => number) {
    this.#allocations = allocations;
    this.reset();
  }

  reset(): void {
    this.visited = 0;
    this.#locksTaken = 0;
    this.#held.length = 0;
    this.#locks.clear();
    this.#kind = undefined;
    this.#clearCosts();
  }

  /** Begins to watch locks and costs afresh, or ends it. */
  watch(on: boolean): void {
    this.#locks.clear();
    this.#watching = on;
    this.#clearCosts();
  }

  #clearCosts(): void {
    for (const kind of KINDS) this.#costs.set(kind, { count: 0, allocations: 0, locks: 0, visits: 0 });
    this.#booked = { visited: this.visited, locks: this.#locksTaken, allocated: this.#allocations() };
  }

  visit(objects = 1): void {
    this.visited += objects;
  }

  /** Runs an operation; what it costs, less what operations inside it cost, is booked on its kind. */
  during<T>(kind: OperationKind, work: () => T): T {
    const outer = this.#kind;
    this.#book();
    this.#kind = kind;
    (this.#costs.get(kind) as OperationCost).count++;
    try {
      return work();
    } finally {
      this.#book();
      this.#kind = outer;
    }
  }

  /** Runs something under a lock. */
  under<T>(lock: string, mode: LockMode, work: () => T): T {
    this.take(lock, mode);
    try {
      return work();
    } finally {
      this.drop();
    }
  }

  /** Takes a lock; drop() lets go of the one that was taken last. */
  take(lock: string, mode: LockMode): void {
    this.#locksTaken++;
    const key = `${lock} ${mode}`;
    let use = this.#locks.get(key);
    if (use === undefined) {
      use = { lock, mode, taken: 0, blocks: 0, longest: 0, nodes: 0 };
      this.#locks.set(key, use);
    }
    this.#held.push({ use, since: this.visited });
  }

  drop(): void {
    const held = this.#held.pop();
    if (held === undefined) throw new Error('no lock is held');
    if (!this.#watching) return;
    const objects = this.visited - held.since;
    held.use.taken++;
    held.use.blocks += objects;
    held.use.nodes += objects;
    held.use.longest = Math.max(held.use.longest, objects);
  }

  /** Uses of locks since watching began, by name. `blocks` are objects looked at. */
  locks(): LockUse[] {
    return [...this.#locks.values()]
      .filter(({ taken }) => taken > 0)
      .map((use) => ({ ...use }))
      .sort((a, b) => (a.lock < b.lock ? -1 : 1));
  }

  held(): string[] {
    return this.#held.map(({ use }) => `${use.lock} (${use.mode})`);
  }

  /** Costs by kind of operation since watching began. */
  costs(): Record<OperationKind, OperationCost> {
    return Object.fromEntries([...this.#costs].map(([kind, cost]) => [kind, { ...cost }])) as Record<
      OperationKind,
      OperationCost
    >;
  }

  #book(): void {
    const { visited, locks, allocated } = this.#booked;
    const now = this.#allocations();
    if (this.#kind !== undefined) {
      const cost = this.#costs.get(this.#kind) as OperationCost;
      cost.visits += this.visited - visited;
      cost.locks += this.#locksTaken - locks;
      cost.allocations += now - allocated;
    }
    this.#booked = { visited: this.visited, locks: this.#locksTaken, allocated: now };
  }
}
