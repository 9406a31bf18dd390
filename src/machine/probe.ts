// SPDX-License-Identifier: GPL-2.0-or-later
// Experiments with a machine: states to go back to, allocations that fail, objects whose life is written down.
// In: its module, and what the module tells while it runs. Out: plain values.
import type { FaultReader } from './fault.ts';
import type { Module } from './module.ts';
import type { Origins, Probe, Refusal } from './values.ts';

/** Events of simulations/machine/sim.h, by number. */
const EVENTS = ['', 'allocated', 'freed', 'queued'] as const;

/** What the module told its host, as it came: stacks are looked up when asked for. */
export class Told {
  refused: { what: string; bytes: number; stack: string } | undefined;
  readonly events = new Map<number, { allocated?: string; freed?: string; queued?: string }>();

  refuse(what: string, bytes: number): void {
    this.refused = { what, bytes, stack: here() };
  }

  event(start: number, event: number): void {
    const name = EVENTS[event];
    if (!name) return;
    // An object that is allocated anew has not been freed yet.
    const before = name === 'allocated' ? {} : this.events.get(start);
    this.events.set(start, { ...before, [name]: here() });
  }
}

/** V8's frames of now: as many as lead from an allocation to the system call. Writing down more of them takes longer. */
const FRAMES = 24;

function here(): string {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const { stack } = new Error('here');
  Error.stackTraceLimit = usual;
  return stack ?? '';
}

export class SimProbe implements Probe {
  readonly #module: Module;
  readonly #told: Told;
  readonly #faults: FaultReader;

  constructor(module: Module, told: Told, faults: FaultReader) {
    this.#module = module;
    this.#told = told;
    this.#faults = faults;
  }

  snapshot(): () => void {
    const module = this.#module;
    const { memory } = module;
    const taken = memory.snapshot(module.call('sim_highest_backed'), module.call('sim_highest_sparse'));
    const events = new Map(this.#told.events);
    return () => {
      module.mend();
      this.#told.refused = undefined;
      this.#told.events.clear();
      for (const [start, event] of events) this.#told.events.set(start, event);
      memory.goBack(taken, module.call('sim_highest_backed'), module.call('sim_highest_sparse'));
    };
  }

  refuse(n: number): void {
    this.#told.refused = undefined;
    this.#module.call('sim_refuse_allocation', n);
  }

  disarm(): void {
    this.#module.call('sim_refuse_allocation', 0);
  }

  refusal(): Refusal | undefined {
    const { refused } = this.#told;
    return refused && { ...refused, stack: this.#faults.positions(refused.stack) };
  }

  watch(starts: readonly number[]): void {
    this.#told.events.clear();
    this.#module.call('sim_watch', 0);
    for (const start of starts) this.#module.call('sim_watch', start);
  }

  origins(start: number): Origins {
    const found: Origins = {};
    for (const [name, stack] of Object.entries(this.#told.events.get(start) ?? {}))
      found[name as keyof Origins] = this.#faults.positions(stack);
    return found;
  }

  kernelPages(): number {
    return this.#module.callMixed('sim_kernel_pages', []);
  }

  perCpuAreas(): number {
    return this.#module.callMixed('sim_percpu_live', []);
  }
}
