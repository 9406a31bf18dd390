// SPDX-License-Identifier: GPL-2.0-or-later
// The world after one step, looked at once: address spaces, page-table entries by folio, walks, anon_vmas.
// Comes in: a machine, the processes alive and the memory model. Goes out: indices that the invariants share,
// each computed when first asked for. Nothing here trusts a structure of the code under test to be right.
import type {
  AnonVmaView,
  FileTreeView,
  FolioView,
  InFlight,
  Machine,
  Mapping,
  MmView,
  Task,
  Visit,
  VmaView,
} from '../machine/values.ts';
import { PAGE_SIZE } from './limits.ts';
import type { Space } from './memory-model.ts';
import { Names } from './names.ts';

/** A process that is alive, and what it must find in its memory. */
export interface Process {
  name: string;
  task: Task;
  space: Space;
}

export interface SpaceView extends MmView {
  /** The processes that run in it; empty for an mm that no process has. */
  processes: Process[];
}

/** One page-table entry that maps (or stands for) a folio. */
export interface Use {
  mm: SpaceView;
  mapping: Mapping;
  /** The VMA that the entry lies in, if any. */
  vma: VmaView | undefined;
}

export interface FolioUse {
  folio: FolioView;
  uses: Use[];
}

/** Bits of vma->vm_flags that are the same in every tree (include/linux/mm.h). */
export const VM = { read: 1, write: 2, exec: 4, shared: 8, growsdown: 0x100, locked: 0x2000 } as const;

/** Pages that a PMD entry maps on x86-64. */
const PMD_PAGES = 512;

export class World {
  readonly machine: Machine;
  readonly processes: readonly Process[];
  /** True right after a pass of ksmd: then it knows every mapping of every merged page. */
  readonly ksmScanned: boolean;
  /** False where no memory model was kept (workloads): what each page must hold is not known then. */
  readonly memoryKnown: boolean;
  readonly names: Names;
  readonly #folios = new Map<number, FolioView | undefined>();
  readonly #walks = new Map<number, Visit[]>();
  readonly #trees = new Map<number, FileTreeView>();
  #mms: SpaceView[] | undefined;
  #vmas: Map<number, { vma: VmaView; mm: SpaceView }> | undefined;
  #uses: FolioUse[] | undefined;
  #anonVmas: Map<number, AnonVmaView> | undefined;
  #inFlight: InFlight[] | undefined;
  #fileMappings: Set<number> | undefined;
  readonly #nodes = new Map<number, ReadonlySet<number>>();
  readonly #live = new Map<string, ReadonlySet<number>>();

  constructor(
    machine: Machine,
    processes: readonly Process[],
    describe: (address: number) => string,
    { ksmScanned = false, memoryKnown = true }: { ksmScanned?: boolean; memoryKnown?: boolean } = {},
  ) {
    this.machine = machine;
    this.ksmScanned = ksmScanned;
    this.memoryKnown = memoryKnown;
    this.processes = processes;
    this.names = new Names(this, describe);
  }

  /** The address spaces: those of processes in their order, then what no process has. Looked at when first asked for. */
  get mms(): SpaceView[] {
    this.#mms ??= this.#look();
    return this.#mms;
  }

  /** Looks at the address spaces now: for a world that is asked after the machine has gone on. */
  now(): this {
    this.#mms ??= this.#look();
    return this;
  }

