// SPDX-License-Identifier: GPL-2.0-or-later
// What a machine wrote down about its locks -> violations. Orders are learnt over the scenario, as lockdep learns them
// over the life of a kernel, and held against the documented one.
import type { LockComplaint, LockOrder, LockWatch } from '../../machine/values.ts';
import { type DocumentedOrder, documentedOrder } from './facts.ts';

const DOCUMENTED = documentedOrder();

/** A moment whose stack is worth having. */
export interface Moment {
  number: number;
  /** What happened then, before "in FUNCTION". */
  what: string;
}

export interface LockFault {
  invariant: 'lock-order' | 'lock-context' | 'lock-missing' | 'locks';
  shape: string;
  evidence: string;
  /** The fault itself. */
  moment: number;
  /** What it conflicts with. */
  others: Moment[];
}

export class LockJudge {
  readonly #watch: LockWatch;
  readonly #documented: DocumentedOrder;
  /** By class: what was taken under it. */
  readonly #after = new Map<number, LockOrder[]>();

  constructor(watch: LockWatch, documented: DocumentedOrder = DOCUMENTED) {
    this.#watch = watch;
    this.#documented = documented;
  }

  /** What has come to light since the last look. */
  look(): LockFault[] {
    const { orders, complaints } = this.#watch.news();
    return [...orders.flatMap((order) => this.#order(order)), ...complaints.map(complaintFault)];
  }

  #order(order: LockOrder): LockFault[] {
    const { from, to, fromClass, toClass } = order;
    const under = { number: order.fromNumber, what: `${from} was taken` };
    if (fromClass === toClass) return [recursion(order, under)];
    const way = this.#way(toClass, fromClass);
    const said = this.#documented(to, from);
    const known = this.#after.get(fromClass);
    if (known === undefined) this.#after.set(fromClass, [order]);
    else known.push(order);
    const fault = { invariant: 'lock-order' as const, shape: `${to} under ${from}`, moment: order.toNumber };
    if (said !== undefined) {
      const evidence = `takes ${to} while it holds ${from}; the documented order is ${to} before ${from} (${said})`;
      return [{ ...fault, evidence, others: [under, ...(way ?? []).flatMap(ends)] }];
    }
    if (way === undefined) return [];
    const round = way.map(({ from: outer, to: inner }) => `${inner} under ${outer}`).join(', ');
    const evidence = `takes ${to} while it holds ${from}, but before took ${round}: two that do so at once wait for each other`;
    return [{ ...fault, evidence, others: [under, ...way.flatMap(ends)] }];
  }

  /** The shortest way of orders seen that leads from one class to another. */
  #way(from: number, to: number): LockOrder[] | undefined {
    const found = new Map<number, LockOrder[]>([[from, []]]);
    for (const [at, way] of found) {
      if (at === to) return way;
      for (const order of this.#after.get(at) ?? [])
        if (!found.has(order.toClass)) found.set(order.toClass, [...way, order]);
    }
    return undefined;
  }
}

function ends({ from, to, fromNumber, toNumber }: LockOrder): Moment[] {
  return [
    { number: fromNumber, what: `before, ${from} was taken` },
    { number: toNumber, what: `before, ${to} was taken under it` },
  ];
}

function recursion({ from, toNumber }: LockOrder, under: Moment): LockFault {
  return {
    invariant: 'lock-order',
    shape: `${from} under itself`,
    evidence: `takes ${from} while it holds a lock of the same class, and nothing says in which order two of them go`,
    moment: toNumber,
    others: [under],
  };
}

function complaintFault({ rule, what, number, earlier }: LockComplaint): LockFault {
  const others = earlier === 0 ? [] : [{ number: earlier, what: `${what === '' ? 'the lock' : what} was taken` }];
  const fault = { moment: number, others };
  switch (rule) {
    case 'sleep': {
      const where = what === '' ? 'with pre-emption off' : `under ${what}`;
      return { ...fault, invariant: 'lock-context', shape: `sleeps ${where}`, evidence: `may sleep ${where}` };
    }
    case 'tree-write': {
      const lock = `${treeLock(what)} held for writing`;
      const evidence = `changes the tree of ${treeOf(what)} without ${lock}, which its walkers rely on`;
      return { ...fault, invariant: 'lock-missing', shape: `changes ${what} unlocked`, evidence };
    }
    case 'tree-read': {
      const evidence = `walks the tree of ${treeOf(what)} without ${treeLock(what)} held`;
      return { ...fault, invariant: 'lock-missing', shape: `walks ${what} unlocked`, evidence };
    }
    case 'move': {
      const evidence = `moves page-table entries to a VMA that walks of ${treeOf(what)} visit before the old one, without ${treeLock(what)} held for writing: a walk in between finds neither`;
      return { ...fault, invariant: 'lock-missing', shape: `moves entries of ${what} unlocked`, evidence };
    }
    case 'owner':
      return {
        ...fault,
        invariant: 'locks',
        shape: 'released by another',
        evidence: 'releases a lock that another task took',
      };
  }
}

const treeOf = (what: string): string => (what === 'anon_vma' ? 'an anon_vma' : "a file's i_mmap");
const treeLock = (what: string): string => (what === 'anon_vma' ? "its root's rwsem" : 'i_mmap_rwsem');
