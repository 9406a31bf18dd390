// SPDX-License-Identifier: GPL-2.0-or-later
// One step after the other: on the machine, and in the memory model if the machine says that it succeeded.
import type { FileId, Machine, Task } from '../machine/values.ts';
import { formatAction } from './grammar/print.ts';
import { FIRST_PROCESS, Scope } from './grammar/scope.ts';
import type { Action, FlatStep, FolioOp, PageRange, Scenario } from './grammar/values.ts';
import { ADVICE, ERRNO, errnoName, MAP, MREMAP, PROT } from './grammar/words.ts';
import type { Broken } from './invariants/values.ts';
import { PAGE_SIZE } from './limits.ts';
import { type Backing, pageOf, type Slot, Space } from './memory-model.ts';
import type { Process } from './world.ts';

/** What came of a step: done; broken: the kernel did not do as documented; cannot: the scenario asks what cannot be. */
export type Outcome = { done: true } | { broken: Broken; errno?: number } | { cannot: string };
const DONE: Outcome = { done: true };

export class Executor {
  scope: Scope;
  readonly #machine: Machine;
  readonly #processes = new Map<string, Process>();
  readonly #files = new Map<string, { id: FileId; backing: Backing }>();
  #devzero: FileId | undefined;
  #tags = 0;
  #migrating = false;

  /** Opens the scenario's files on a machine that was just reset; or goes on where another stands. */
  constructor(machine: Machine, from: Scenario | Executor) {
    this.#machine = machine;
    if (from instanceof Executor) {
      this.scope = from.scope.clone();
      this.#copy(from);
      return;
    }
    const scenario = from;
    this.scope = new Scope(scenario.files);
    for (const { name, kind, pages } of scenario.files) {
      const id = machine.openFile(kind, pages);
      const initial = (page: number): number => machine.fileTag(id, page);
      this.#files.set(name, { id, backing: { kind, pages, initial, written: new Map() } });
    }
    this.#add(FIRST_PROCESS, 0, new Space());
  }

