// SPDX-License-Identifier: GPL-2.0-or-later
// Which steps must succeed on a correct kernel of any of the trees: what the generator may write down. Comes in: steps
// in order. Goes out: whether each is certain to be done without an error, in which case it is taken note of.
// It is careful rather than complete: what may fail for a reason that it does not follow, it refuses.
import type { Action, FileDeclaration, FlatStep, PageRange } from '../grammar/values.ts';
import { LIMITS } from '../limits.ts';
import { LOCKED_MAX, PROCESSES_MAX } from './limits.ts';
import { allowsAdvice, allowsFill, allowsFolioStep, allowsMap, allowsMove, isReadable, isWritable } from './rules.ts';

/** One page of one address space. */
export interface Page {
  prot: string;
  shared: boolean;
  source: 'anon' | 'devzero' | 'file' | 'tmpfs';
  /** Name of the file; of shared anonymous memory, which mapping it came from; else "". */
  object: string;
  objectPage: number;
  /** Pages behind which an access to the object is SIGBUS. */
  objectPages: number;
  /** Neighbours of one piece lie in one VMA for certain. */
  piece: number;
  /** A private page's own contents, 0 for none; equal numbers were inherited and may be one folio. */
  own: number;
  /** An entry maps a folio here for certain. */
  present: boolean;
  /** There may be an entry, if only for the zero page. */
  touched: boolean;
  /** Written since the last fork: nobody else has the folio. */
  exclusive: boolean;
  /** MADV_FREE: contents may go at any time. */
  freed: boolean;
  /** MADV_FREE was called: the folio need not be one that is backed by swap. */
  lazy: boolean;
  locked: boolean;
  dontFork: boolean;
  wipeOnFork: boolean;
  mergeable: boolean;
  /** A folio here may be large. */
  huge: boolean;
}

export type Space = Map<number, Page>;

interface Process {
  space: Space;
  /** The vfork child that it waits for. */
  waitsFor?: string;
}

export class Model {
  readonly files: readonly FileDeclaration[];
  readonly #processes = new Map<string, Process>([['P', { space: new Map() }]]);
  readonly #regions: string[] = [];
  /** Children so far: names of the next ones come after it. */
  born = 0;
  #numbers = 0;
  #ksmRan = false;

  constructor(files: readonly FileDeclaration[]) {
    this.files = files;
  }

