// SPDX-License-Identifier: GPL-2.0-or-later
// A running machine: the kernel's mm of one image, booted, with the steps that scenarios are made of.
import { readFileSync } from 'node:fs';
import type { Image, StructLayout } from '../kernel/values.ts';
import { SimFault } from './fault.ts';
import { DEFAULT_FUEL, MEASURED_POISON_STEPS, MEMORY_BYTES } from './limits.ts';
import type { Snapshot } from './linear-memory.ts';
import { SimLockWatch } from './lock-watch.ts';
import { SimMeter } from './meter.ts';
import { Module } from './module.ts';
import { SimProbe } from './probe.ts';
import { runThreads } from './threads.ts';
import type {
  AnonVmaView,
  ChainView,
  ConcurrentMachine,
  FileId,
  FileKind,
  FileTreeView,
  FolioView,
  InFlight,
  MeteredMachine,
  MmView,
  ObjectCount,
  Schedule,
  Task,
  ThreadProgram,
  ThreadsOutcome,
  Visit,
} from './values.ts';
import { View } from './view.ts';

const FILE_KINDS: Record<FileKind, number> = { ext4: 0, tmpfs: 1, devzero: 2 };
const FOLIO_STEPS = {
  migrate: 'sim_migrate',
  'migrate-begin': 'sim_migrate_begin',
  reclaim: 'sim_reclaim',
  swapout: 'sim_swap_out',
  split: 'sim_split',
  referenced: 'sim_referenced',
  'page-idle': 'sim_page_idle',
  poison: 'sim_poison',
} as const;
const STATES = ['free', 'live', 'pending'] as const;
/** Scheduling points of which threads.c remembers who could run. */
const SEEN_POINTS = 65536;
const LOCK_MODES = ['', 'spin', 'read', 'write', 'mutex', 'held', 'read'];

interface Cache {
  index: number;
  name: string;
  size: number;
}

export class SimMachine implements MeteredMachine, ConcurrentMachine {
  readonly image: Image;
  readonly layouts: Record<string, StructLayout>;
  readonly features: ReadonlySet<string>;
  readonly meter: SimMeter;
  readonly lockWatch?: SimLockWatch;
  readonly probe: SimProbe;
  readonly #module: Module;
  readonly #view: View;
  #caches: Cache[] = [];
  /** Known from the start: blocks are asked for after faults too, when no code may run. */
  #blockCount = 0;
  #fuel = BigInt(DEFAULT_FUEL);
  /** Steps between looks at the poison, and those since the last one. */
  readonly #poisonEvery: number;
  #unchecked = 0;
  #checkpoint: Snapshot | undefined;

  constructor(image: Image) {
    this.image = image;
    this.#poisonEvery = image.measured ? MEASURED_POISON_STEPS : 1;
    this.layouts = JSON.parse(readFileSync(image.layoutsFile, 'utf8')) as Record<string, StructLayout>;
    this.features = new Set(image.features ?? []);
    this.#module = new Module(image);
    this.#view = new View(this.#module);
    const caches = () => {
      this.#readCaches();
      return this.#caches;
    };
    this.meter = new SimMeter(this.#module, this.#view, this.layouts, { caches, fuel: () => Number(this.#fuel) });
    this.probe = new SimProbe(this.#module, this.#module.told, this.#module.faults);
    const { areas } = this.#module.memory;
    const { pages, tags, owners, live, pool, marks } = areas;
    this.#module.call('sim_pages_init', pages, tags, owners, live, pool);
    this.#module.call('sim_block_buffer', marks);
    this.#blockCount = this.#module.call('sim_block_count');
    this.setFuel(DEFAULT_FUEL);
    this.#watchTrees();
    this.#module.call('sim_boot');
    this.#module.callMixed('sim_task_create', []);
    this.#module.memory.save(this.#backed(), this.#sparse());
    this.#readCaches();
    if (image.config === 'check') this.lockWatch = new SimLockWatch(this.#module);
  }

  /** Tells the models where the trees of reverse-map walks have their roots and locks, as far as the tree has them. */
  #watchTrees(): void {
    const at = (struct: string, member: string) =>
      BigInt(this.layouts[struct]?.members.find(({ name }) => name === member)?.offset ?? -1);
    this.#module.call(
      'sim_tree_places',
      ...[at('anon_vma', 'root'), at('anon_vma', 'rwsem'), at('address_space', 'i_mmap')],
      at('address_space', 'i_mmap_rwsem'),
    );
  }

  #backed(): number {
    return this.#module.call('sim_highest_backed');
  }