  /** One that stands where this one does: for a machine that goes back to this moment. */
  clone(): Executor {
    return new Executor(this.#machine, this);
  }

  /** What is shared stays shared: files by processes, an address space by a process and its vfork child. */
  #copy(from: Executor): void {
    const backings = new Map<Backing, Backing>();
    const backing = (of: Backing): Backing => {
      const known = backings.get(of) ?? { ...of, written: new Map(of.written) };
      backings.set(of, known);
      return known;
    };
    const spaces = new Map<Space, Space>();
    for (const { name, task, space } of from.#processes.values()) {
      const copy = spaces.get(space) ?? space.clone(backing);
      spaces.set(space, copy);
      this.#add(name, task, copy);
    }
    for (const [name, file] of from.#files) this.#files.set(name, { id: file.id, backing: backing(file.backing) });
    this.#devzero = from.#devzero;
    this.#tags = from.#tags;
    this.#migrating = from.#migrating;
  }

  /** A tag that no write of the scenario has yet. */
  newTag(): number {
    return ++this.#tags;
  }

  /** Arguments of mmap() as the machine takes them, after the task. Undefined where the file is not open. */
  mapArguments(action: Extract<Action, { op: 'mmap' }>): [number, number, number, number, FileId | undefined, number] {
    const { place, pages, source } = action;
    const file = 'name' in source ? this.#files.get(source.name)?.id : undefined;
    const start = this.scope.address(place.region, place.page);
    return [start, pages * PAGE_SIZE, PROT[action.prot] ?? 0, mapFlags(action), file, action.offset];
  }

  /** The processes alive, in the order of their creation. */
  get processes(): Process[] {
    return [...this.#processes.values()];
  }

  step(step: FlatStep): Outcome {
    switch (step.kind) {
      case 'action':
        return this.#act(step.process, step.action, step.fails);
      case 'exit-all':
        this.exitAll();
        return DONE;
      case 'quiesce':
        this.#machine.quiesce();
        return DONE;
      case 'ksm-scan':
        this.#machine.ksmScan();
        return DONE;
      case 'khugepaged':
        if (this.#machine.khugepaged === undefined) return { cannot: 'this machine has no khugepaged' };
        this.#machine.khugepaged();
        return DONE;
      case 'migrate-end':
      case 'migrate-undo':
        return this.#migrateEnd(step.kind === 'migrate-end');
      case 'shrink':
        this.#machine.shrink();
        return DONE;
      case 'hugepages-64k':
        this.#machine.allowMediumFolios();
        return DONE;
      case 'mark':
        return DONE;
      case 'concurrently':
        return { cannot: 'threads are run by the explorer' };
    }
  }

  exitAll(): void {
    for (const { task } of this.#processes.values()) this.#machine.exit(task);
    this.#processes.clear();
    this.scope.exitAll();
  }

  /** Closes all files: nothing of the scenario holds them any more. */
  closeFiles(): void {
    for (const { id } of this.#files.values()) this.#machine.closeFile(id);
    if (this.#devzero !== undefined) this.#machine.closeFile(this.#devzero);
    this.#files.clear();
    this.#devzero = undefined;
  }

  #add(name: string, task: Task, space: Space): void {
    this.#processes.set(name, { name, task, space });
  }

  #act(name: string, action: Action, fails: string | undefined): Outcome {
    const process = this.#processes.get(name);
    if (process === undefined) return { cannot: `process ${name} is not alive` };
    if (action.op === 'write' || action.op === 'read') return this.#access(process, action, fails);
    // A range that is not given means the region as it was before the step.
    const range =
      'region' in action
        ? this.scope.rangeOf(action.region, 'range' in action ? action.range : undefined)
        : { first: 0, count: 0 };
    if (fails === undefined) this.scope.apply(name, action);
    switch (action.op) {
      case 'fork': {
        if (process.space.filePoisoned) return { cannot: `${name} forks after a page of a file failed` };
        const task = this.#machine.fork(process.task);
        if (task < 0) return failed('fork', formatAction(action), -task);
        this.#add(action.child, task, process.space.fork());
        return DONE;
      }
      case 'vfork':
        this.#add(action.child, this.#machine.vfork(process.task), process.space);
        return DONE;
      case 'clone':
        // Nobody waits for it: to the memory it is what vfork makes.
        this.#add(action.child, this.#machine.vfork(process.task), process.space);
        return DONE;
      case 'exec':
        this.#machine.exec(process.task);
        process.space = new Space();
        return DONE;
      case 'exit':
        this.#machine.exit(process.task);
        this.#processes.delete(name);
        return DONE;
      case 'walk':
        return this.#walk(process, action.region, action.page);
      case 'migrate':
      case 'migrate-begin':
      case 'reclaim':
      case 'swapout':
      case 'split':
      case 'referenced':
      case 'page-idle':
      case 'poison':
        return this.#folios(process, action, fails);
      default:
        return this.#call(process, action, range, fails);
    }
  }

  /** The system calls that take a range. */
  #call(
    process: Process,
    action: Exclude<Action, { op: 'write' | 'read' | 'walk' | 'fork' | 'vfork' | 'clone' | 'exec' | 'exit' | FolioOp }>,
    range: PageRange,
    fails: string | undefined,
  ): Outcome {
    const machine = this.#machine;
    const { task, space } = process;
    if (action.op === 'mmap') return this.#mmap(process, action, fails);
    if (action.op === 'brk') return this.#brk(process, action, fails);
    const { first, count } = range;
    const start = this.scope.address(action.region, first);
    const page = pageOf(start);
    const length = count * PAGE_SIZE;
    switch (action.op) {
      case 'munmap':
        return judge(action, machine.munmap(task, start, length), 0, fails, () => space.unmap(page, count));
      case 'mprotect': {
        const prot = PROT[action.prot] ?? 0;
        return judge(action, machine.mprotect(task, start, length, prot), 0, fails, () =>
          space.each(page, count, (slot) => {
            slot.prot = prot;
          }),
        );
      }
      case 'madvise': {
        const advice = ADVICE[action.advice] ?? 0;
        const result = machine.madvise(task, start, length, advice);
        return judge(action, result, 0, fails, () => space.advise(page, count, action.advice));
      }
      case 'uffd-move': {
        const to = this.scope.address(action.to.region, action.to.page);
        return judge(action, machine.uffdMove(task, to, start, length), 0, fails, () =>
          space.fill(page, count, pageOf(to), false),
        );
      }
      case 'uffd-copy': {
        const to = this.scope.address(action.to.region, action.to.page);
        // What is copied from must be present: a fault there would end in user space and be tried again.
        for (let i = 0; i < count; i++) machine.read(task, start + i * PAGE_SIZE);
        return judge(action, machine.uffdCopy(task, to, start, length), 0, fails, () =>
          space.fill(page, count, pageOf(to), true),
        );
      }
      case 'mlock':
        return judge(action, machine.mlock(task, start, length), 0, fails, () => {});
      case 'munlock':
        return judge(action, machine.munlock(task, start, length), 0, fails, () => {});
      case 'mremap': {
        const pages = action.pages ?? count;
        const target = action.to === undefined ? start : this.scope.address(action.to.region, action.to.page);
        const flags =
          (action.to === undefined ? 0 : MREMAP.maymove | MREMAP.fixed) | (action.dontunmap ? MREMAP.dontunmap : 0);
        const result = machine.mremap(
          task,
          start,
          length,
          pages * PAGE_SIZE,
          flags,
          action.to === undefined ? 0 : target,
        );
        return judge(action, result, target, fails, () =>
          space.move(page, count, pageOf(target), pages, action.dontunmap),
        );
      }
    }
  }

  #mmap(process: Process, action: Extract<Action, { op: 'mmap' }>, fails: string | undefined): Outcome {
    const { place, pages, share, source, offset } = action;
    const start = this.scope.address(place.region, place.page);
    const prot = PROT[action.prot] ?? 0;
    const flags = mapFlags(action);
    const shared = share === 'shared';
    let file: FileId | undefined;
    let backing: Backing | undefined;
    if ('name' in source) {
      const opened = this.#files.get(source.name);
      if (opened === undefined) return { cannot: `no file ${source.name}` };
      file = opened.id;
      backing = opened.backing;
    } else {
      if (source.kind === 'devzero') {
        this.#devzero ??= this.#machine.openFile('devzero', 0);
        file = this.#devzero;
      }
      if (shared) backing = { kind: 'shared-anon', pages, initial: () => 0, written: new Map() };
    }
    const result = this.#machine.mmap(process.task, start, pages * PAGE_SIZE, prot, flags, file, offset);
    return judge(action, result, start, fails, () => {
      const growsdown = action.flags.includes('growsdown');
      process.space.map(pageOf(start), pages, { prot, shared, backing, backingPage: offset, growsdown });
    });
  }

  #brk(process: Process, action: Extract<Action, { op: 'brk' }>, fails: string | undefined): Outcome {
    const { task, space } = process;
    const start = this.scope.address(action.region, 0);
    if (space.heap !== undefined && space.heap.first !== pageOf(start))
      return { cannot: `the heap of ${process.name} starts elsewhere than at ${action.region}` };
    if (this.#machine.brk === undefined) return { cannot: 'this machine has no brk()' };
    const result = this.#machine.brk(task, start, start + action.pages * PAGE_SIZE);
    return judge(action, result, 0, fails, () => space.brk(pageOf(start), action.pages));
  }

  /** True while folios stand between their unmapping and their arrival: who needs them waits. */
  get migrating(): boolean {
    return this.#migrating;
  }

  #migrateEnd(arrive: boolean): Outcome {
    this.#migrating = false;
    const result = this.#machine.migrateEnd?.(arrive) ?? 0;
    if (result === 0) return DONE;
    const shape = `a migration in flight ends with ${errnoName(-result)}`;
    return { broken: { shape, evidence: `${shape}, though nobody else holds the folio` } };
  }

  #access(process: Process, action: Extract<Action, { op: 'write' | 'read' }>, fails: string | undefined): Outcome {
    for (const page of pagesIn(action.pages)) {
      const vaddr = this.scope.address(action.region, page);
      const outcome = action.op === 'write' ? this.#write(process, vaddr, fails) : this.#read(process, vaddr, fails);
      if (outcome !== DONE) return outcome;
    }
    return DONE;
  }

