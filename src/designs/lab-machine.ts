// SPDX-License-Identifier: GPL-2.0-or-later
// A design on the shared world, behind the very interface that a simulated kernel has: the runner, the scenarios, the
// workloads and the invariants do not know which of the two they drive.
import type { Image, StructLayout } from '../kernel/values.ts';
import type { FileId, FileKind, Meter, MeteredMachine, Task, Visit, WalkCost } from '../machine/values.ts';
import { ADVICE, MAP, MREMAP } from '../simulator/grammar/words.ts';
import { PAGE_SIZE } from '../simulator/limits.ts';
import { Distribution } from './distribution.ts';
import { faultIn, read, write } from './faults.ts';
import { type FolioStep, folioStep, freeLazily, shrink, uffdCopy, uffdMove } from './folio-steps.ts';
import { fork } from './forks.ts';
import type { Epoch } from './lab-values.ts';
import { LabView } from './lab-view.ts';
import { adviseFlags, covered, map, protect, reflag, unmap } from './mapping.ts';
import { remap } from './moves.ts';
import { frameOf, kindOf, PRESENT } from './page-table.ts';
import type { DesignModule, OptionValues, Visitor } from './values.ts';
import { VM } from './vmas.ts';
import { walk } from './walk.ts';
import { type AddressSpace, LabWorld } from './world.ts';

const ENOMEM = -12;
const EEXIST = -17;
/** What the shared world can do of what kernels differ in. */
const FEATURES = ['uffd-move', 'thp-orders'];
const MOVES_SEVERAL = 'mremap-multi';

/** Pages of a range of bytes. */
const pagesOf = (bytes: number): number => Math.ceil(bytes / PAGE_SIZE);

export class LabMachine extends LabView implements MeteredMachine {
  readonly image: Image;
  readonly layouts: Record<string, StructLayout>;
  readonly features: ReadonlySet<string>;
  readonly meter: Meter;
  readonly name: string;
  readonly #tasks = new Map<Task, AddressSpace>();
  #lastTask = -1;
  /** Steps that no design models, and what they were. */
  readonly unmodelled = new Map<string, number>();

  constructor(module: DesignModule, options: OptionValues) {
    const world = new LabWorld(module, options);
    super(world);
    const { name } = module.info;
    this.name = name;
    const text = Object.entries(options).map(([option, value]) => `${option}=${value}`);
    const none = { wasmFile: '', layoutsFile: '', linesFile: '', unmodelled: [] };
    this.image = { key: `design ${name} ${text.join(' ')}`, config: 'prod', variant: '', ...none };
    this.features = new Set(options.era === '6.12' ? FEATURES : [...FEATURES, MOVES_SEVERAL]);
    const pools = [world.vmas.pool, ...world.design.pools];
    this.layouts = Object.fromEntries(
      pools.map(({ name: object, size }) => [object, { name: object, size, align: 8, members: [] }]),
    );
    this.meter = this.#meter();
    this.reset();
  }