  /** Processes that can do a step now. */
  get acting(): string[] {
    return [...this.#processes].filter(([, { waitsFor }]) => waitsFor === undefined).map(([name]) => name);
  }

  get alive(): number {
    return this.#processes.size;
  }

  space(process: string): Space {
    const known = this.#processes.get(process);
    if (known === undefined) throw new Error(`no process ${process}`);
    return known.space;
  }

  spaces(): Space[] {
    return [...new Set([...this.#processes.values()].map(({ space }) => space))];
  }

  /** Key of a page of a region, which need not be mapped anywhere yet. */
  key(region: string, page: number): number {
    let index = this.#regions.indexOf(region);
    if (index < 0) index = this.#regions.push(region) - 1;
    return index * LIMITS.regionPages + page;
  }

  /** Where a key lies. */
  place(key: number): { region: string; page: number } {
    const region = this.#regions[Math.floor(key / LIMITS.regionPages)];
    if (region === undefined) throw new Error('a page of no region');
    return { region, page: key % LIMITS.regionPages };
  }

  /** The pages of a range; undefined if one of them is not mapped. */
  pagesOf(space: Space, first: number, count: number): Page[] | undefined {
    const pages: Page[] = [];
    for (let key = first; key < first + count; key++) {
      const page = space.get(key);
      if (page === undefined) return undefined;
      pages.push(page);
    }
    return pages;
  }

  /** Takes note of the step if it must succeed; false, and nothing noted, if that is not certain. */
  add(step: FlatStep): boolean {
    switch (step.kind) {
      case 'action':
        return step.fails === undefined && this.acting.includes(step.process) && this.#act(step.process, step.action);
      case 'exit-all':
        return false;
      case 'ksm-scan':
        this.#scanned();
        return true;
      default:
        return true;
    }
  }

  #act(name: string, action: Action): boolean {
    const process = this.#processes.get(name);
    if (process === undefined) return false;
    const { space } = process;
    switch (action.op) {
      case 'fork':
      case 'vfork':
        return this.#born(name, process, action.op, action.child);
      case 'exec':
        this.#resume(name);
        process.space = new Map();
        return true;
      case 'exit':
        if (this.#processes.size < 2) return false;
        this.#resume(name);
        this.#processes.delete(name);
        return true;
      case 'mmap':
        return this.#map(space, action);
      case 'write':
      case 'read':
        return this.#access(space, action);
      case 'walk':
        return space.get(this.#known(action.region, action.page))?.present === true;
      case 'migrate':
      case 'reclaim':
      case 'swapout':
      case 'referenced':
      case 'page-idle':
      case 'split':
      case 'poison':
        return this.#folios(space, action);
      case 'brk':
      case 'clone':
      case 'migrate-begin':
        // Never made by the search: a heap's end, shared spaces and folios in flight are not tracked here.
        return false;
      default:
        return this.#call(space, action);
    }
  }

  #known(region: string, page: number): number {
    return this.#regions.includes(region) ? this.key(region, page) : -1;
  }

  #call(space: Space, action: Ranged): boolean {
    const { range } = action;
    if (range === undefined || !this.#regions.includes(action.region)) return false;
    const first = this.key(action.region, range.first);
    const { count } = range;
    if (action.op === 'munmap') {
      this.#unmap(space, first, count);
      return true;
    }
    const pages = this.pagesOf(space, first, count);
    if (pages === undefined) return false;
    switch (action.op) {
      case 'uffd-move':
      case 'uffd-copy': {
        const to = this.#known(action.to.region, action.to.page);
        const targets = this.pagesOf(space, to, count);
        if (targets === undefined || !allowsFill(action.op, pages, targets)) return false;
        this.#cut(space, to, count);
        for (const [i, target] of targets.entries()) this.#fill(action.op, pages[i] as Page, target);
        return true;
      }
      case 'mprotect':
        this.#cut(space, first, count);
        for (const page of pages) page.prot = action.prot;
        return true;
      case 'mlock':
      case 'munlock': {
        const locked = action.op === 'mlock';
        if (locked && (!pages.every(isReadable) || this.#lockedPages(space) + count > LOCKED_MAX)) return false;
        this.#cut(space, first, count);
        for (const page of pages) Object.assign(page, locked ? { locked, touched: true } : { locked });
        return true;
      }
      case 'madvise':
        if (!allowsAdvice(action.advice, pages)) return false;
        this.#advise(space, first, pages, action.advice);
        return true;
      case 'mremap':
        return this.#move(space, first, pages, action);
    }
  }

  #lockedPages(space: Space): number {
    return [...space.values()].filter((page) => page.locked).length;
  }

  #fill(op: 'uffd-move' | 'uffd-copy', from: Page, target: Page): void {
    const present = op === 'uffd-copy' || from.present;
    Object.assign(target, { own: op === 'uffd-copy' ? ++this.#numbers : from.own, present });
    Object.assign(target, { touched: true, exclusive: true, freed: false });
    if (op === 'uffd-copy') from.touched = true;
    else Object.assign(from, { own: 0, present: false, exclusive: false });
    target.lazy = op === 'uffd-move' && from.lazy;
  }

  #born(name: string, parent: Process, op: 'fork' | 'vfork', child: string): boolean {
    if (this.#processes.size >= PROCESSES_MAX || this.#processes.has(child)) return false;
    this.born = Math.max(this.born, Number(child.replace(/^C/, '')) || 0);
    if (op === 'vfork') {
      this.#processes.set(child, { space: parent.space });
      parent.waitsFor = child;
      return true;
    }
    const space: Space = new Map();
    for (const [key, page] of parent.space) {
      if (page.dontFork) continue;
      page.exclusive = false;
      const copy = { ...page, locked: false };
      // Entries of file pages are not copied: the child faults them in.
      if (page.own === 0) copy.present = false;
      if (page.wipeOnFork) Object.assign(copy, { own: 0, present: false, touched: false, freed: false });
      space.set(key, copy);
    }
    this.#processes.set(child, { space });
    return name !== child;
  }

  /** A vfork child's parent goes on. */
  #resume(child: string): void {
    for (const process of this.#processes.values()) if (process.waitsFor === child) delete process.waitsFor;
  }

  #map(space: Space, action: Extract<Action, { op: 'mmap' }>): boolean {
    const first = this.key(action.place.region, action.place.page);
    const file = this.files.find(({ name }) => 'name' in action.source && name === action.source.name);
    if (!allowsMap(action, file, (i) => space.has(first + i))) return false;
    this.#unmap(space, first, action.pages);
    const piece = ++this.#numbers;
    const shared = action.share === 'shared';
    const object = file?.name ?? (shared ? `shared ${piece}` : '');
    for (let i = 0; i < action.pages; i++) {
      space.set(first + i, {
        prot: action.prot,
        shared,
        source: action.source.kind,
        object,
        objectPage: action.offset + i,
        objectPages: file?.pages ?? action.offset + action.pages,
        piece,
        own: 0,
        present: false,
        touched: action.flags.includes('populate'),
        exclusive: false,
        freed: false,
        lazy: false,
        locked: false,
        dontFork: false,
        wipeOnFork: false,
        mergeable: false,
        huge: false,
      });
    }
    return true;
  }

  #unmap(space: Space, first: number, count: number): void {
    this.#cut(space, first, count);
    for (let key = first; key < first + count; key++) space.delete(key);
  }

  /** What lies in the range, and what lies behind it, is no longer of one piece with what lies before. */
  #cut(space: Space, first: number, count: number): void {
    const fresh = (from: number, end: number): void => {
      for (let key = from; key < end; ) {
        const old = space.get(key)?.piece;
        const piece = ++this.#numbers;
        do {
          const page = space.get(key);
          if (page !== undefined) page.piece = piece;
          key++;
        } while (key < end && space.get(key)?.piece === old);
      }
    };
    const last = space.get(first + count - 1);
    let end = first + count;
    while (last !== undefined && space.get(end)?.piece === last.piece) end++;
    fresh(first + count, end);
    fresh(first, first + count);
  }

  #access(space: Space, action: Extract<Action, { op: 'write' | 'read' }>): boolean {
    const pages = this.#listed(space, action.region, action.pages);
    if (pages === undefined || !pages.every(action.op === 'write' ? isWritable : isReadable)) return false;
    for (const page of pages) {
      page.touched = true;
      if (action.op === 'write' && !page.shared)
        Object.assign(page, { own: ++this.#numbers, present: true, exclusive: true, freed: false });
      else if (page.own !== 0 || page.object !== '') page.present = !page.freed;
    }
    return true;
  }

  #listed(space: Space, region: string, ranges: readonly PageRange[]): Page[] | undefined {
    const all: Page[] = [];
    for (const { first, count } of ranges) {
      const pages = this.pagesOf(space, this.#known(region, first), count);
      if (pages === undefined) return undefined;
      all.push(...pages);
    }
    return all;
  }

  #folios(space: Space, action: Extract<Action, { pages: PageRange[] }>): boolean {
    const { op } = action;
    if (op === 'write' || op === 'read') return false;
    const pages = this.#listed(space, action.region, action.pages);
    const everywhere = this.spaces().flatMap((one) => [...one.values()]);
    if (pages === undefined || !allowsFolioStep(op, pages, everywhere)) return false;
    if (op === 'reclaim' || op === 'swapout') this.#gone(pages);
    return true;
  }

  /** The folios of some pages are unmapped wherever they are. */
  #gone(pages: readonly Page[]): void {
    const own = new Set(pages.map((page) => page.own).filter((number) => number !== 0));
    const objects = new Set(pages.filter((page) => page.own === 0).map(objectPageOf));
    const large = pages.some(({ huge }) => huge);
    const merged = this.#ksmRan && pages.some(({ mergeable }) => mergeable);
    for (const space of this.spaces()) {
      for (const page of space.values()) {
        const same = page.own !== 0 ? own.has(page.own) : objects.has(objectPageOf(page));
        if (same || (large && page.huge) || (merged && page.mergeable)) page.present = false;
      }
    }
  }

  /** MADV_FREE marks the folio, whoever else maps it. */
  #lazy(pages: readonly Page[]): void {
    const own = new Set(pages.map((page) => page.own));
    for (const space of this.spaces())
      for (const page of space.values()) if (page.own !== 0 && own.has(page.own)) page.lazy = true;
    for (const page of pages) page.lazy = true;
  }

  #advise(space: Space, first: number, pages: Page[], advice: string): void {
    const set = (change: Partial<Page>): void => {
      this.#cut(space, first, pages.length);
      for (const page of pages) Object.assign(page, change);
    };
    switch (advice) {
      case 'dontneed':
        for (const page of pages)
          Object.assign(page, {
            own: 0,
            present: false,
            touched: page.shared,
            exclusive: false,
            freed: false,
            lazy: false,
          });
        return;
      case 'free':
        this.#lazy(pages);
        for (const page of pages) Object.assign(page, { present: false, freed: page.own !== 0 || page.freed });
        return;
      case 'pageout':
        this.#gone(pages);
        return;
      case 'populate-read':
      case 'populate-write':
        for (const page of pages) page.touched = true;
        return;
      case 'dontfork':
      case 'dofork':
        set({ dontFork: advice === 'dontfork' });
        return;
      case 'wipeonfork':
      case 'keeponfork':
        set({ wipeOnFork: advice === 'wipeonfork' });
        return;
      case 'mergeable':
      case 'unmergeable':
        // Merged pages stay merged, or are copied: neither is the process's alone for certain.
        set({ mergeable: advice === 'mergeable', exclusive: false });
        return;
      case 'hugepage':
        set({ huge: true });
        return;
      case 'cold':
        return;
      default:
        set({}); // dontdump, random, ...: bits of the VMA only
    }
  }

