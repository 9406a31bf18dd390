// SPDX-License-Identifier: GPL-2.0-or-later
// A workload at a scale, step by step on a machine. Each step is made a function once, as it may run a million times.
// There is no memory model here: what a step must give is its documented result, and no more.
import type { FileId, Machine, Task } from '../../machine/values.ts';
import { FIRST_PROCESS } from '../grammar/scope.ts';
import { ADVICE, errnoName, MAP, MREMAP, PROT } from '../grammar/words.ts';
import type { Broken } from '../invariants/values.ts';
import { FIRST_REGION, LIMITS, PAGE_SIZE } from '../limits.ts';
import { compile, type Variables } from './expression.ts';
import type { Expr, Indexed, ScaledWorkload, WorkAction, WorkPlace, WorkRange, WorkStep } from './values.ts';

/** The part of a machine that steps need. */
export type WorkMachine = Pick<
  Machine,
  | 'mmap'
  | 'munmap'
  | 'mprotect'
  | 'mremap'
  | 'madvise'
  | 'mlock'
  | 'munlock'
  | 'write'
  | 'read'
  | 'fork'
  | 'exec'
  | 'exit'
  | 'quiesce'
  | 'openFile'
  | 'closeFile'
>;

export interface Hooks {
  mark(name: string): void;
  /** Around each fork. */
  beforeFork?(): void;
  afterFork?(child: Task): void;
}

/** The workload asks what cannot be: its own fault, with file, line and column. */
export class WorkloadFault extends Error {}

/** The kernel did not do as documented. */
export class StepBroken extends Error {
  readonly broken: Broken;
  constructor(broken: Broken) {
    super(broken.evidence);
    this.broken = broken;
  }
}

interface Region {
  base: number;
  count: number;
  pages: number;
  /** Bytes from one to the next. */
  stride: number;
}

type Run = () => void;
type NumberOf = () => number;
type ActionStep = Extract<WorkStep, { kind: 'action' }>;

/** Region arrays begin at multiples of this: page tables are shared inside one, not between two. */
const ARRAY_ALIGNMENT = 2 * 1024 * 1024;
const USER_END = 2 ** 47 - PAGE_SIZE;

export class Interpreter {
  /** Steps done of each kind; accesses count by page. */
  operations: Record<string, number> = {};
  readonly parameters: Record<string, number> = {};
  readonly tasks = new Map<string, Task>();
  readonly #machine: WorkMachine;
  readonly #scaled: ScaledWorkload;
  readonly #hooks: Hooks;
  readonly #regions = new Map<string, Region>();
  readonly #files = new Map<string, FileId>();
  readonly #variables: Variables = [];
  #devzero: FileId | undefined;
  #tags = 0;
  #done = 0;

  /** Opens the files on a machine that was just reset. Errors: WorkloadFault. */
  constructor(machine: WorkMachine, scaled: ScaledWorkload, hooks: Hooks) {
    this.#machine = machine;
    this.#scaled = scaled;
    this.#hooks = hooks;
    const { workload, scale } = scaled;
    for (const { name, value, least } of workload.parameters)
      this.parameters[name] = least === undefined ? value : Math.max(least, Math.round(value * scale));
    for (const { name, kind, pages, at } of workload.files)
      this.#files.set(name, machine.openFile(kind, this.#fixed(pages, at, 1)));
    this.#place();
    this.tasks.set(FIRST_PROCESS, 0);
  }

  run(): void {
    const steps = this.#compileAll(this.#scaled.workload.steps, []);
    for (const step of steps) step();
  }