  #look(): SpaceView[] {
    const byMm = new Map<number, Process[]>();
    for (const process of this.processes) {
      const mm = this.machine.mmOf(process.task);
      const sharing = byMm.get(mm);
      if (sharing === undefined) byMm.set(mm, [process]);
      else sharing.push(process);
    }
    const order = [...byMm.keys()];
    return this.machine
      .mms()
      .map((mm) => ({ ...mm, processes: byMm.get(mm.ptr) ?? [] }))
      .sort((a, b) => rank(order, a.ptr) - rank(order, b.ptr));
  }

  /** Live VMAs that stand in an address space, by pointer. */
  get vmas(): Map<number, { vma: VmaView; mm: SpaceView }> {
    if (this.#vmas === undefined) {
      this.#vmas = new Map();
      for (const mm of this.mms) for (const vma of mm.vmas) this.#vmas.set(vma.ptr, { vma, mm });
    }
    return this.#vmas;
  }

  /** The folio that a page frame belongs to; undefined for zero and reserved pages. */
  folio(pfn: number): FolioView | undefined {
    if (!this.#folios.has(pfn)) {
      const folio = this.machine.folio(pfn);
      this.#folios.set(pfn, folio);
      // One look serves all pages of a large folio.
      if (folio !== undefined) for (let i = 0; i < 2 ** folio.order; i++) this.#folios.set(folio.pfn + i, folio);
    }
    return this.#folios.get(pfn);
  }

  /** Every folio that a page table leads to, with all its entries, in the order of processes and addresses. */
  get used(): FolioUse[] {
    this.#uses ??= this.#scan();
    return this.#uses;
  }

  /** Migrations in flight. */
  get inFlight(): InFlight[] {
    this.#inFlight ??= this.machine.inFlight?.() ?? [];
    return this.#inFlight;
  }

  /** Whom rmap_walk() visits, starting from the folio. */
  walk(pfn: number): Visit[] {
    let visits = this.#walks.get(pfn);
    if (visits === undefined) {
      visits = this.machine.walk(pfn);
      this.#walks.set(pfn, visits);
    }
    return visits;
  }

  /** All walks made so far. */
  get walks(): ReadonlyMap<number, Visit[]> {
    return this.#walks;
  }

  /** True where the tree has the struct of that name: checks of one design's objects hang on it. */
  has(struct: string): boolean {
    return this.machine.layouts[struct] !== undefined;
  }

  /** Live objects of a cache. */
  live(cache: string): ReadonlySet<number> {
    let set = this.#live.get(cache);
    if (set === undefined) {
      set = new Set(this.machine.objectsOf(cache));
      this.#live.set(cache, set);
    }
    return set;
  }

  /** Live anon_vmas by pointer; empty in a tree without them. */
  get anonVmas(): Map<number, AnonVmaView> {
    if (this.#anonVmas === undefined) {
      this.#anonVmas = new Map();
      if (this.has('anon_vma')) {
        for (const ptr of this.live('anon_vma')) this.#anonVmas.set(ptr, this.machine.anonVma(ptr));
      }
    }
    return this.#anonVmas;
  }

  /** The chain entries in a live anon_vma's tree. */
  nodesOf(anonVma: number): ReadonlySet<number> {
    let nodes = this.#nodes.get(anonVma);
    if (nodes === undefined) {
      nodes = new Set(this.anonVmas.get(anonVma)?.tree.map((node) => node.chain));
      this.#nodes.set(anonVma, nodes);
    }
    return nodes;
  }

  /** The address_spaces of files in use: those that the machine opened and those that VMAs map. */
  get fileMappings(): Set<number> {
    if (this.#fileMappings === undefined) {
      this.#fileMappings = new Set(this.machine.fileMappings());
      for (const mm of this.mms) for (const vma of mm.vmas) if (vma.mapping !== 0) this.#fileMappings.add(vma.mapping);
    }
    return this.#fileMappings;
  }

  fileTree(mapping: number): FileTreeView {
    let tree = this.#trees.get(mapping);
    if (tree === undefined) {
      tree = this.machine.fileTree(mapping);
      this.#trees.set(mapping, tree);
    }
    return tree;
  }

  #scan(): FolioUse[] {
    const byHead = new Map<number, FolioUse>();
    for (const mm of this.mms) {
      let next = 0;
      for (const mapping of mm.mappings) {
        if (mapping.kind !== 'present' && mapping.kind !== 'migration') continue;
        const folio = this.folio(mapping.pfn);
        if (folio === undefined) continue;
        while (next < mm.vmas.length && (mm.vmas[next]?.end ?? 0) <= mapping.vaddr) next++;
        const candidate = mm.vmas[next];
        const vma = candidate !== undefined && candidate.start <= mapping.vaddr ? candidate : undefined;
        let use = byHead.get(folio.pfn);
        if (use === undefined) {
          use = { folio, uses: [] };
          byHead.set(folio.pfn, use);
        }
        use.uses.push({ mm, mapping, vma });
      }
    }
    return [...byHead.values()];
  }
}

function rank(order: number[], ptr: number): number {
  const index = order.indexOf(ptr);
  return index < 0 ? order.length : index;
}

/** Pages that an entry maps. */
export function pagesOf(mapping: Mapping): number {
  return mapping.level === 'pmd' ? PMD_PAGES : 1;
}

/** Pages that a VMA spans. */
export function vmaPages(vma: VmaView): number {
  return (vma.end - vma.start) / PAGE_SIZE;
}