  #write(process: Process, vaddr: number, fails: string | undefined): Outcome {
    const { space } = process;
    const tag = ++this.#tags;
    space.grow(pageOf(vaddr));
    const allowed = space.mayWrite(pageOf(vaddr));
    if (allowed !== (fails === undefined)) {
      return { cannot: `a write to ${this.scope.describe(vaddr)} ${allowed ? 'is allowed' : 'is not allowed'} there` };
    }
    const result = this.#machine.write(process.task, vaddr, tag);
    const expected = fails === undefined ? 0 : -(ERRNO[fails] ?? 0);
    if (result === expected || (expected === 0 && result >= 0)) {
      space.write(pageOf(vaddr), tag);
      return DONE;
    }
    return { errno: -result, broken: accessBroken('write', process.name, this.scope.describe(vaddr), result, fails) };
  }

  #read(process: Process, vaddr: number, fails: string | undefined): Outcome {
    const { space } = process;
    space.grow(pageOf(vaddr));
    const expected = space.expected(pageOf(vaddr));
    if ('errno' in expected !== (fails !== undefined)) {
      return {
        cannot: `a read of ${this.scope.describe(vaddr)} ${'errno' in expected ? 'is not allowed' : 'is allowed'} there`,
      };
    }
    const result = this.#machine.read(process.task, vaddr);
    if ('errno' in expected) {
      if (result === -expected.errno) return DONE;
    } else if (result >= 0) {
      // What it reads is the invariant data's to judge, which looks at every page that is present.
      return DONE;
    }
    return { errno: -result, broken: accessBroken('read', process.name, this.scope.describe(vaddr), result, fails) };
  }

  /** What the kernel does to folios on its own account; contents stay. */
  #folios(process: Process, action: Extract<Action, { op: FolioOp }>, fails: string | undefined): Outcome {
    for (const page of pagesIn(action.pages)) {
      const vaddr = this.scope.address(action.region, page);
      const tag = process.space.written(pageOf(vaddr));
      if (action.op === 'poison' && tag === undefined && !process.space.clean(pageOf(vaddr))) {
        const what = 'only private memory that was written, and pages as they are on disk, are poisoned';
        return { cannot: `${what}, not ${this.scope.describe(vaddr)}` };
      }
      const filePage = action.op === 'poison' && tag === undefined ? this.#mappedBy(process, vaddr) : [];
      const result = this.#machine.folioStep(action.op, process.task, vaddr);
      if (result === -(ERRNO.ENOENT ?? 0) && fails === undefined)
        return { cannot: `no folio is mapped at ${process.name}:${this.scope.describe(vaddr)}` };
      const outcome = judge({ ...action, pages: [{ first: page, count: 1 }] }, result, 0, fails, () => {
        this.#migrating ||= action.op === 'migrate-begin';
        for (const slot of filePage) slot.poisoned = true;
        if (action.op === 'poison' && tag !== undefined)
          for (const { space } of this.#processes.values()) space.fail(tag);
      });
      if (outcome !== DONE) return outcome;
    }
    return DONE;
  }

  /** Every slot whose entry leads to the frame that a process has at an address. */
  #mappedBy(process: Process, vaddr: number): Slot[] {
    const mms = this.#machine.mms();
    const own = this.#machine.mmOf(process.task);
    const at = mms.find(({ ptr }) => ptr === own)?.mappings.find((entry) => entry.vaddr === vaddr);
    if (at?.kind !== 'present') return [];
    return this.processes.flatMap(({ task, space }) => {
      const mm = this.#machine.mmOf(task);
      const mappings = mms.find(({ ptr }) => ptr === mm)?.mappings ?? [];
      const same = mappings.filter(({ kind, pfn }) => kind === 'present' && pfn === at.pfn);
      return same.map((entry) => space.slots.get(pageOf(entry.vaddr))).filter((slot) => slot !== undefined);
    });
  }

  #walk(process: Process, region: string, page: number): Outcome {
    const vaddr = this.scope.address(region, page);
    const mmPtr = this.#machine.mmOf(process.task);
    const mm = this.#machine.mms().find((view) => view.ptr === mmPtr);
    const mapping = mm?.mappings.find(
      (entry) => entry.vaddr <= vaddr && vaddr < entry.vaddr + (entry.level === 'pmd' ? 512 : 1) * PAGE_SIZE,
    );
    const folio = mapping?.kind === 'present' ? this.#machine.folio(mapping.pfn) : undefined;
    if (folio === undefined) return { cannot: `no folio is mapped at ${process.name}:${this.scope.describe(vaddr)}` };
    this.#machine.walk(folio.pfn);
    return DONE;
  }
}