  #move(space: Space, first: number, pages: Page[], action: Extract<Action, { op: 'mremap' }>): boolean {
    const size = action.pages ?? pages.length;
    const to = action.to === undefined ? first : this.key(action.to.region, action.to.page);
    if (!allowsMove(action, pages, { first, to, size, free: (key) => !space.has(key) })) return false;
    if (action.to === undefined) {
      const last = pages.at(-1) as Page;
      if (size < pages.length) this.#unmap(space, first + size, pages.length - size);
      for (let i = pages.length; i < size; i++) space.set(first + i, emptied(last, i - pages.length + 1));
      return true;
    }
    this.#cut(space, first, pages.length);
    const moved = pages.slice(0, size).map((page) => ({ ...page }));
    this.#unmap(space, to, size);
    if (action.dontunmap) for (const page of pages) Object.assign(page, EMPTY);
    else this.#unmap(space, first, pages.length);
    const piece = ++this.#numbers;
    const last = pages[pages.length - 1] as Page;
    for (let i = 0; i < size; i++) space.set(to + i, { ...(moved[i] ?? emptied(last, i - pages.length + 1)), piece });
    return true;
  }

  #scanned(): void {
    this.#ksmRan = true;
    for (const space of this.spaces()) for (const page of space.values()) if (page.mergeable) page.exclusive = false;
  }
}

type Ranged = Extract<
  Action,
  { op: 'munmap' | 'mlock' | 'munlock' | 'mprotect' | 'madvise' | 'mremap' | 'uffd-move' | 'uffd-copy' }
>;

const EMPTY = { own: 0, present: false, touched: false, exclusive: false, freed: false, lazy: false } as const;

/** A page of the same mapping, so many further on, that nothing was done to. */
function emptied(page: Page, further: number): Page {
  return { ...page, ...EMPTY, objectPage: page.objectPage + further };
}

function objectPageOf(page: Page): string {
  return `${page.object} ${page.objectPage}`;
}
