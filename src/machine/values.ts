// SPDX-License-Identifier: GPL-2.0-or-later
// What a running machine offers: steps through the kernel's entry points, and the view of its world.
// Pointers and addresses are plain numbers (all below 2^53); 0 is NULL.
import type { Image, SourcePosition, StructLayout } from '../kernel/values.ts';

/** Simulated process, by index; names live in the simulator. */
export type Task = number;
/** Open file of the machine, by index. */
export type FileId = number;

/** Live objects and bytes of one slab cache or kmalloc size at a mark. Bytes include the slab's alignment. */
export interface ObjectCount {
  object: string;
  live: number;
  /** Freed, but waiting for an RCU grace period. */
  rcuPending: number;
  /** Bytes per object. */
  size: number;
}

/** Kinds of file that the machine models. devzero is /dev/zero, tmpfs the kernel's own shmem. */
export type FileKind = 'ext4' | 'tmpfs' | 'devzero';

/** Why an operation ended in an exception rather than in a result. */
export type FaultKind =
  /** An import without a model was called: inconclusive. */
  | 'unmodelled'
  /** BUG(), WARN(), VM_BUG_ON or a printk that begins "BUG:". */
  | 'kernel-says'
  /** NULL page, wild or out-of-memory access, indirect call to nothing: the code under test crashed. */
  | 'crash'
  /** Step fuel used up. */
  | 'out-of-fuel'
  /** More pages or slab objects than the budget allows. */
  | 'out-of-memory'
  /** A lock would block for ever: single-threaded self-deadlock, or released by a non-owner. */
  | 'deadlock';

/** Thrown by Machine operations. The machine must be reset before further use. */
/** An access or a release that the memory's state forbids. */
export interface MemoryError {
  /** "use after free", "out of bounds", "NULL pointer", "wild pointer", "uninitialised pointer", "double free", "invalid free". */
  bug: string;
  /** What was done to what, without addresses of objects. */
  detail: string;
  /** The object or page concerned. */
  object?: { start: number; bytes: number; cache: string };
}

/** What became of a watched object: where it was last allocated, given to RCU, and freed; innermost call first. */
export interface Origins {
  allocated?: SourcePosition[];
  queued?: SourcePosition[];
  freed?: SourcePosition[];
}

/** An allocation that was made to fail. */
export interface Refusal {
  /** The slab cache, or "user pages", "kernel pages", "per-CPU memory". */
  what: string;
  bytes: number;
  /** Who asked, innermost call first. */
  stack: SourcePosition[];
}

/** Experiments with a machine. */
export interface Probe {
  /** Remembers the state; the result goes back to it, as often as it is called, even after a fault. */
  snapshot(): () => void;
  /** The n-th allocation from now on fails, counted from 1. */
  refuse(n: number): void;
  /** From now on none fails. */
  disarm(): void;
  /** The allocation that failed since refuse(), if any did. */
  refusal(): Refusal | undefined;
  /** Watches objects or pages by their first bytes until the next reset; none: those of before no more. */
  watch(starts: readonly number[]): void;
  /** What became of a watched object so far. */
  origins(start: number): Origins;
  /** Memory of the kernel that no slab cache counts: page tables and the like, in pages; per-CPU areas. */
  kernelPages(): number;
  perCpuAreas(): number;
}

export interface MachineFault extends Error {
  kind: FaultKind;
  /** Text: the function's name for unmodelled, the kernel's words for kernel-says. */
  detail: string;
  /** Innermost first, resolved to source. */
  stack_: SourcePosition[];
  /** Models that stand between two functions of the tree on that stack: the fault rests on what they do. */
  modelled?: string[];
  /** Of a crash that the machine saw coming. */
  memory?: MemoryError;
}

/** A page-table entry that is not empty. */
export interface Mapping {
  vaddr: number;
  level: 'pte' | 'pmd';
  kind: 'present' | 'swap' | 'migration' | 'marker' | 'special';
  /** For present and migration: page frame number. For swap: the raw entry. */
  pfn: number;
  write: boolean;
  dirty: boolean;
  young: boolean;
  /** Present: PageAnonExclusive of that page. Migration/swap: the entry's exclusive bit. */
  exclusive: boolean;
}

export interface VmaView {
  ptr: number;
  start: number;
  end: number;
  flags: bigint;
  pgoff: number;
  /** Page offset that anonymous folios of this VMA use: vm_pgoff, or the virtual one where the tree has it. */
  anonPgoff: number;
  /** Raw word vma->anon_vma, 0 if none. */
  anonVma: number;
  /** address_space of vm_file, 0 for none. */
  mapping: number;
  /** Pointers of anon_vma_chain entries in same_vma list order, if the tree has such a list. */
  chain: number[];
}