  /** Every process exits, in the order of creation; files are closed. */
  finish(): void {
    for (const task of this.tasks.values()) this.#machine.exit(task);
    this.tasks.clear();
    for (const file of this.#files.values()) this.#machine.closeFile(file);
    if (this.#devzero !== undefined) this.#machine.closeFile(this.#devzero);
  }

  /** "heap3+2" for an address. */
  describe(address: number): string {
    for (const [name, { base, count, stride }] of this.#regions) {
      const index = Math.floor((address - base) / stride);
      if (index < 0 || index >= count) continue;
      return `${name}${count > 1 ? index : ''}+${Math.floor((address - base - index * stride) / PAGE_SIZE)}`;
    }
    return `0x${address.toString(16)}`;
  }

  #place(): void {
    let at = FIRST_REGION;
    for (const { name, count, pages, gap, at: position } of this.#scaled.workload.regions) {
      const size = this.#fixed(pages, position, 1);
      const stride = (size + this.#fixed(gap, position, 0)) * PAGE_SIZE;
      const many = this.#fixed(count, position, 1);
      this.#regions.set(name, { base: at, count: many, pages: size, stride });
      // One array's length is left free behind it, for what grows or is placed beyond.
      at = Math.ceil((at + many * stride + 1) / ARRAY_ALIGNMENT) * ARRAY_ALIGNMENT + ARRAY_ALIGNMENT;
      if (at > USER_END) throw new WorkloadFault(`${position}: the regions do not fit into user space at this scale`);
    }
  }

  /** A number that depends on parameters only. */
  #fixed(expr: Expr, at: string, least: number): number {
    const value = compile(expr, (name) => ({ value: this.parameters[name] ?? 0 }))([]);
    if (!Number.isSafeInteger(value) || value < least)
      throw new WorkloadFault(`${at}: a number comes out as ${value}; it must be at least ${least}`);
    return value;
  }

  #compileAll(steps: readonly WorkStep[], names: readonly string[]): Run[] {
    return steps.map((step) => this.#compile(step, names));
  }

  #compile(step: WorkStep, names: readonly string[]): Run {
    switch (step.kind) {
      case 'mark':
        return () => this.#hooks.mark(step.name);
      case 'quiesce':
        return () => this.#machine.quiesce();
      case 'repeat': {
        const slot = names.length;
        const times = this.#number(step.times, names, step.at);
        const body = this.#compileAll(step.steps, [...names, step.as]);
        const variables = this.#variables;
        return () => {
          const count = times();
          for (let i = 0; i < count; i++) {
            variables[slot] = i;
            for (const inner of body) inner();
          }
        };
      }
      case 'action':
        return this.#action(step, names);
    }
  }

