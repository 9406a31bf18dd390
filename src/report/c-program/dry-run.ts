// SPDX-License-Identifier: GPL-2.0-or-later
// A scenario without any kernel -> what each step writes and must read, and what memory holds at the end, by the memory
// model alone. Steps that only look at the reverse map are left out.
import { InputError } from '../../errors.ts';
import type { Machine } from '../../machine/values.ts';
import { Executor } from '../../simulator/execute.ts';
import { expand } from '../../simulator/grammar/expand.ts';
import { format } from '../../simulator/grammar/print.ts';
import { Scope } from '../../simulator/grammar/scope.ts';
import type { FlatStep, Scenario } from '../../simulator/grammar/values.ts';
import { ERRNO } from '../../simulator/grammar/words.ts';
import { PAGE_SIZE } from '../../simulator/limits.ts';
import type { Expectation, Slot, Space } from '../../simulator/memory-model.ts';

export interface PageAccess {
  address: number;
  /** Written. */
  tag?: number;
  /** To be read. */
  expected?: Expectation;
}

export interface DryStep {
  step: FlatStep;
  text: string;
  /** What it does to single pages, in order. */
  pages: PageAccess[];
  /** Byte addresses of the regions that it names. */
  at: (region: string, page: number) => number;
}

export interface DryRun {
  steps: DryStep[];
  /** Processes alive at the end that wait for none, with their memory by page number. */
  left: { name: string; slots: ReadonlyMap<number, Slot>; contents(page: number): Expectation | undefined }[];
  processes: string[];
}

/** What page n of file number i holds at first; the C program fills its files so. */
export function fileTag(file: number, page: number): number {
  return (file + 1) * 0x1000000 + page;
}

/** Succeeds in everything, or fails as it is told to. */
class DryMachine {
  fails = 0;
  pages: PageAccess[] = [];
  #files = 0;
  #tasks = 0;

  openFile = (): number => this.#files++;
  fileTag = fileTag;
  mmap = (_task: number, address: number): number => this.#result(address);
  munmap = (): number => this.#result(0);
  mprotect = (): number => this.#result(0);
  madvise = (): number => this.#result(0);
  mlock = (): number => this.#result(0);
  munlock = (): number => this.#result(0);
  uffdMove = (): number => this.#result(0);
  uffdCopy = (): number => this.#result(0);
  folioStep = (): number => this.#result(0);
  mremap = (_task: number, from: number, _old: number, _size: number, _flags: number, to: number): number =>
    this.#result(to === 0 ? from : to);
  fork = (): number => ++this.#tasks;
  vfork = (): number => ++this.#tasks;
  exec = (): void => {};
  exit = (): void => {};
  quiesce = (): void => {};
  ksmScan = (): void => {};
  shrink = (): void => {};
  allowMediumFolios = (): void => {};
  khugepaged = (): void => {};
  migrateEnd = (): number => 0;
  brk = (): number => this.#result(0);
  /** Asked for only where it matters who has the same frame. */
  mms = (): never => {
    throw new InputError('it asks which frame a page has: what fails is a page of a file');
  };
  mmOf = (): number => 0;
  write = (_task: number, address: number, tag: number): number => {
    this.pages.push({ address, tag });
    return this.#result(0);
  };
  read = (_task: number, address: number): number => {
    this.pages.push({ address });
    return this.#result(0);
  };

  #result(otherwise: number): number {
    return this.fails === 0 ? otherwise : -this.fails;
  }
}

/** Throws InputError where a step cannot be done, as a write to what is not mapped. */
export function dryRun(scenario: Scenario): DryRun {
  const machine = new DryMachine();
  const executor = new Executor(machine as unknown as Machine, scenario);
  const flat = expand(scenario.steps, new Scope(scenario.files));
  const processes = new Set(['P']);
  const waiting = new Map<string, string>();
  const steps: DryStep[] = [];
  for (const step of flat) {
    if (step.kind === 'action' && step.action.op === 'walk') continue;
    machine.pages = [];
    machine.fails = step.kind === 'action' && step.fails !== undefined ? (ERRNO[step.fails] ?? 0) : 0;
    const outcome = executor.step(step);
    if ('cannot' in outcome) throw new InputError(`"${format(step)}" cannot be done: ${outcome.cannot}`);
    if ('broken' in outcome) throw new Error(`${format(step)}: ${outcome.broken.evidence}`);
    const pages = machine.pages.map((page) => (page.tag === undefined ? withExpected(page, step, executor) : page));
    if (step.kind === 'action') {
      const { action, process } = step;
      if (action.op === 'fork' || action.op === 'vfork') processes.add(action.child);
      if (action.op === 'vfork') waiting.set(action.child, process);
      if (action.op === 'exec' || action.op === 'exit') waiting.delete(process);
    }
    steps.push({ step, text: format(step), pages, at: placeOf(executor) });
  }
  const busy = new Set(waiting.values());
  const left = executor.processes
    .filter(({ name }) => !busy.has(name))
    .map(({ name, space }) => ({ name, slots: space.slots, contents: (page: number) => space.expected(page) }));
  return { steps, left, processes: [...processes] };
}

function withExpected(page: PageAccess, step: FlatStep, executor: Executor): PageAccess {
  const process = step.kind === 'action' ? executor.processes.find(({ name }) => name === step.process) : undefined;
  const space: Space | undefined = process?.space;
  return space === undefined ? page : { ...page, expected: space.expected(Math.floor(page.address / PAGE_SIZE)) };
}

/** Regions never move once they have a place. */
function placeOf(executor: Executor): DryStep['at'] {
  return (region, page) => executor.scope.address(region, page);
}