export interface MmView {
  ptr: number;
  mapCount: number;
  totalVm: number;
  lockedVm: number;
  rss: { file: number; anon: number; swap: number; shmem: number };
  /** Bytes of page tables by the kernel's own count. */
  pgtablesBytes: number;
  vmas: VmaView[];
  /** Own scan of the page tables, ascending. */
  mappings: Mapping[];
}

export interface FolioView {
  /** Head page's frame number: its identity. */
  pfn: number;
  order: number;
  /** Raw folio->mapping word. */
  mapping: number;
  index: number;
  anon: boolean;
  ksm: boolean;
  swapCache: boolean;
  locked: boolean;
  lru: boolean;
  refcount: number;
  /** folio_mapcount() as the kernel computes it. */
  mapcount: number;
  /** _mapcount + 1 of every page, where the configuration has per-page counts. */
  pageMapcounts?: number[];
}

/** A folio between its unmapping for migration and its arrival. */
export interface InFlight {
  /** Frame of the folio that the migration entries lead to. */
  pfn: number;
  /** The anon_vma that migration holds a reference to; 0 for none. */
  anonVma: number;
}

export interface ChainView {
  ptr: number;
  vma: number;
  anonVma: number;
}

export interface AnonVmaView {
  ptr: number;
  root: number;
  parent: number;
  refcount: number;
  /** Undefined where the tree's struct has no such member. */
  numChildren?: number;
  numActiveVmas?: number;
  /** Entries of its interval tree in tree order, with the key range stored or derived for the node. */
  tree: { chain: number; start: number; last: number; subtreeLast: number; depthOk: boolean }[];
}

/** i_mmap of an address_space: VMAs in tree order. */
export interface FileTreeView {
  mapping: number;
  entries: { vma: number; start: number; last: number; subtreeLast: number; depthOk?: boolean }[];
}

/** One visit of rmap_walk()'s callback. */
export interface Visit {
  vma: number;
  vaddr: number;
}

export type LockMode = 'spin' | 'read' | 'write' | 'mutex';

/** Two classes of locks of which one was taken while the other was held, and when first. Names as lockdep prints them:
 *  "&anon_vma->rwsem", with "/1" for a subclass. */
export interface LockOrder {
  from: string;
  to: string;
  /** Numbers of the classes: two places may give locks of one name. */
  fromClass: number;
  toClass: number;
  /** Numbers of the two acquisitions, for stacks. */
  fromNumber: number;
  toNumber: number;
}

/** sleep: where it must not; tree-write, tree-read: a tree of reverse-map walks without its lock; owner: a lock released
 *  by another task than took it; move: page-table entries moved to where a walk looks first, without the walk's lock. */
export type LockRule = 'sleep' | 'tree-write' | 'tree-read' | 'owner' | 'move';

/** Something done under, or without, a lock against the rules. */
export interface LockComplaint {
  rule: LockRule;
  /** Which tree, for tree-write, tree-read and move: "anon_vma" or "i_mmap"; for sleep the lock's name. */
  what: string;
  /** Number of the moment, and of the acquisition that it goes against (0: there is none), for stacks. */
  number: number;
  earlier: number;
}

/** What the models of locks wrote down, in images that are configured for it (LOCKDEP). */
export interface LockWatch {
  /** Orders and complaints since it was last asked, or since the reset; works after a fault, too. */
  news(): { orders: LockOrder[]; complaints: LockComplaint[] };
  /** Asks for the stacks of these moments in the run that follows the next reset. At most 8 at once. */
  trap(numbers: readonly number[]): void;
  /** The stacks taken since, innermost first. */
  stacks(): ReadonlyMap<number, SourcePosition[]>;
}

/** How one class of locks was used in one mode since the machine was asked to watch. */
export interface LockUse {
  /** "anon_vma.rwsem": the object and its member; "page table", "static" for what lies in no slab object. */
  lock: string;
  mode: LockMode;
  taken: number;
  /** Basic blocks executed while it was held, over all holdings, and in the longest one. */
  blocks: number;
  longest: number;
  /** Nodes of the trees of reverse-map walks that were visited, added or removed while it was held. */
  nodes: number;
}

export interface WalkCost {
  /** VMAs that rmap_walk() showed to its callback. */
  visits: number;
  /** Basic blocks that it executed. */
  blocks: number;
}

/** What a machine counts beside its work. Only looks, but for walk(), which takes and drops the locks of a walk. */
export interface Meter {
  /** Objects that each cache handed out since boot. */
  allocated(): Map<string, number>;
  /** Objects given back to each cache since boot, at once or after a grace period. */
  freed(): Map<string, number>;
  /** Page faults of user accesses, and pages copied, since boot. */
  faults(): number;
  copies(): number;
  /** Starts the watch over locks afresh, or ends it; a reset ends it too. */
  watchLocks(on: boolean): void;
  /** Uses since the watch began, by name and mode. */
  locks(): LockUse[];
  /** A reverse-map walk from a folio, by the frame number of its first page. */
  walk(pfn: number): WalkCost;
  /** First frames of all folios of user data: anonymous, file and free of any mapping. */
  userFrames(): number[];
  /** Bytes of a process's page tables by the kernel's own count. */
  pageTableBytes(task: Task): number;
  /** Basic blocks that the last operation executed. */
  lastBlocks(): number;
  /** Basic blocks executed since boot. */
  spentBlocks(): number;
}