  #number(expr: Expr, names: readonly string[], at: string): NumberOf {
    const variables = this.#variables;
    const value = compile(expr, (name) => {
      const slot = names.indexOf(name);
      return slot >= 0 ? { slot } : { value: this.parameters[name] ?? 0 };
    });
    return () => {
      const result = value(variables);
      if (result >= 0 && Number.isSafeInteger(result)) return result;
      throw new WorkloadFault(`${at}: a number comes out as ${result}${this.#where(names)}`);
    };
  }

  /** " where i is 3, k is 0" */
  #where(names: readonly string[]): string {
    if (names.length === 0) return '';
    return ` where ${names.map((name, slot) => `${name} is ${this.#variables[slot]}`).join(', ')}`;
  }

  #key(name: Indexed, names: readonly string[], at: string): () => string {
    if (name.index === undefined) return () => name.base;
    const index = this.#number(name.index, names, at);
    return () => `${name.base}${index()}`;
  }

  #start(place: WorkPlace, names: readonly string[], at: string): NumberOf {
    const { base: name, index } = place.region;
    const region = this.#regions.get(name);
    if (region === undefined) throw new WorkloadFault(`${at}: no region ${name}`);
    const number = index === undefined ? () => 0 : this.#number(index, names, at);
    const page = this.#number(place.page, names, at);
    return () => {
      const i = number();
      if (i >= region.count)
        throw new WorkloadFault(`${at}: ${name}{${i}} lies outside: there are ${region.count}${this.#where(names)}`);
      return region.base + i * region.stride + page() * PAGE_SIZE;
    };
  }

  /** Start and pages of a range; without a count, up to the end of the region. */
  #range({ place, count }: WorkRange, names: readonly string[], at: string): { start: NumberOf; pages: NumberOf } {
    const start = this.#start(place, names, at);
    if (count !== undefined) return { start, pages: this.#number(count, names, at) };
    const page = this.#number(place.page, names, at);
    const size = this.#regions.get(place.region.base)?.pages ?? 0;
    return { start, pages: () => Math.max(0, size - page()) };
  }

  #action(step: ActionStep, names: readonly string[]): Run {
    const { at } = step;
    const process = this.#key(step.process, names, at);
    const act = this.#operation(step, names);
    return () => {
      if (++this.#done > LIMITS.workloadSteps)
        throw new WorkloadFault(`${at}: more than ${LIMITS.workloadSteps} steps`);
      const key = process();
      const task = this.tasks.get(key);
      if (task === undefined) throw new WorkloadFault(`${at}: process ${key} is not alive${this.#where(names)}`);
      act(task, key);
    };
  }

  #operation(step: ActionStep, names: readonly string[]): (task: Task, key: string) => void {
    const machine = this.#machine;
    const { action, at } = step;
    const judge = (result: number, expected: number) => {
      this.#count(action.op, 1);
      if (result !== expected) this.#broken(step, names, result);
    };
    switch (action.op) {
      case 'mmap':
        return this.#mmap(action, names, at, judge);
      case 'munmap':
      case 'mlock':
      case 'munlock': {
        const { op } = action;
        const { start, pages } = this.#range(action.range, names, at);
        return (task) => judge(machine[op](task, start(), pages() * PAGE_SIZE), 0);
      }
      case 'mprotect': {
        const { start, pages } = this.#range(action.range, names, at);
        const prot = PROT[action.prot] ?? 0;
        return (task) => judge(machine.mprotect(task, start(), pages() * PAGE_SIZE, prot), 0);
      }
      case 'madvise': {
        const { start, pages } = this.#range(action.range, names, at);
        const advice = ADVICE[action.advice] ?? 0;
        return (task) => judge(machine.madvise(task, start(), pages() * PAGE_SIZE, advice), 0);
      }
      case 'mremap':
        return this.#mremap(action, names, at, judge);
      case 'write':
      case 'read':
        return this.#access(action, step, names);
      case 'fork': {
        const child = this.#key(action.child, names, at);
        return (task) => {
          const key = child();
          if (this.tasks.has(key))
            throw new WorkloadFault(`${at}: process ${key} is alive already${this.#where(names)}`);
          if (this.tasks.size >= LIMITS.processes)
            throw new WorkloadFault(`${at}: more than ${LIMITS.processes} processes at once`);
          this.#count('fork', 1);
          this.#hooks.beforeFork?.();
          const born = machine.fork(task);
          if (born < 0) this.#broken(step, names, born);
          this.#hooks.afterFork?.(born);
          this.tasks.set(key, born);
        };
      }
      case 'exec':
        return (task) => {
          this.#count('exec', 1);
          machine.exec(task);
        };
      case 'exit':
        return (task, key) => {
          this.#count('exit', 1);
          machine.exit(task);
          this.tasks.delete(key);
        };
    }
  }

  #mmap(
    action: Extract<WorkAction, { op: 'mmap' }>,
    names: readonly string[],
    at: string,
    judge: (result: number, expected: number) => void,
  ): (task: Task) => void {
    const machine = this.#machine;
    const start = this.#start(action.place, names, at);
    const pages = this.#number(action.pages, names, at);
    const offset = this.#number(action.offset, names, at);
    const prot = PROT[action.prot] ?? 0;
    let flags: number = MAP[action.share] | (action.flags.includes('fixed') ? MAP.fixed : MAP.fixedNoReplace);
    const { source } = action;
    if (source.kind === 'anon') flags |= MAP.anonymous;
    if (action.flags.includes('populate')) flags |= MAP.populate;
    if (action.flags.includes('growsdown')) flags |= MAP.growsdown;
    let file: FileId | undefined;
    if (source.kind === 'devzero') {
      this.#devzero ??= machine.openFile('devzero', 0);
      file = this.#devzero;
    } else if ('name' in source) file = this.#files.get(source.name);
    return (task) => {
      const address = start();
      judge(machine.mmap(task, address, pages() * PAGE_SIZE, prot, flags, file, offset()), address);
    };
  }

  #mremap(
    action: Extract<WorkAction, { op: 'mremap' }>,
    names: readonly string[],
    at: string,
    judge: (result: number, expected: number) => void,
  ): (task: Task) => void {
    const { start, pages } = this.#range(action.range, names, at);
    const to = action.to && this.#start(action.to, names, at);
    const size = action.pages === undefined ? pages : this.#number(action.pages, names, at);
    const flags = (to ? MREMAP.maymove | MREMAP.fixed : 0) | (action.dontunmap ? MREMAP.dontunmap : 0);
    return (task) => {
      const from = start();
      const target = to?.() ?? 0;
      const result = this.#machine.mremap(task, from, pages() * PAGE_SIZE, size() * PAGE_SIZE, flags, target);
      judge(result, to ? target : from);
    };
  }

  #access(
    action: Extract<WorkAction, { op: 'write' | 'read' }>,
    step: ActionStep,
    names: readonly string[],
  ): (task: Task) => void {
    const machine = this.#machine;
    const { start, pages } = this.#range(action.range, names, step.at);
    const percent = action.percent === undefined ? undefined : this.#number(action.percent, names, step.at);
    const write = action.op === 'write';
    return (task) => {
      const from = start();
      const count = pages();
      const share = percent?.() ?? 100;
      let touched = 0;
      for (let page = 0; page < count; page++) {
        // The first so many of each hundred, spread evenly: exact at every multiple, and the same in every run.
        if (Math.floor(((page + 1) * share) / 100) === Math.floor((page * share) / 100)) continue;
        const address = from + page * PAGE_SIZE;
        const result = write ? machine.write(task, address, ++this.#tags) : machine.read(task, address);
        if (result < 0) this.#broken(step, names, result);
        touched++;
      }
      this.#done += touched;
      this.#count(action.op, touched);
    };
  }

  #count(op: string, by: number): void {
    this.operations[op] = (this.operations[op] ?? 0) + by;
  }

  #broken(step: ActionStep, names: readonly string[], result: number): never {
    const how = result < 0 ? `fails with ${errnoName(-result)}` : 'returns another address than it was asked for';
    throw new StepBroken({
      shape: `${step.action.op} ${result < 0 ? how : 'returns another address'}`,
      evidence: `"${step.text}"${this.#where(names)} ${how}`,
    });
  }
}