/** Bits of MAP_ that an mmap step stands for. */
function mapFlags({ share, source, flags }: Extract<Action, { op: 'mmap' }>): number {
  let bits: number = MAP[share];
  bits |= flags.includes('fixed') ? MAP.fixed : MAP.fixedNoReplace;
  if (source.kind === 'anon') bits |= MAP.anonymous;
  if (flags.includes('populate')) bits |= MAP.populate;
  if (flags.includes('growsdown')) bits |= MAP.growsdown;
  return bits;
}

/** The pages of a list of ranges, in order. */
export function* pagesIn(ranges: readonly PageRange[]): Iterable<number> {
  for (const { first, count } of ranges) for (let page = first; page < first + count; page++) yield page;
}

function judge(action: Action, result: number, expected: number, fails: string | undefined, note: () => void): Outcome {
  if (fails !== undefined) {
    if (result === -(ERRNO[fails] ?? 0)) return DONE;
    const got = result < 0 ? `fails with ${errnoName(-result)}` : 'succeeds';
    return {
      broken: {
        shape: `${action.op} does not fail with ${fails}`,
        evidence: `${formatAction(action)} ${got}; it must fail with ${fails}`,
      },
    };
  }
  if (result === expected) {
    note();
    return DONE;
  }
  if (result < 0) return failed(action.op, formatAction(action), -result);
  const evidence = `${formatAction(action)} returns another address than it was asked for`;
  return { broken: { shape: `${action.op} returns another address`, evidence } };
}

function failed(op: string, action: string, errno: number): Outcome {
  const how = `fails with ${errnoName(errno)}`;
  return { errno, broken: { shape: `${op} ${how}`, evidence: `${action} ${how}` } };
}

function accessBroken(what: string, name: string, at: string, result: number, fails: string | undefined): Broken {
  if (fails !== undefined) {
    const got = result < 0 ? `ends with ${errnoName(-result)}` : 'succeeds';
    return {
      shape: `${what} does not fail`,
      evidence: `a ${what} of ${name} at ${at} ${got}; it must end with ${fails}`,
    };
  }
  const signal = result === -14 ? 'is killed by a signal (EFAULT)' : `fails with ${errnoName(-result)}`;
  return {
    shape: `${what} fails with ${errnoName(-result)}`,
    evidence: `a ${what} of ${name} at ${at}, which it may do, ${signal}`,
  };
}
