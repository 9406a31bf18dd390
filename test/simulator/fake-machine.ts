// SPDX-License-Identifier: GPL-2.0-or-later
// A toy mm in memory, correct but for what a test plants: stands in for the real machine in tests of the simulator.
// It never merges VMAs nor reuses anon_vmas, which no invariant asks for.
import type { Image, StructLayout } from '../../src/kernel/values.ts';
import type {
  AnonVmaView,
  ChainView,
  FaultKind,
  FileId,
  FileKind,
  FileTreeView,
  FolioView,
  InFlight,
  LockWatch,
  Machine,
  MachineFault,
  Mapping,
  Meter,
  MmView,
  Task,
  Visit,
} from '../../src/machine/values.ts';
import type { ObjectCount } from '../../src/simulator/values.ts';

const PAGE = 4096;
const VM = { shared: 8, growsdown: 0x100, locked: 0x2000, dontcopy: 0x20000, wipeonfork: 0x2000000 };

interface AnonVma {
  ptr: number;
  root: AnonVma;
  parent: AnonVma;
  refcount: number;
  children: number;
  active: number;
  tree: Chain[];
}
interface Chain {
  ptr: number;
  vma: Vma;
  av: AnonVma;
}
interface Vma {
  ptr: number;
  start: number;
  end: number;
  flags: number;
  pgoff: number;
  av: AnonVma | undefined;
  chain: Chain[];
  file: File | undefined;
}
interface File {
  id: FileId;
  ptr: number;
  kind: FileKind | 'shared-anon';
  pages: number;
  cache: Map<number, Page>;
  vmas: Vma[];
}
interface Page {
  pfn: number;
  content: number;
  anon: AnonVma | undefined;
  file: File | undefined;
  index: number;
  refs: number;
  mapcount: number;
  exclusive: boolean;
}
interface Pte {
  page: Page | undefined;
  write: boolean;
}
interface Mm {
  ptr: number;
  vmas: Vma[];
  ptes: Map<number, Pte>;
  users: number;
}

/** Faults that tests plant. */
export type Plant =
  | 'fork-skips-clone'
  | 'fork-shares-exclusive'
  | 'split-keeps-pgoff'
  | 'unmap-leaks-chain'
  | 'unmap-forgets-active'
  | 'cow-shares-page'
  | 'warns-on-fork'
  | 'unmodelled-mremap'
  | 'never-returns-from-exec'
  | 'crash-in-walk';

export class FakeFault extends Error implements MachineFault {
  readonly kind: FaultKind;
  readonly detail: string;
  readonly stack_ = [{ file: 'mm/toy.c', line: 7, function: 'toy' }];
  constructor(kind: FaultKind, detail: string) {
    super(detail);
    this.kind = kind;
    this.detail = detail;
  }
}

export class FakeMachine implements Machine {
  readonly image: Image;
  readonly layouts: Record<string, StructLayout>;
  readonly features: ReadonlySet<string> = new Set(['toy']);
  readonly plants: Set<Plant>;
  #ptr = 0;
  #pfn = 0;
  #made = 0;
  #faults = 0;
  #tasks: (Mm | undefined)[] = [];
  #mms = new Set<Mm>();
  #files: (File | undefined)[] = [];
  #avs = new Map<number, AnonVma>();
  #chains = new Map<number, Chain>();
  #pages = new Map<number, Page>();
  #vmas = new Map<number, Vma>();

  constructor(plants: Iterable<Plant> = [], config: 'prod' | 'check' = 'prod') {
    this.plants = new Set(plants);
    this.image = { key: 'toy', config, variant: '', wasmFile: '', layoutsFile: '', linesFile: '', unmodelled: [] };
    const layout = (name: string): StructLayout => ({ name, size: 64, align: 8, members: [] });
    const names = ['anon_vma', 'anon_vma_chain', 'vm_area_struct', 'mm_struct'];
    this.layouts = Object.fromEntries(names.map((name) => [name, layout(name)]));
    this.reset();
  }

