// SPDX-License-Identifier: GPL-2.0-or-later
// The log that simulations/machine/lockdep.c keeps. In: a module. Out: the orders in which classes of locks were taken and
// what was done against the rules, each once; stacks of moments that were asked for. Read from memory directly, so that
// what led to a fault can be told after it.
import type { SourcePosition } from '../kernel/values.ts';
import type { Module } from './module.ts';
import type { LockComplaint, LockOrder, LockRule, LockWatch } from './values.ts';

/** As in lockdep.c, in words of 64 bits: the counts, then classes, orders and complaints. */
const CLASSES = 256;
const EDGES = 2048;
const CLASS_WORDS = 3;
const EDGE_WORDS = 5;
const COMPLAINT_WORDS = 4;
const FIRST_CLASS = 3;
const FIRST_EDGE = FIRST_CLASS + CLASSES * CLASS_WORDS;
const FIRST_COMPLAINT = FIRST_EDGE + EDGES * EDGE_WORDS;
/** enum sim_rule in locks.h. */
const RULES: readonly (LockRule | undefined)[] = [undefined, 'sleep', 'tree-write', 'tree-read', 'owner', 'move'];

export class SimLockWatch implements LockWatch {
  readonly #module: Module;
  readonly #log: number;
  #edges = 0;
  #complaints = 0;
  #wanted: readonly number[] = [];

  constructor(module: Module) {
    this.#module = module;
    this.#log = module.callMixed('sim_lock_order_log', []);
    this.#fromHere();
  }

  /** Orders of the boot count for all that follows; what it did against the rules does not. */
  #fromHere(): void {
    this.#edges = 0;
    this.#complaints = this.#word(1);
  }

  /** The machine's memory was put back. */
  reset(): void {
    this.#fromHere();
    for (const number of this.#wanted) this.#module.call('sim_lock_trap', number);
    this.#wanted = [];
  }

  #word(i: number): number {
    const { numbers } = this.#module.memory;
    const at = this.#log / 4 + i * 2;
    return (numbers[at] as number) + (numbers[at + 1] as number) * 0x100000000;
  }

  news(): { orders: LockOrder[]; complaints: LockComplaint[] } {
    const orders: LockOrder[] = [];
    const complaints: LockComplaint[] = [];
    for (const edges = this.#word(0); this.#edges < edges; this.#edges++) orders.push(this.#order(this.#edges));
    for (const count = this.#word(1); this.#complaints < count; this.#complaints++)
      complaints.push(this.#complaint(this.#complaints));
    return { orders, complaints };
  }

  #order(i: number): LockOrder {
    const at = FIRST_EDGE + i * EDGE_WORDS;
    const fromClass = this.#word(at);
    const toClass = this.#word(at + 1);
    return {
      from: this.#name(fromClass),
      to: this.#name(toClass),
      ...{ fromClass, toClass, fromNumber: this.#word(at + 2), toNumber: this.#word(at + 3) },
    };
  }

  #complaint(i: number): LockComplaint {
    const at = FIRST_COMPLAINT + i * COMPLAINT_WORDS;
    const rule = RULES[this.#word(at)];
    if (rule === undefined) throw new Error(`the log of locks has a rule ${this.#word(at)}`);
    const what = this.#word(at + 3);
    return {
      rule,
      what: what === 0 ? '' : this.#module.memory.text(what),
      number: this.#word(at + 1),
      earlier: this.#word(at + 2),
    };
  }

  #name(class_: number): string {
    const at = FIRST_CLASS + class_ * CLASS_WORDS;
    const subclass = this.#word(at + 1);
    const name = this.#module.memory.text(this.#word(at + 2));
    return `${name === '' ? 'a lock without a name' : name}${subclass > 0 ? `/${subclass}` : ''}`;
  }

  trap(numbers: readonly number[]): void {
    this.#wanted = numbers;
  }

  stacks(): ReadonlyMap<number, SourcePosition[]> {
    return this.#module.stacks;
  }
}