  #meter(): Meter {
    const { world } = this;
    const pools = () => [world.vmas.pool, ...world.design.pools];
    return {
      allocated: () => new Map(pools().map(({ name, allocated }) => [name, allocated])),
      freed: () => new Map(pools().map(({ name, freed }) => [name, freed])),
      faults: () => world.faults,
      copies: () => world.copies,
      watchLocks: (on) => this.#watch(on),
      locks: () => world.ledger.locks(),
      walk: (pfn) => this.#costOf(pfn, () => {}),
      userFrames: () => [...world.folios.all()],
      pageTableBytes: (task) => this.#space(task).table.bytes,
      spentBlocks: () => world.ledger.visited,
      lastBlocks: () => world.ledger.visited - this.#visitedBefore,
    };
  }
  #visitedBefore = 0;
  /** What was counted between marks, as often as somebody began to watch afresh. */
  readonly epochs: Epoch[] = [];
  #watching = false;
  #visits = new Distribution();
  #objects = new Distribution();

  #watch(on: boolean): void {
    if (this.#watching) this.epochs.push(this.#epoch());
    this.#watching = on;
    this.world.ledger.watch(on);
    this.#visits = new Distribution();
    this.#objects = new Distribution();
  }

  #epoch(): Epoch {
    const { ledger } = this.world;
    const [longest] = ledger.locks().sort((a, b) => b.longest - a.longest);
    return {
      costs: ledger.costs(),
      walks: { walks: this.#visits.count, visits: this.#visits.spread(), objects: this.#objects.spread() },
      ...(longest && { longestHold: { lock: `${longest.lock} (${longest.mode})`, objects: longest.longest } }),
    };
  }

  #costOf(pfn: number, visit: Visitor): WalkCost {
    const { ledger } = this.world;
    const before = ledger.visited;
    let visits = 0;
    walk(this.world, pfn, (vma, page) => {
      visits++;
      visit(vma, page);
    });
    const objects = ledger.visited - before;
    this.#visits.add(visits);
    this.#objects.add(objects);
    return { visits, blocks: objects };
  }

  reset(): void {
    this.epochs.length = 0;
    this.#watching = false;
    this.world.reset();
    this.#tasks.clear();
    this.#lastTask = -1;
    this.#newTask(this.world.begin(0));
  }
  setFuel(): void {}
  plant(): void {}

  #newTask(space: AddressSpace): Task {
    this.#tasks.set(++this.#lastTask, space);
    return this.#lastTask;
  }

  #space(task: Task): AddressSpace {
    const space = this.#tasks.get(task);
    if (space === undefined) throw new Error(`no task ${task}`);
    return space;
  }

  /** A step begins: what walks read before it is what folios say now. */
  #begin(task: Task): AddressSpace {
    this.world.folios.step();
    this.world.design.step?.();
    this.#visitedBefore = this.world.ledger.visited;
    return this.#space(task);
  }

  openFile(kind: FileKind, pages: number): FileId {
    return this.world.files.open(kind, pages);
  }
  closeFile(file: FileId): void {
    this.world.files.close(file, this.world.folios);
  }
  fileTag(file: FileId, page: number): number {
    return this.world.files.initialTag(file, page);
  }

  mmap(task: Task, addr: number, length: number, prot: number, flags: number, file?: FileId, offset = 0): number {
    const space = this.#begin(task);
    const { world } = this;
    const start = addr / PAGE_SIZE;
    const end = start + pagesOf(length);
    const shared = (flags & MAP.shared) !== 0;
    if ((flags & MAP.fixed) !== 0) unmap(world, space, start, end);
    else {
      const next = world.vmas.atOrBehind(space.root, start);
      if (next !== 0 && world.vmas.start.get(next) < end) return EEXIST;
    }
    let backing = file ?? 0;
    let owned = false;
    if (shared && (backing === 0 || world.files.kind(backing) === 'devzero')) {
      backing = world.files.open('shared-anon', end - start);
      owned = true;
    }
    let bits = prot | (shared ? VM.shared : 0) | ((flags & MAP.growsdown) !== 0 ? VM.growsdown : 0);
    if ((bits & (VM.shared | VM.write)) === VM.write) bits |= VM.account;
    map(world, space, {
      start,
      end,
      flags: bits >>> 0,
      file: backing,
      offset: owned && file === undefined ? 0 : offset,
    });
    if (owned) world.files.close(backing, world.folios);
    if ((flags & MAP.populate) !== 0) faultIn(world, space, start, end);
    return addr;
  }
  munmap(task: Task, addr: number, length: number): number {
    unmap(this.world, this.#begin(task), addr / PAGE_SIZE, addr / PAGE_SIZE + pagesOf(length));
    return 0;
  }
  mprotect(task: Task, addr: number, length: number, prot: number): number {
    return protect(this.world, this.#begin(task), addr / PAGE_SIZE, addr / PAGE_SIZE + pagesOf(length), prot);
  }
  mremap(task: Task, addr: number, oldLength: number, newLength: number, flags: number, newAddr: number): number {
    const result = remap(this.world, this.#begin(task), {
      from: addr / PAGE_SIZE,
      pages: pagesOf(oldLength),
      newPages: pagesOf(newLength),
      ...((flags & MREMAP.fixed) !== 0 && { to: newAddr / PAGE_SIZE }),
      keep: (flags & MREMAP.dontunmap) !== 0,
      several: this.features.has(MOVES_SEVERAL),
    });
    return result < 0 ? result : result * PAGE_SIZE;
  }
  madvise(task: Task, addr: number, length: number, advice: number): number {
    const space = this.#begin(task);
    const first = addr / PAGE_SIZE;
    const end = first + pagesOf(length);
    const flags = adviseFlags(this.world, space, first, end, advice);
    return flags ?? this.#advise(space, first, end, advice);
  }

  #advise(space: AddressSpace, first: number, end: number, advice: number): number {
    const { world } = this;
    switch (advice) {
      case ADVICE.dontneed:
        world.zap(space, first, end);
        break;
      case ADVICE['populate-read']:
      case ADVICE['populate-write']:
        for (let page = first; page < end; page++) {
          const tag = read(world, space, page);
          if (tag >= 0 && advice === ADVICE['populate-write']) write(world, space, page, tag);
        }
        break;
      case ADVICE.remove:
        this.#remove(space, first, end);
        break;
      case ADVICE.pageout:
        this.#pageOut(space, first, end);
        break;
      // Hints: a world without pressure heeds them by doing nothing, as a kernel may.
      case ADVICE.willneed:
      case ADVICE.cold:
        break;
      case ADVICE.free:
        freeLazily(world, space, first, end);
        break;
      default:
        this.#cannot(`madvise(${Object.keys(ADVICE).find((word) => ADVICE[word] === advice) ?? advice})`);
    }
    return covered(world, space, first, end) ? 0 : ENOMEM;
  }

  /** MADV_REMOVE: pages of the file go, whoever maps them. */
  #remove(space: AddressSpace, first: number, end: number): void {
    const { world } = this;
    const { vmas, files, folios } = world;
    for (let page = first; page < end; page++) {
      const vma = vmas.at(space.root, page);
      if (vma === 0) continue;
      const file = vmas.file.get(vma);
      const index = vmas.pgoff.get(vma) + page - vmas.start.get(vma);
      const folio = files.cached(file, index);
      if (folio === 0) {
        files.remove(file, index, index + 1);
        continue;
      }
      walk(world, folio, (mapper, at) => {
        const other = world.spaceOf(mapper);
        const entry = other.table.get(at);
        if (kindOf(entry) === PRESENT && frameOf(entry) === folio) world.clear(other, at, entry);
      });
      files.drop(folio, folios, true);
    }
  }

  /** MADV_PAGEOUT leaves alone what others map too. */
  #pageOut(space: AddressSpace, first: number, end: number): void {
    const { world } = this;
    for (let page = first; page < end; page++) {
      const entry = space.table.get(page);
      if (kindOf(entry) !== PRESENT) continue;
      if (world.folios.maps.get(world.folios.of(frameOf(entry))) === 1) folioStep(world, 'reclaim', space, page);
    }
  }

  brk(): number {
    return this.#cannot('brk()');
  }
  khugepaged(): void {
    this.#cannot('khugepaged');
  }
  mlock(task: Task, addr: number, length: number): number {
    return this.#lock(task, addr, length, true);
  }
  munlock(task: Task, addr: number, length: number): number {
    return this.#lock(task, addr, length, false);
  }
  #lock(task: Task, addr: number, length: number, on: boolean): number {
    const space = this.#begin(task);
    const first = addr / PAGE_SIZE;
    const end = first + pagesOf(length);
    if (!covered(this.world, space, first, end)) return ENOMEM;
    reflag(this.world, space, first, end, (flags) => (on ? flags | VM.locked : flags & ~VM.locked));
    if (on) faultIn(this.world, space, first, end);
    return 0;
  }

  fork(task: Task): Task {
    return this.#newTask(fork(this.world, this.#begin(task)));
  }
  vfork(task: Task): Task {
    const space = this.#begin(task);
    space.users++;
    return this.#newTask(space);
  }
  exec(task: Task): void {
    this.exit(task);
    this.#tasks.set(task, this.world.begin(0));
  }
  exit(task: Task): void {
    const space = this.#begin(task);
    this.#tasks.delete(task);
    if (--space.users > 0) return;
    unmap(this.world, space, 0, Number.POSITIVE_INFINITY);
    this.world.design.end(space.id);
    this.world.spaces.delete(space.id);
  }

  write(task: Task, vaddr: number, tag: number): number {
    return write(this.world, this.#begin(task), Math.floor(vaddr / PAGE_SIZE), tag);
  }
  read(task: Task, vaddr: number): number {
    return read(this.world, this.#begin(task), Math.floor(vaddr / PAGE_SIZE));
  }
  walk(pfn: number): Visit[] {
    const visits: Visit[] = [];
    const { pool } = this.world.vmas;
    this.#costOf(pfn, (vma, page) => visits.push({ vma: pool.pointer(vma), vaddr: page * PAGE_SIZE }));
    return visits;
  }
  folioStep(what: FolioStep, task: Task, vaddr: number): number {
    const space = this.#begin(task);
    if (what === 'poison') this.#cannot('memory failure');
    if (what === 'migrate-begin') this.#cannot('migration in flight');
    return folioStep(this.world, what, space, Math.floor(vaddr / PAGE_SIZE));
  }
  uffdMove(task: Task, to: number, from: number, length: number): number {
    return uffdMove(this.world, this.#begin(task), to / PAGE_SIZE, from / PAGE_SIZE, pagesOf(length));
  }
  uffdCopy(task: Task, to: number, from: number, length: number): number {
    return uffdCopy(this.world, this.#begin(task), to / PAGE_SIZE, from / PAGE_SIZE, pagesOf(length));
  }
  ksmScan(): void {
    for (const space of this.world.spaces.values())
      for (const vma of this.world.vmas.inOrder(space.root))
        if ((this.world.vmas.flags.get(vma) & VM.mergeable) !== 0) this.#cannot('KSM');
  }
  shrink(): void {
    shrink(this.world);
  }
  allowMediumFolios(): void {
    this.world.mediumFolios = true;
  }
  /** Grace periods end at once here, and nothing is put off. */
  quiesce(): void {}

  mmOf(task: Task): number {
    return this.pointerOf(this.#space(task).id);
  }

  /** No design says anything about it: counted, and the run is inconclusive. */
  #cannot(what: string): never {
    this.unmodelled.set(what, (this.unmodelled.get(what) ?? 0) + 1);
    return this.world.unmodelled(what);
  }
}
