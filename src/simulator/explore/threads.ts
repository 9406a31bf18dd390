// SPDX-License-Identifier: GPL-2.0-or-later
// A concurrently block on a world -> what the machine's threads do. In: the threads as written, the executor before them.
// Out: programs, and units: the smallest things that a thread does and memory knows of, one page of an access each.
import type { ConcurrentMachine, ThreadOp, ThreadProgram } from '../../machine/values.ts';
import { type Executor, pagesIn } from '../execute.ts';
import type { Action, PageRange, Thread } from '../grammar/values.ts';
import { ADVICE, MREMAP, PROT } from '../grammar/words.ts';
import { PAGE_SIZE } from '../limits.ts';
import { pageOf } from '../memory-model.ts';

/** An action with its range written out, and what it is to the machine. */
export interface Unit {
  thread: number;
  /** Step of its thread: the units of one step stand together in an order. */
  step: number;
  process: string;
  action: Action;
  /** For accesses: the one page, and the tag that a write leaves. */
  page?: number;
  tag?: number;
  /** Which operation of the thread's program tells its result; and the result that means success. */
  op: number;
  expected: number;
}

export interface Block {
  programs: ThreadProgram[];
  units: Unit[];
}

type FolioAction = Extract<Action, { pages: PageRange[] }>;

/** Takes note in the executor's scope of all that the threads bring into being. */
export function prepare(executor: Executor, machine: ConcurrentMachine, threads: readonly Thread[]): Block {
  const before = executor.scope.clone();
  for (const { process, steps } of threads)
    for (const action of steps) if (process !== undefined) executor.scope.apply(process, action);
  const frames = frameFinder(machine);
  const units: Unit[] = [];
  const programs = threads.map(({ process, steps }, thread): ThreadProgram => {
    if (process === undefined) return { process: undefined, ops: [{ kind: 'ksm-scan', args: [] }] };
    const owner = executor.processes.find(({ name }) => name === process);
    if (owner === undefined) throw new Error(`no process ${process}`);
    const ops: ThreadOp[] = [];
    for (const [step, written] of steps.entries()) {
      const common = { thread, step, process };
      const add = (op: ThreadOp, unit: Pick<Unit, 'action' | 'page' | 'tag' | 'expected'>) => {
        units.push({ ...common, ...unit, op: ops.length });
        ops.push(op);
      };
      if (written.op === 'write' || written.op === 'read') {
        for (const page of pagesIn(written.pages)) {
          const vaddr = executor.scope.address(written.region, page);
          const action = { ...written, pages: [{ first: page, count: 1 }] };
          const tag = written.op === 'write' ? executor.newTag() : undefined;
          const op: ThreadOp = { kind: written.op, args: tag === undefined ? [vaddr] : [vaddr, tag] };
          add(op, { action, page: pageOf(vaddr), expected: 0, ...(tag !== undefined && { tag }) });
        }
      } else if ('pages' in written && Array.isArray(written.pages)) {
        const { op: kind, region, pages } = written as FolioAction;
        for (const page of pagesIn(pages)) {
          const frame = frames(owner.task, executor.scope.address(region, page));
          if (frame !== undefined && isFolioKind(kind)) add({ kind, args: [frame] }, { action: written, expected: 0 });
        }
      } else {
        const action = withRange(written, (region, range) => before.rangeOf(region, range));
        const [op, expected] = call(executor, action);
        add(op, { action, expected });
      }
    }
    // A thread that only acts on folios is the kernel's own: it does not keep the process's memory alive.
    const inProcess = units.some(
      (unit) => unit.thread === thread && !('pages' in unit.action && isFolioKind(unit.action.op)),
    );
    return { process: inProcess ? owner.task : undefined, ops };
  });
  return { programs, units };
}

const FOLIO_KINDS = ['migrate', 'reclaim', 'swapout', 'split', 'referenced'] as const;
type FolioKind = (typeof FOLIO_KINDS)[number];

function isFolioKind(op: string): op is FolioKind {
  return (FOLIO_KINDS as readonly string[]).includes(op);
}

/** What did not name a range gets the one that its region had before the block. */
function withRange(action: Action, rangeOf: (region: string, range: PageRange | undefined) => PageRange): Action {
  if (!('region' in action) || 'page' in action || ('pages' in action && Array.isArray(action.pages))) return action;
  return { ...action, range: rangeOf(action.region, 'range' in action ? action.range : undefined) } as Action;
}

/** A system call as a thread's operation, and what it returns when it succeeds. */
function call(executor: Executor, action: Action): [ThreadOp, number] {
  if (action.op === 'fork') return [{ kind: 'fork', args: [] }, 0];
  if (action.op === 'exit') return [{ kind: 'exit', args: [] }, 0];
  if (action.op === 'mmap') {
    const [start, length, prot, flags, file, offset] = executor.mapArguments(action);
    return [{ kind: 'mmap', args: [start, length, prot, flags, file ?? -1, offset] }, start];
  }
  if (!('range' in action) || action.range === undefined) throw new Error(`${action.op} has no range`);
  const { first, count } = action.range;
  const start = executor.scope.address(action.region, first);
  const length = count * PAGE_SIZE;
  switch (action.op) {
    case 'mprotect':
      return [{ kind: 'mprotect', args: [start, length, PROT[action.prot] ?? 0] }, 0];
    case 'madvise':
      return [{ kind: 'madvise', args: [start, length, ADVICE[action.advice] ?? 0] }, 0];
    case 'uffd-move': {
      const to = executor.scope.address(action.to.region, action.to.page);
      return [{ kind: 'uffd-move', args: [to, start, length] }, 0];
    }
    case 'mremap': {
      const pages = (action.pages ?? count) * PAGE_SIZE;
      if (action.to === undefined) return [{ kind: 'mremap', args: [start, length, pages, 0, 0] }, start];
      const to = executor.scope.address(action.to.region, action.to.page);
      const flags = MREMAP.maymove | MREMAP.fixed | (action.dontunmap ? MREMAP.dontunmap : 0);
      return [{ kind: 'mremap', args: [start, length, pages, flags, to] }, to];
    }
    case 'munmap':
    case 'mlock':
    case 'munlock':
      return [{ kind: action.op, args: [start, length] }, 0];
    default:
      throw new Error(`${action.op} cannot run in a thread`);
  }
}

/** Frame that a task maps at an address, as the block begins. */
function frameFinder(machine: ConcurrentMachine): (task: number, vaddr: number) => number | undefined {
  const views = new Map(machine.mms().map((mm) => [mm.ptr, mm]));
  return (task, vaddr) => {
    const mapping = views
      .get(machine.mmOf(task))
      ?.mappings.find(({ vaddr: at, level }) => at <= vaddr && vaddr < at + (level === 'pmd' ? 512 : 1) * PAGE_SIZE);
    return mapping?.kind === 'present' ? mapping.pfn + (vaddr - mapping.vaddr) / PAGE_SIZE : undefined;
  };
}