/** A machine with its meter. */
export interface MeteredMachine extends Machine {
  readonly meter: Meter;
}

export interface Machine {
  readonly image: Image;
  readonly layouts: Record<string, StructLayout>;
  /** Names of features probed from the tree ("anon-pgoff", "num-active-vmas", "mremap-multi", ...). */
  readonly features: ReadonlySet<string>;
  /** What it counts; absent where nothing is counted. */
  readonly meter?: Meter;
  /** Absent where the image does not watch its locks. */
  readonly lockWatch?: LockWatch;
  /** Experiments; absent where none can be made. */
  readonly probe?: Probe;

  /** Back to the snapshot taken after boot: no processes but the first one, task 0, with an empty mm. */
  reset(): void;
  /** Step fuel for each following operation (basic blocks). */
  setFuel(blocks: number): void;
  /** Wakes the planted control bug of this number (rmapbot_plant_select), 0: none; until the next reset. */
  plant(number: number): void;

  /** Opens a new file of a kind; sizes in pages. */
  openFile(kind: FileKind, pages: number): FileId;
  closeFile(file: FileId): void;

  /** System calls by the kernel's own entry points. Result: >= 0, or -errno. prot, flags, advice as in the uapi headers. */
  mmap(
    task: Task,
    addr: number,
    length: number,
    prot: number,
    flags: number,
    file?: FileId,
    pageOffset?: number,
  ): number;
  munmap(task: Task, addr: number, length: number): number;
  mprotect(task: Task, addr: number, length: number, prot: number): number;
  mremap(task: Task, addr: number, oldLength: number, newLength: number, flags: number, newAddr: number): number;
  madvise(task: Task, addr: number, length: number, advice: number): number;
  mlock(task: Task, addr: number, length: number): number;
  munlock(task: Task, addr: number, length: number): number;
  /** dup_mm() of the task's mm. The new task's index. */
  fork(task: Task): Task;
  /** The child shares the parent's mm until exec or exit. */
  vfork(task: Task): Task;
  /** brk() to `end`; `start` is where the heap begins, for the first call of an address space. 0 or -ENOMEM. */
  brk?(task: Task, start: number, end: number): number;
  /** The task gets a fresh, empty mm. */
  exec(task: Task): void;
  /** mmput(): the address space is gone before it returns (RCU callbacks may be pending). */
  exit(task: Task): void;
  /** The bytes of a user page are one tag. A write faults as the CPU would, then stores the tag. -errno (-14 for SIGSEGV/SIGBUS) if not allowed. */
  write(task: Task, vaddr: number, tag: number): number;
  /** The tag read, or -errno. Fresh zero pages read 0; page n of a file reads the machine's fileTag(file, n) until written. */
  read(task: Task, vaddr: number): number;
  fileTag(file: FileId, page: number): number;
  /** rmap_walk() from a folio, by pfn, with the folio locked. */
  walk(folioPfn: number): Visit[];
  /** Machine's own doing to the folio that a task maps: 0, -ENOENT if none is mapped there, or another -errno. */
  folioStep(
    what: 'migrate' | 'migrate-begin' | 'reclaim' | 'swapout' | 'split' | 'referenced' | 'page-idle' | 'poison',
    task: Task,
    vaddr: number,
  ): number;
  /** UFFDIO_MOVE and UFFDIO_COPY of whole ranges: 0 or -errno. */
  uffdMove(task: Task, to: number, from: number, length: number): number;
  uffdCopy(task: Task, to: number, from: number, length: number): number;
  /** One pass of ksmd over all mergeable memory. */
  ksmScan(): void;
  /** One pass of khugepaged over all memory that asked for huge pages. */
  khugepaged?(): void;
  /** All migrations in flight end: the new folios take over, or the old ones come back. 0 or -EAGAIN. */
  migrateEnd?(arrive: boolean): number;
  /** From here on nothing goes to swap, until the next reset. */
  withoutSwap?(): void;
  /** From here on the address space of a task and what it forks get no huge pages. */
  withoutHugePages?(task: Task): void;
  /** All shrinkers under the hardest pressure: deferred splits, the huge zero page. */
  shrink(): void;
  /** Faults where MADV_HUGEPAGE holds may give folios of 16 pages too; until the next reset. */
  allowMediumFolios(): void;
  /** Grace periods end, batches drain, deferred work runs. */
  quiesce(): void;