  #sparse(): number {
    return this.#module.call('sim_highest_sparse');
  }

  #readCaches(): void {
    const count = this.#module.callMixed('sim_cache_count', []);
    for (let index = this.#caches.length; index < count; index++)
      this.#caches.push({
        index,
        name: this.#module.memory.text(this.#module.callMixed('sim_cache_name', [index])),
        size: this.#module.callMixed('sim_cache_size', [index]),
      });
  }

  reset(): void {
    this.#module.mend();
    this.#unchecked = 0;
    this.#module.memory.restore(this.#backed(), this.#sparse());
    this.#checkpoint = undefined;
    this.#caches = [];
    this.#readCaches();
    this.lockWatch?.reset();
    this.#module.call('sim_fuel_set', this.#fuel);
  }

  checkpoint(): void {
    const { memory } = this.#module;
    const words = this.#module.call('sim_need_no_restore', memory.areas.view);
    const word = (i: number) => memory.numbers[memory.areas.view / 4 + i * 2] ?? 0;
    const leftOut = Array.from({ length: words / 2 }, (_, i): [number, number] => [word(2 * i), word(2 * i + 1)]);
    this.#checkpoint = memory.snapshot(this.#backed(), this.#sparse(), leftOut);
  }

  rollback(): void {
    if (this.#checkpoint === undefined) throw new Error('a rollback without a checkpoint');
    this.#module.mend();
    this.#unchecked = 0;
    this.#module.memory.goBack(this.#checkpoint, this.#backed(), this.#sparse());
  }

  async runThreads(
    threads: readonly ThreadProgram[],
    schedule: Schedule,
    { traced = false }: { traced?: boolean } = {},
  ): Promise<ThreadsOutcome> {
    const outcome = await runThreads(this.#module, threads, schedule, { fuel: this.#fuel, traced });
    if (!this.#module.memory.poisonIntact())
      outcome.fault ??= new SimFault('crash', 'one of the threads wrote to the page at NULL, or its stack ran over');
    return outcome;
  }

  readyAt(points: number): Uint8Array {
    const at = this.#module.callMixed('sim_schedule_seen', []);
    return this.#module.memory.bytes.slice(at, at + Math.min(points, SEEN_POINTS));
  }

  setFuel(blocks: number): void {
    this.#fuel = BigInt(blocks);
    this.#module.call('sim_fuel_set', this.#fuel);
  }

  /** One operation of the code under test: fresh fuel, and nothing written around NULL. */
  #step(name: string, args: (number | bigint)[]): number {
    this.#module.callMixed('sim_fuel_set', [this.#fuel]);
    const result = this.#module.callMixed(name, args);
    this.#module.callMixed('sim_task_work', []);
    if (++this.#unchecked >= this.#poisonEvery) this.#checkPoison(name.replace('sim_', ''));
    return result;
  }

  #checkPoison(what: string): void {
    const steps = this.#unchecked;
    this.#unchecked = 0;
    if (this.#module.memory.poisonIntact()) return;
    const who = steps > 1 ? `one of the last ${steps} steps` : what;
    throw new SimFault('crash', `${who} wrote to the page at NULL, or the kernel stack ran over`);
  }

  openFile(kind: FileKind, pages: number): FileId {
    const file = this.#step('sim_open', [FILE_KINDS[kind], BigInt(pages)]);
    if (file < 0) throw new Error(`no more files: ${file}`);
    return file;
  }
  closeFile(file: FileId): void {
    this.#step('sim_close', [file]);
  }
  mmap(task: Task, addr: number, length: number, prot: number, flags: number, file?: FileId, pageOffset = 0): number {
    const where = [BigInt(addr), BigInt(length), BigInt(prot), BigInt(flags)];
    return this.#step('sim_mmap', [task, ...where, BigInt(file ?? -1), BigInt(pageOffset)]);
  }
  munmap(task: Task, addr: number, length: number): number {
    return this.#step('sim_munmap', [task, BigInt(addr), BigInt(length)]);
  }
  mprotect(task: Task, addr: number, length: number, prot: number): number {
    return this.#step('sim_mprotect', [task, BigInt(addr), BigInt(length), BigInt(prot)]);
  }
  mremap(task: Task, addr: number, oldLength: number, newLength: number, flags: number, newAddr: number): number {
    return this.#step('sim_mremap', [task, ...[addr, oldLength, newLength, flags, newAddr].map(BigInt)]);
  }
  madvise(task: Task, addr: number, length: number, advice: number): number {
    return this.#step('sim_madvise', [task, BigInt(addr), BigInt(length), BigInt(advice)]);
  }
  mlock(task: Task, addr: number, length: number): number {
    return this.#step('sim_mlock', [task, BigInt(addr), BigInt(length)]);
  }
  munlock(task: Task, addr: number, length: number): number {
    return this.#step('sim_munlock', [task, BigInt(addr), BigInt(length)]);
  }
  fork(task: Task): Task {
    return this.#step('sim_fork', [task]);
  }
  vfork(task: Task): Task {
    return this.#step('sim_vfork', [task]);
  }
  brk(task: Task, start: number, end: number): number {
    return this.#step('sim_brk', [task, BigInt(start), BigInt(end)]);
  }
  exec(task: Task): void {
    this.#step('sim_exec', [task]);
  }
  exit(task: Task): void {
    this.#step('sim_exit', [task]);
  }
  write(task: Task, vaddr: number, tag: number): number {
    return this.#step('sim_write', [task, BigInt(vaddr), BigInt(tag)]);
  }
  read(task: Task, vaddr: number): number {
    const result = this.#step('sim_read', [task, BigInt(vaddr)]);
    return result < 0 ? result : this.#module.callMixed('sim_read_result', []);
  }
  fileTag(file: FileId, page: number): number {
    return this.#module.callMixed('sim_file_tag', [file, BigInt(page)]);
  }
  walk(folioPfn: number): Visit[] {
    this.#module.call('sim_fuel_set', this.#fuel);
    return this.#view.walk(folioPfn);
  }
  folioStep(what: keyof typeof FOLIO_STEPS, task: Task, vaddr: number): number {
    return this.#step(FOLIO_STEPS[what], [task, BigInt(vaddr)]);
  }
  uffdMove(task: Task, to: number, from: number, length: number): number {
    return this.#step('sim_uffd_move', [task, ...[to, from, length].map(BigInt)]);
  }
  uffdCopy(task: Task, to: number, from: number, length: number): number {
    return this.#step('sim_uffd_copy', [task, ...[to, from, length].map(BigInt)]);
  }
  ksmScan(): void {
    this.#step('sim_ksm_scan', []);
  }
  khugepaged(): void {
    this.#step('sim_khugepaged', []);
  }
  migrateEnd(arrive: boolean): number {
    return this.#step('sim_migrate_end', [arrive ? 1 : 0]);
  }
  shrink(): void {
    this.#step('sim_shrink', []);
  }
  withoutSwap(): void {
    this.#step('sim_no_swap', []);
  }
  withoutHugePages(task: Task): void {
    this.#step('sim_thp_off', [task]);
  }
  allowMediumFolios(): void {
    this.#step('sim_huge_medium', []);
  }
  quiesce(): void {
    this.#step('sim_quiesce', []);
    if (this.#unchecked > 0) this.#checkPoison('quiesce');
  }

  mms(): MmView[] {
    return this.objectsOf('mm_struct').map((ptr) => this.#view.mm(ptr));
  }
  mmOf(task: Task): number {
    return this.#module.callMixed('sim_mm', [task]);
  }
  folio(pfn: number): FolioView | undefined {
    return this.#view.folio(pfn);
  }
  folios(): FolioView[] {
    return this.#view
      .folioFrames()
      .map((pfn) => this.folio(pfn))
      .filter((folio) => folio !== undefined);
  }
  #cache(name: string): Cache | undefined {
    const found = this.#caches.find((cache) => cache.name === name);
    if (found !== undefined) return found;
    this.#readCaches();
    return this.#caches.find((cache) => cache.name === name);
  }
  objectState(cache: string, ptr: number): 'live' | 'pending' | 'free' {
    if (!Number.isSafeInteger(ptr) || ptr <= 0 || ptr >= MEMORY_BYTES) return 'free';
    const word = this.#module.call('sim_object_state', ptr);
    if (word >> 2 !== (this.#cache(cache)?.index ?? -1) + 1) return 'free';
    return STATES[word & 3] ?? 'free';
  }
  objectsOf(cache: string): number[] {
    const found = this.#cache(cache);
    return found === undefined ? [] : this.#view.objects(found.index);
  }
  anonVma(ptr: number): AnonVmaView {
    return this.#view.anonVma(ptr);
  }
  chain(ptr: number): ChainView {
    return this.#view.chain(ptr);
  }
  fileTree(mapping: number): FileTreeView {
    return this.#view.fileTree(mapping);
  }
  fileMappings(): number[] {
    const found: number[] = [];
    for (let file = 0; file < 64; file++) {
      const mapping = this.#module.callMixed('sim_file_mapping', [file]);
      if (mapping !== 0) found.push(mapping);
    }
    return found;
  }
  objects(): ObjectCount[] {
    this.#readCaches();
    return this.#caches.map(({ index, name, size }) => ({
      object: name,
      live: this.#module.callMixed('sim_cache_live', [index]),
      rcuPending: this.#module.callMixed('sim_cache_pending', [index]),
      size,
    }));
  }
  batchReferences(): Map<number, number> {
    const references = new Map<number, number>();
    const frames = [...this.#view.list('sim_view_lru_batches'), ...this.#view.list('sim_view_mlock_batch')];
    for (const pfn of frames) references.set(pfn, (references.get(pfn) ?? 0) + 1);
    return references;
  }
  ksmReferences(): Map<number, number> {
    const references = new Map<number, number>();
    for (const item of this.objectsOf('ksm_rmap_item')) {
      const anonVma = this.#module.call('sim_ksm_item_anon_vma', item);
      if (anonVma !== 0) references.set(anonVma, (references.get(anonVma) ?? 0) + 1);
    }
    return references;
  }
  inFlight(): InFlight[] {
    return Array.from({ length: this.#module.callMixed('sim_migrating', []) }, (_, i) => ({
      pfn: this.#module.callMixed('sim_migrating_frame', [i]),
      anonVma: this.#module.callMixed('sim_migrating_anon_vma', [i]),
    }));
  }
  heldLocks(): string[] {
    const count = this.#module.callMixed('sim_held', []);
    return Array.from({ length: count }, (_, i) => {
      const lock = this.#module.callMixed('sim_held_lock', [BigInt(i)]);
      const mode = LOCK_MODES[this.#module.callMixed('sim_held_mode', [BigInt(i)])] ?? '';
      const name = this.#module.memory.text(this.#module.callMixed('sim_held_name', [BigInt(i)]));
      return `${name === '' ? this.#lockName(lock) : name} (${mode})`;
    });
  }
  /** Cache and member offset: what tells one lock's class from another's. */
  #lockName(lock: number): string {
    const start = this.#module.call('sim_object_at', lock);
    if (start === 0) return 'a static lock';
    const word = this.#module.call('sim_object_state', start);
    const cache = this.#caches[(word >> 2) - 1]?.name ?? 'object';
    const member = this.layouts[cache]?.members.find(({ offset }) => offset === lock - start);
    return member === undefined ? `${cache}+${lock - start}` : `${cache}.${member.name}`;
  }
  blocks(): [number, number][] {
    const { bytes, areas } = this.#module.memory;
    const count = this.#blockCount;
    const ranges: [number, number][] = [];
    let from = -1;
    for (let id = 1; id <= count + 1; id++) {
      const hit = id <= count && bytes[areas.marks + id] === 1;
      if (hit && from < 0) from = id;
      if (!hit && from >= 0) {
        ranges.push([from, id]);
        from = -1;
      }
    }
    return ranges;
  }
  checkMapleTree(mm: number): string | undefined {
    const code = this.#module.call('sim_check_maple', mm);
    return code === 0 ? undefined : (MAPLE_FAULTS[code] ?? `fault ${code}`);
  }
  /** No-ops of the machine that ran since the reset. */
  noops(): string[] {
    return [...this.#module.noops].sort();
  }
  /** Awakes planted bug `number` of a control image, 0 for none. */
  plant(number: number): void {
    this.#module.callMixed('rmapbot_plant_select', [number]);
  }
}

/** What sim_check_maple() found. */
const MAPLE_FAULTS: Record<number, string> = {
  1: 'a node is not a live maple node',
  2: 'pivots are not ascending',
  3: 'a child does not point back to its parent',
  4: 'leaves are not all at one depth',
  5: 'an entry is not a live VMA',
  6: "a VMA's slot does not have the VMA's range",
};