  reset(): void {
    this.#ptr = 0x10000;
    this.#pfn = 100;
    this.#files = [];
    this.#mms.clear();
    for (const all of [this.#avs, this.#chains, this.#pages, this.#vmas]) all.clear();
    this.#tasks = [this.#newMm()];
  }

  setFuel(): void {}
  /** Number of the control that is awake. */
  awake = 0;
  plant(number: number): void {
    this.awake = number;
  }

  openFile(kind: FileKind, pages: number): FileId {
    const file: File = { id: this.#files.length, ptr: this.#new(), kind, pages, cache: new Map(), vmas: [] };
    this.#files.push(file);
    return file.id;
  }

  closeFile(id: FileId): void {
    for (const page of this.#files[id]?.cache.values() ?? []) this.#put(page);
    this.#files[id] = undefined;
  }

  mmap(task: Task, addr: number, length: number, prot: number, flags: number, file?: FileId, pageOffset = 0): number {
    const mm = this.#mm(task);
    if ((flags & 0x100000) !== 0 && mm.vmas.some((vma) => vma.start < addr + length && addr < vma.end)) return -17;
    this.munmap(task, addr, length);
    const shared = (flags & 1) !== 0;
    let backing = file === undefined ? undefined : this.#files[file];
    if (backing?.kind === 'devzero') backing = undefined;
    const anon = backing === undefined;
    if (anon && shared)
      backing = { id: -1, ptr: this.#new(), kind: 'shared-anon', pages: length / PAGE, cache: new Map(), vmas: [] };
    const vma: Vma = {
      ptr: this.#new(),
      start: addr,
      end: addr + length,
      flags: prot | (shared ? VM.shared : 0) | (flags & VM.growsdown),
      pgoff: anon && !shared ? addr / PAGE : anon ? 0 : pageOffset,
      av: undefined,
      chain: [],
      file: backing,
    };
    this.#insert(mm, vma);
    if ((flags & 0x8000) !== 0)
      for (let at = addr; at < addr + length; at += PAGE) this.#fault(mm, at, (prot & 2) !== 0);
    return addr;
  }

  munmap(task: Task, addr: number, length: number): number {
    const mm = this.#mm(task);
    for (const vma of this.#range(mm, addr, addr + length)) this.#remove(mm, vma);
    return 0;
  }

  mprotect(task: Task, addr: number, length: number, prot: number): number {
    const mm = this.#mm(task);
    for (const vma of this.#range(mm, addr, addr + length)) {
      vma.flags = (vma.flags & ~7) | prot;
      for (let at = vma.start; at < vma.end; at += PAGE) {
        const pte = mm.ptes.get(at);
        if (pte !== undefined) pte.write = false;
      }
    }
    return 0;
  }

  mremap(task: Task, addr: number, oldLength: number, newLength: number, flags: number, newAddr: number): number {
    if (this.plants.has('unmodelled-mremap')) throw new FakeFault('unmodelled', 'move_page_tables');
    const mm = this.#mm(task);
    if ((flags & 2) === 0) {
      const last = this.#range(mm, addr, addr + oldLength).at(-1);
      if (last === undefined) return -14;
      if (newLength < oldLength) this.munmap(task, addr + newLength, oldLength - newLength);
      else last.end = addr + newLength;
      return addr;
    }
    this.munmap(task, newAddr, newLength);
    for (const vma of this.#range(mm, addr, addr + oldLength)) {
      const shift = newAddr - addr;
      const moved: Vma = {
        ...vma,
        ptr: this.#new(),
        start: vma.start + shift,
        end: vma.end + shift,
        av: vma.av,
        chain: [],
      };
      this.#clone(vma, moved);
      if (moved.av !== undefined) moved.av.active++;
      if (vma.av === undefined && vma.file === undefined) moved.pgoff = moved.start / PAGE;
      this.#insert(mm, moved);
      for (let at = vma.start; at < vma.end; at += PAGE) {
        const pte = mm.ptes.get(at);
        mm.ptes.delete(at);
        if (pte !== undefined) mm.ptes.set(at + shift, pte);
      }
      if ((flags & 4) === 0) this.#remove(mm, vma);
    }
    const end = mm.vmas.find((vma) => vma.end === newAddr + oldLength);
    if (end !== undefined && newLength > oldLength) end.end = newAddr + newLength;
    if (newLength < oldLength) this.munmap(task, newAddr + newLength, oldLength - newLength);
    return newAddr;
  }

  madvise(task: Task, addr: number, length: number, advice: number): number {
    const mm = this.#mm(task);
    for (const vma of this.#range(mm, addr, addr + length)) {
      if (advice === 4) for (let at = vma.start; at < vma.end; at += PAGE) this.#zap(mm, at);
      if (advice === 10) vma.flags |= VM.dontcopy;
      if (advice === 11) vma.flags &= ~VM.dontcopy;
      if (advice === 18) vma.flags |= VM.wipeonfork;
      if (advice === 19) vma.flags &= ~VM.wipeonfork;
    }
    return 0;
  }

  mlock(task: Task, addr: number, length: number): number {
    const mm = this.#mm(task);
    for (const vma of this.#range(mm, addr, addr + length)) {
      vma.flags |= VM.locked;
      for (let at = vma.start; at < vma.end; at += PAGE) this.#fault(mm, at, (vma.flags & 2) !== 0);
    }
    return 0;
  }

  munlock(task: Task, addr: number, length: number): number {
    for (const vma of this.#range(this.#mm(task), addr, addr + length)) vma.flags &= ~VM.locked;
    return 0;
  }

  fork(task: Task): Task {
    if (this.plants.has('warns-on-fork'))
      throw new FakeFault('kernel-says', 'WARNING: at mm/toy.c:7 toy+0x123456 count 42');
    const mm = this.#mm(task);
    const child = this.#newMm();
    for (const vma of mm.vmas) {
      if ((vma.flags & VM.dontcopy) !== 0) continue;
      const copy: Vma = { ...vma, ptr: this.#new(), flags: vma.flags & ~VM.locked, av: undefined, chain: [] };
      this.#insert(child, copy);
      if ((vma.flags & VM.wipeonfork) !== 0) continue;
      if (vma.av !== undefined) {
        if (!this.plants.has('fork-skips-clone')) this.#clone(vma, copy);
        this.#activate(copy, this.#newAv(vma.av));
      }
      for (let at = vma.start; at < vma.end; at += PAGE) {
        const pte = mm.ptes.get(at);
        if (pte?.page === undefined) continue;
        if (pte.page.anon !== undefined) {
          pte.write = false;
          if (!this.plants.has('fork-shares-exclusive')) pte.page.exclusive = false;
        }
        pte.page.refs++;
        pte.page.mapcount++;
        child.ptes.set(at, { ...pte });
      }
    }
    this.#tasks.push(child);
    return this.#tasks.length - 1;
  }

  vfork(task: Task): Task {
    const mm = this.#mm(task);
    mm.users++;
    return this.#tasks.push(mm) - 1;
  }

  exec(task: Task): void {
    if (this.plants.has('never-returns-from-exec')) throw new FakeFault('out-of-fuel', 'exec_mmap');
    this.exit(task);
    this.#tasks[task] = this.#newMm();
  }

  exit(task: Task): void {
    const mm = this.#mm(task);
    this.#tasks[task] = undefined;
    if (--mm.users > 0) return;
    for (const vma of [...mm.vmas]) this.#remove(mm, vma);
    this.#mms.delete(mm);
  }

  write(task: Task, vaddr: number, tag: number): number {
    const mm = this.#mm(task);
    this.#faults++;
    if (!this.#fault(mm, vaddr, true)) return -14;
    const page = mm.ptes.get(vaddr)?.page;
    if (page !== undefined) page.content = tag;
    return 0;
  }

  read(task: Task, vaddr: number): number {
    const mm = this.#mm(task);
    if (!this.#fault(mm, vaddr, false)) return -14;
    return mm.ptes.get(vaddr)?.page?.content ?? 0;
  }

  fileTag(file: FileId, page: number): number {
    return 1_000_000 + file * 1000 + page;
  }

  walk(folioPfn: number): Visit[] {
    if (this.plants.has('crash-in-walk')) throw new FakeFault('crash', 'memory access out of bounds at 0xdeadbeef');
    const page = this.#pages.get(folioPfn);
    if (page === undefined) return [];
    const vmas = page.anon !== undefined ? page.anon.tree.map((chain) => chain.vma) : (page.file?.vmas ?? []);
    return vmas
      .map((vma) => ({
        vma: vma.ptr,
        vaddr: vma.start + (page.index - vma.pgoff) * PAGE,
        end: vma.end,
        start: vma.start,
      }))
      .filter((visit) => visit.vaddr >= visit.start && visit.vaddr < visit.end)
      .map(({ vma, vaddr }) => ({ vma, vaddr }));
  }

  quiesce(): void {}
  // Its pages never move, so what the kernel does to folios changes nothing here.
  folioStep(): number {
    return 0;
  }
  uffdMove(): number {
    return -22;
  }
  uffdCopy(): number {
    return -22;
  }
  brk(task: Task, start: number, end: number): number {
    const mm = this.#mm(task);
    const old = mm.vmas.find((vma) => vma.start === start)?.end ?? start;
    if (end < old) this.munmap(task, end, old - end);
    else if (end > old) this.mmap(task, old, end - old, 3, 2);
    return 0;
  }
  ksmScan(): void {}
  khugepaged(): void {}
  migrateEnd(): number {
    return 0;
  }
  inFlight(): InFlight[] {
    return [];
  }
  shrink(): void {}
  allowMediumFolios(): void {}
  ksmReferences(): Map<number, number> {
    return new Map();
  }

  mms(): MmView[] {
    return [...this.#mms].map((mm) => this.#view(mm));
  }

  mmOf(task: Task): number {
    return this.#mm(task).ptr;
  }

  folio(pfn: number): FolioView | undefined {
    const page = this.#pages.get(pfn);
    if (page === undefined) return undefined;
    return {
      pfn,
      order: 0,
      mapping: page.anon !== undefined ? page.anon.ptr + 1 : (page.file?.ptr ?? 0),
      index: page.index,
      anon: page.anon !== undefined,
      ksm: false,
      swapCache: false,
      locked: false,
      lru: true,
      refcount: page.refs,
      mapcount: page.mapcount,
    };
  }

  folios(): FolioView[] {
    return [...this.#pages.keys()].map((pfn) => this.folio(pfn)).filter((folio) => folio !== undefined);
  }

  objectState(cache: string, ptr: number): 'live' | 'pending' | 'free' {
    return this.objectsOf(cache).includes(ptr) ? 'live' : 'free';
  }

  objectsOf(cache: string): number[] {
    if (cache === 'mm_struct') return [...this.#mms].map((mm) => mm.ptr);
    const table = { anon_vma: this.#avs, anon_vma_chain: this.#chains, vm_area_struct: this.#vmas }[cache];
    if (table === undefined) throw new Error(`no cache ${cache}`);
    return [...table.keys()];
  }

  anonVma(ptr: number): AnonVmaView {
    const av = this.#avs.get(ptr);
    if (av === undefined) throw new Error('not an anon_vma');
    const { root, parent, refcount, children, active } = av;
    const tree = av.tree
      .map((chain) => {
        const last = chain.vma.pgoff + (chain.vma.end - chain.vma.start) / PAGE - 1;
        return { chain: chain.ptr, start: chain.vma.pgoff, last, subtreeLast: last, depthOk: true };
      })
      .sort((a, b) => a.start - b.start);
    return { ptr, root: root.ptr, parent: parent.ptr, refcount, numChildren: children, numActiveVmas: active, tree };
  }

  chain(ptr: number): ChainView {
    const chain = this.#chains.get(ptr);
    if (chain === undefined) throw new Error('not a chain');
    return { ptr, vma: chain.vma.ptr, anonVma: chain.av.ptr };
  }

  fileTree(mapping: number): FileTreeView {
    const file = [...this.#files, ...[...this.#vmas.values()].map((vma) => vma.file)].find(
      (one) => one?.ptr === mapping,
    );
    const entries = (file?.vmas ?? []).map((vma) => {
      const last = vma.pgoff + (vma.end - vma.start) / PAGE - 1;
      return { vma: vma.ptr, start: vma.pgoff, last, subtreeLast: last };
    });
    return { mapping, entries: entries.sort((a, b) => a.start - b.start) };
  }

  fileMappings(): number[] {
    return this.#files.filter((file) => file !== undefined).map((file) => file.ptr);
  }

  /** Counts anon_vmas only: enough for what the simulator does with counters. */
  /** What models of locks would write down, for tests that say so. */
  lockWatch?: LockWatch;
  readonly meter: Meter = {
    allocated: () => new Map([['anon_vma', this.#made]]),
    freed: () => new Map(),
    faults: () => this.#faults,
    copies: () => 0,
    watchLocks: () => {},
    locks: () => [{ lock: 'anon_vma.rwsem', mode: 'write', taken: this.#made, blocks: 0, nodes: 0, longest: 0 }],
    walk: (pfn) => ({ visits: this.walk(pfn).length, blocks: 0 }),
    userFrames: () => [...this.#pages.keys()],
    pageTableBytes: () => 0,
    lastBlocks: () => 0,
    spentBlocks: () => 0,
  };
  objects(): ObjectCount[] {
    return ['anon_vma', 'anon_vma_chain', 'vm_area_struct', 'mm_struct'].map((object) => ({
      object,
      live: this.objectsOf(object).length,
      rcuPending: 0,
      size: 64,
    }));
  }

  batchReferences(): Map<number, number> {
    return new Map();
  }

  heldLocks(): string[] {
    return [];
  }

  blocks(): [number, number][] {
    return [[0, 1]];
  }

  checkMapleTree(): string | undefined {
    return undefined;
  }

  #new(): number {
    this.#ptr += 64;
    return this.#ptr;
  }

  #newMm(): Mm {
    const mm: Mm = { ptr: this.#new(), vmas: [], ptes: new Map(), users: 1 };
    this.#mms.add(mm);
    return mm;
  }

  #mm(task: Task): Mm {
    const mm = this.#tasks[task];
    if (mm === undefined) throw new Error(`no task ${task}`);
    return mm;
  }

  #insert(mm: Mm, vma: Vma): void {
    this.#vmas.set(vma.ptr, vma);
    vma.file?.vmas.push(vma);
    mm.vmas.push(vma);
    mm.vmas.sort((a, b) => a.start - b.start);
  }

  #remove(mm: Mm, vma: Vma): void {
    for (let at = vma.start; at < vma.end; at += PAGE) this.#zap(mm, at);
    this.#unlink(vma);
    mm.vmas.splice(mm.vmas.indexOf(vma), 1);
    this.#vmas.delete(vma.ptr);
    if (vma.file === undefined) return;
    vma.file.vmas.splice(vma.file.vmas.indexOf(vma), 1);
    if (vma.file.kind === 'shared-anon' && vma.file.vmas.length === 0)
      for (const page of vma.file.cache.values()) this.#put(page);
  }

  /** The VMAs of a range, split at its ends. */
  #range(mm: Mm, start: number, end: number): Vma[] {
    for (const at of [start, end]) {
      const vma = mm.vmas.find((one) => one.start < at && at < one.end);
      if (vma === undefined) continue;
      const pgoff = this.plants.has('split-keeps-pgoff') ? vma.pgoff : vma.pgoff + (at - vma.start) / PAGE;
      const right: Vma = { ...vma, ptr: this.#new(), start: at, pgoff, chain: [] };
      vma.end = at;
      this.#clone(vma, right);
      if (right.av !== undefined) right.av.active++;
      this.#insert(mm, right);
    }
    return mm.vmas.filter((vma) => start <= vma.start && vma.end <= end);
  }

  #newAv(parent?: AnonVma): AnonVma {
    const av = { ptr: this.#new(), refcount: 1, children: 0, active: 0, tree: [] } as unknown as AnonVma;
    av.parent = parent ?? av;
    av.root = parent?.root ?? av;
    av.parent.children++;
    if (parent !== undefined) av.root.refcount++;
    this.#avs.set(av.ptr, av);
    this.#made++;
    return av;
  }

  #link(vma: Vma, av: AnonVma): void {
    const chain: Chain = { ptr: this.#new(), vma, av };
    this.#chains.set(chain.ptr, chain);
    vma.chain.unshift(chain);
    av.tree.push(chain);
  }

  #activate(vma: Vma, av: AnonVma): void {
    vma.av = av;
    av.active++;
    this.#link(vma, av);
  }

  #clone(from: Vma, to: Vma): void {
    for (const { av } of [...from.chain].reverse()) this.#link(to, av);
  }

  #unlink(vma: Vma): void {
    const empty: AnonVma[] = [];
    for (const chain of vma.chain) {
      chain.av.tree.splice(chain.av.tree.indexOf(chain), 1);
      if (!this.plants.has('unmap-leaks-chain')) this.#chains.delete(chain.ptr);
      if (chain.av.tree.length > 0) continue;
      chain.av.parent.children--;
      empty.push(chain.av);
    }
    if (vma.av !== undefined && !this.plants.has('unmap-forgets-active')) vma.av.active--;
    for (const av of empty) this.#putAv(av);
  }

  #putAv(av: AnonVma): void {
    if (--av.refcount > 0) return;
    this.#avs.delete(av.ptr);
    if (av.root !== av) this.#putAv(av.root);
  }

  #newPage(content: number): Page {
    const page: Page = {
      pfn: ++this.#pfn,
      content,
      anon: undefined,
      file: undefined,
      index: 0,
      refs: 0,
      mapcount: 0,
      exclusive: false,
    };
    this.#pages.set(page.pfn, page);
    return page;
  }

  #put(page: Page): void {
    if (--page.refs === 0) this.#pages.delete(page.pfn);
  }

  #zap(mm: Mm, at: number): void {
    const page = mm.ptes.get(at)?.page;
    mm.ptes.delete(at);
    if (page === undefined) return;
    page.mapcount--;
    this.#put(page);
  }

  #fault(mm: Mm, vaddr: number, write: boolean): boolean {
    let vma = mm.vmas.find((one) => vaddr < one.end);
    if (vma !== undefined && vaddr < vma.start && (vma.flags & VM.growsdown) !== 0) {
      vma.pgoff -= (vma.start - vaddr) / PAGE;
      vma.start = vaddr;
    }
    if (vma === undefined || vaddr < vma.start || (vma.flags & (write ? 2 : 7)) === 0) return false;
    vma = vma as Vma;
    const pte = mm.ptes.get(vaddr);
    if (pte !== undefined && (!write || pte.write)) return true;
    const index = vma.pgoff + (vaddr - vma.start) / PAGE;
    const { file } = vma;
    let cached: Page | undefined;
    if (file !== undefined) {
      if (index >= file.pages) return false;
      cached = file.cache.get(index);
      if (cached === undefined) {
        cached = this.#newPage(file.kind === 'shared-anon' ? 0 : this.fileTag(file.id, index));
        cached.refs++;
        cached.file = file;
        cached.index = index;
        file.cache.set(index, cached);
      }
    }
    if ((vma.flags & VM.shared) !== 0 || (!write && cached !== undefined)) {
      if (pte === undefined) this.#map(mm, vaddr, cached, (vma.flags & VM.shared) !== 0 && (vma.flags & 2) !== 0);
      else pte.write = write;
      return true;
    }
    if (!write) {
      this.#map(mm, vaddr, undefined, false);
      return true;
    }
    if (pte?.page?.anon !== undefined && (pte.page.exclusive || this.plants.has('cow-shares-page'))) {
      pte.write = true;
      return true;
    }
    if (vma.av === undefined) this.#activate(vma, this.#newAv());
    const page = this.#newPage(pte?.page?.content ?? cached?.content ?? 0);
    page.anon = vma.av;
    page.index = index;
    page.exclusive = true;
    this.#zap(mm, vaddr);
    this.#map(mm, vaddr, page, true);
    return true;
  }

  #map(mm: Mm, vaddr: number, page: Page | undefined, write: boolean): void {
    if (page !== undefined) {
      page.refs++;
      page.mapcount++;
    }
    mm.ptes.set(vaddr, { page, write });
  }

  #view(mm: Mm): MmView {
    const rss = { file: 0, anon: 0, swap: 0, shmem: 0 };
    const mappings = [...mm.ptes]
      .sort((a, b) => a[0] - b[0])
      .map(([vaddr, { page, write }]): Mapping => {
        if (page?.anon !== undefined) rss.anon++;
        else if (page?.file !== undefined) rss[page.file.kind === 'ext4' ? 'file' : 'shmem']++;
        const exclusive = page?.exclusive ?? false;
        return {
          vaddr,
          level: 'pte',
          kind: 'present',
          pfn: page?.pfn ?? 0,
          write,
          dirty: write,
          young: true,
          exclusive,
        };
      });
    const pages = (vmas: Vma[]): number => vmas.reduce((sum, vma) => sum + (vma.end - vma.start) / PAGE, 0);
    return {
      ptr: mm.ptr,
      mapCount: mm.vmas.length,
      totalVm: pages(mm.vmas),
      lockedVm: pages(mm.vmas.filter((vma) => (vma.flags & VM.locked) !== 0)),
      rss,
      pgtablesBytes: 0,
      vmas: mm.vmas.map((vma) => ({
        ptr: vma.ptr,
        start: vma.start,
        end: vma.end,
        flags: BigInt(vma.flags),
        pgoff: vma.pgoff,
        anonPgoff: vma.pgoff,
        anonVma: vma.av?.ptr ?? 0,
        mapping: vma.file?.ptr ?? 0,
        chain: vma.chain.map((chain) => chain.ptr),
      })),
      mappings,
    };
  }
}