  /** Everything below only looks; it never runs code under test that changes state. */
  mms(): MmView[];
  mmOf(task: Task): number;
  /** Folio that a pfn belongs to; undefined for the zero page and reserved pages. */
  folio(pfn: number): FolioView | undefined;
  /** Folios allocated for user mappings or page cache and not freed. */
  folios(): FolioView[];
  /** True if ptr is the start of a live object of the cache; 'pending' if freed and inside its grace period. */
  objectState(cache: string, ptr: number): 'live' | 'pending' | 'free';
  /** Live objects of a cache. */
  objectsOf(cache: string): number[];
  anonVma(ptr: number): AnonVmaView;
  chain(ptr: number): ChainView;
  fileTree(mapping: number): FileTreeView;
  /** All address_spaces of open files. */
  fileMappings(): number[];
  /** Counts and sizes per slab cache and kmalloc size. */
  objects(): ObjectCount[];
  /** Pages in LRU add batches and similar per-CPU batches that hold references, by folio pfn -> count. */
  batchReferences(): Map<number, number>;
  /** References that items of KSM's stable tree hold, by anon_vma -> count. */
  ksmReferences(): Map<number, number>;
  /** Migrations in flight, in the order of their start. */
  inFlight?(): InFlight[];
  /** Locks held now, for "nothing held on return": class names. */
  heldLocks(): string[];
  /** Executed blocks since reset. */
  blocks(): [number, number][];
  /** Internal consistency of a maple tree by own descent: undefined = valid, else what is wrong. */
  checkMapleTree(mm: number): string | undefined;
}

/** What a simulated thread can do, by the names of the machine's own steps. */
export type ThreadOpKind =
  | 'mmap'
  | 'munmap'
  | 'mprotect'
  | 'mremap'
  | 'madvise'
  | 'mlock'
  | 'munlock'
  | 'fork'
  | 'exit'
  | 'write'
  | 'read'
  | 'uffd-move'
  | 'uffd-copy'
  | 'ksm-scan'
  /** To the folio of a frame: argument 0 is the frame. */
  | 'migrate'
  | 'reclaim'
  | 'swapout'
  | 'split'
  | 'referenced';

export interface ThreadOp {
  kind: ThreadOpKind;
  /** As the Machine's step takes them, after the task; for folio steps the frame. */
  args: number[];
}

/** A thread of a process, or of the kernel itself, and what it does one after the other. */
export interface ThreadProgram {
  process: Task | undefined;
  ops: ThreadOp[];
}

/** One thread's turn: how many scheduling points it passes until another one takes over; 0: until it cannot go on. */
export interface Turn {
  thread: number;
  points: number;
  /** Basic blocks behind the last of the points, or since the turn began, after which another one takes over. */
  blocks?: number;
}

/** A turn as it was: `forced` if the thread had to wait, yielded or ended; `ready`: bits of the threads that could run next. */
export interface PassedTurn extends Turn {
  forced: boolean;
  ready: number;
}

export type Schedule =
  /** Turns in this order; behind the last one each thread runs until it cannot go on. */
  | { policy: 'plan'; turns: Turn[] }
  /** The thread with the highest random priority runs; at each of the points given the running one falls below all. */
  | { policy: 'pct'; seed: number; changes: number[] }
  /** At each point another thread takes over by chance, once in `odds` times. */
  | { policy: 'random'; seed: number; odds: number }
  /** Another thread takes over, or not, by chance after each 1 to 2 * `odds` basic blocks. */
  | { policy: 'blocks'; seed: number; odds: number };

export interface ThreadsOutcome {
  turns: PassedTurn[];
  /** Of all that happened at scheduling points: equal for equal runs. */
  hash: number;
  points: number;
  /** Basic blocks that all threads executed. */
  blocks: number;
  /** The plan could not be kept to. */
  diverged: boolean;
  /** What the operations returned, thread by thread; those that were not reached are missing. */
  results: number[][];
  /** Where the thread of each turn stood when it ended, innermost first, if that was asked for; empty where it was over. */
  stops?: SourcePosition[][];
  fault?: MachineFault;
}

/** A machine that runs threads against each other. */
export interface ConcurrentMachine extends Machine {
  /** Remembers the present state; rollback() returns to it, as often as wanted, until the next reset. */
  checkpoint(): void;
  rollback(): void;
  /** Runs threads to their end by a schedule. A fault of the code under test is part of the outcome. */
  runThreads(
    threads: readonly ThreadProgram[],
    schedule: Schedule,
    options?: { traced?: boolean },
  ): Promise<ThreadsOutcome>;
  /** Bits of the threads that could run at each scheduling point of the last run, and in bits 4-5 the one that did. */
  readyAt(points: number): Uint8Array;
}
