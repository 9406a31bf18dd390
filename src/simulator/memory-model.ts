// SPDX-License-Identifier: GPL-2.0-or-later
// What each process must find in its memory, by the documented meaning of the system calls alone.
// Comes in: the steps that succeeded. Goes out: which pages exist, with which rights, and what each must read.
// It knows nothing of VMAs or folios: one slot per page. Page numbers here are virtual: address / 4096.
import { PAGE_SIZE } from './limits.ts';

/** What a mapping shows until it is written: a file's pages, or zeroes shared by all who map the object. */
export interface Backing {
  kind: 'ext4' | 'tmpfs' | 'shared-anon';
  /** Pages behind which an access is SIGBUS. */
  pages: number;
  /** Contents not written yet, by page. */
  initial: (page: number) => number;
  written: Map<number, number>;
}

/** One page of one address space. */
export interface Slot {
  prot: number;
  shared: boolean;
  /** Undefined for anonymous private memory, /dev/zero included. */
  backing: Backing | undefined;
  backingPage: number;
  /** A private page's own contents, once written. */
  own: number | undefined;
  /** After MADV_FREE the page may read as written or as its backing. */
  mayBeFreed: boolean;
  /** Its memory failed: an access is SIGBUS until the page is dropped. */
  poisoned: boolean;
  /** MADV_GUARD_INSTALL: an access is SIGSEGV, and there is nothing in it. */
  guarded: boolean;
  growsdown: boolean;
  wipeOnFork: boolean;
  dontFork: boolean;
}

const PROT_READ = 1;
const PROT_WRITE = 2;
/** The kernel keeps this many pages free below a growing stack (stack_guard_gap's default). */
const STACK_GUARD_PAGES = 256;

/** Tells the contents that a page may have, or why it cannot be read. */
export type Expectation = { values: number[] } | { errno: number };
const EFAULT: Expectation = { errno: 14 };

/** A page without contents of its own. */
export const EMPTY = { own: undefined, mayBeFreed: false, poisoned: false, guarded: false } as const;

/** One address space. */
export class Space {
  readonly slots = new Map<number, Slot>();
  /** What brk() moves the end of: its first page and its size; undefined before the first call. */
  heap: { first: number; pages: number } | undefined;

  /** The same contents, from here on its own. backing: the copy of what a mapping shows. */
  clone(backing: (of: Backing) => Backing): Space {
    const copy = new Space();
    copy.heap = this.heap && { ...this.heap };
    for (const [page, slot] of this.slots)
      copy.slots.set(page, { ...slot, backing: slot.backing && backing(slot.backing) });
    return copy;
  }

  map(first: number, count: number, slot: Omit<Slot, keyof typeof EMPTY | 'wipeOnFork' | 'dontFork'>): void {
    for (let i = 0; i < count; i++) {
      this.slots.set(first + i, {
        ...slot,
        backingPage: slot.backingPage + i,
        ...EMPTY,
        wipeOnFork: false,
        dontFork: false,
      });
    }
  }

  unmap(first: number, count: number): void {
    for (let i = 0; i < count; i++) this.slots.delete(first + i);
  }

  /** brk(): the heap that starts at a page has a new size. */
  brk(first: number, pages: number): void {
    const old = this.heap?.pages ?? 0;
    this.heap = { first, pages };
    if (pages < old) this.unmap(first + pages, old - pages);
    else
      this.map(first + old, pages - old, {
        prot: PROT_READ | PROT_WRITE,
        shared: false,
        backing: undefined,
        backingPage: 0,
        growsdown: false,
      });
  }

  /** Calls back for each existing page of a range. */
  each(first: number, count: number, change: (slot: Slot) => void): void {
    for (let i = 0; i < count; i++) {
      const slot = this.slots.get(first + i);
      if (slot !== undefined) change(slot);
    }
  }

  /** mremap(): moves, grows or shrinks. With `keep` (MREMAP_DONTUNMAP) the old pages stay, without their contents. */
  move(first: number, count: number, to: number, pages: number, keep: boolean): void {
    const moved: Slot[] = [];
    for (let i = 0; i < Math.min(count, pages); i++) {
      const slot = this.slots.get(first + i);
      if (slot !== undefined) moved.push(slot);
    }
    if (to !== first) this.unmap(to, pages);
    if (keep) {
      for (let i = 0; i < count; i++) {
        const slot = this.slots.get(first + i);
        if (slot !== undefined) this.slots.set(first + i, { ...slot, ...EMPTY });
      }
    } else this.unmap(first, count);
    const last = moved.at(-1);
    for (let i = 0; i < pages; i++) {
      const slot = moved[i] ?? (last && { ...last, backingPage: last.backingPage + i - moved.length + 1, ...EMPTY });
      if (slot !== undefined) this.slots.set(to + i, slot);
    }
  }

  /** UFFDIO_MOVE and UFFDIO_COPY: what the pages hold goes to others; moved pages are empty afterwards. */
  fill(first: number, count: number, to: number, keep: boolean): void {
    for (let i = 0; i < count; i++) {
      const from = this.slots.get(first + i);
      const target = this.slots.get(to + i);
      if (from === undefined || target === undefined) continue;
      const held = contents(from);
      target.own = keep ? ('values' in held ? held.values[0] : undefined) : from.own;
      target.mayBeFreed = false;
      if (!keep) from.own = undefined;
    }
  }

  /** dup_mmap() as documented: contents are shared until written, MADV_DONTFORK and MADV_WIPEONFORK obeyed. */
  fork(): Space {
    const child = new Space();
    child.heap = this.heap && { ...this.heap };
    for (const [page, slot] of this.slots) {
      if (slot.dontFork) continue;
      const copy = { ...slot };
      if (slot.wipeOnFork) {
        Object.assign(copy, EMPTY);
      }
      child.slots.set(page, copy);
    }
    return child;
  }

  /** What a read of the page must give. As on x86, any right but none lets a process read. */
  expected(page: number): Expectation {
    const slot = this.slots.get(page);
    if (slot === undefined || slot.prot === 0) return EFAULT;
    return contents(slot);
  }

  /** What the page holds whatever the rights; undefined where there is no page. */
  contents(page: number): Expectation | undefined {
    const slot = this.slots.get(page);
    return slot && contents(slot);
  }

  /** False if the process may not write there: it gets a signal. */
  mayWrite(page: number): boolean {
    const slot = this.slots.get(page);
    if (slot === undefined || slot.poisoned || slot.guarded || (slot.prot & PROT_WRITE) === 0) return false;
    return slot.backing === undefined || slot.backingPage < slot.backing.pages;
  }

  /** Writes as the process would. False if it may not: memory stays. */
  write(page: number, tag: number): boolean {
    const slot = this.slots.get(page);
    if (slot === undefined || !this.mayWrite(page)) return false;
    if (slot.shared && slot.backing !== undefined) slot.backing.written.set(slot.backingPage, tag);
    else {
      slot.own = tag;
      slot.mayBeFreed = false;
    }
    return true;
  }

  /** The tag of what is written in a private page; undefined where nothing is. */
  written(page: number): number | undefined {
    const slot = this.slots.get(page);
    return slot?.shared === false && !slot.poisoned ? slot.own : undefined;
  }

  /** True for a page that shows what its file holds on disk: whoever drops it can read it again. */
  clean(page: number): boolean {
    const slot = this.slots.get(page);
    const { backing } = slot ?? {};
    return backing?.kind === 'ext4' && slot?.own === undefined && !backing.written.has(slot?.backingPage ?? 0);
  }

  /**
   * The memory that holds a tag fails. Each write has a tag of its own and only a write copies a page, so that equal
   * tags mean one page, as long as neither UFFDIO_COPY nor a collapse has copied it.
   */
  fail(tag: number): void {
    for (const slot of this.slots.values()) if (!slot.shared && slot.own === tag) slot.poisoned = true;
  }

  /** True where a page of a file failed: which of them a fork takes along hangs on the VMA, which is not known here. */
  get filePoisoned(): boolean {
    for (const slot of this.slots.values()) if (slot.poisoned && slot.own === undefined) return true;
    return false;
  }

  /** An access below a MAP_GROWSDOWN mapping extends it. True if pages came into being. */
  grow(page: number): boolean {
    if (this.slots.has(page)) return false;
    let above: number | undefined;
    let below = Number.NEGATIVE_INFINITY;
    for (const other of this.slots.keys()) {
      if (other > page && (above === undefined || other < above)) above = other;
      if (other < page && other > below) below = other;
    }
    const stack = above === undefined ? undefined : this.slots.get(above);
    if (above === undefined || stack === undefined || !stack.growsdown) return false;
    const under = this.slots.get(below);
    if (under !== undefined && !under.growsdown && under.prot !== 0 && page - below - 1 < STACK_GUARD_PAGES)
      return false;
    for (let i = page; i < above; i++) this.slots.set(i, { ...stack, ...EMPTY });
    return true;
  }

  /** madvise(): only what changes contents or their inheritance. */
  advise(first: number, count: number, advice: string): void {
    this.each(first, count, (slot) => {
      switch (advice) {
        case 'dontneed':
          // Guards stay: they are no contents (madvise(2), MADV_GUARD_INSTALL).
          Object.assign(slot, EMPTY, { guarded: slot.guarded });
          break;
        case 'guard-install':
        case 'guard-remove':
          if (advice === 'guard-install') Object.assign(slot, EMPTY, { guarded: true });
          else slot.guarded = false;
          break;
        case 'free':
          // The entry of failed memory is dropped at once (madvise_free_pte_range()).
          if (slot.poisoned) Object.assign(slot, EMPTY);
          else if (slot.backing === undefined) slot.mayBeFreed = true;
          break;
        case 'remove':
          slot.backing?.written.set(slot.backingPage, 0);
          break;
        case 'dontfork':
        case 'dofork':
          slot.dontFork = advice === 'dontfork';
          break;
        case 'wipeonfork':
        case 'keeponfork':
          slot.wipeOnFork = advice === 'wipeonfork';
          break;
        default:
          break;
      }
    });
  }
}

function contents(slot: Slot): Expectation {
  const { backing } = slot;
  if (slot.poisoned || slot.guarded || (backing !== undefined && slot.backingPage >= backing.pages)) return EFAULT;
  const shown =
    backing === undefined ? 0 : (backing.written.get(slot.backingPage) ?? backing.initial(slot.backingPage));
  if (slot.own === undefined) return { values: [shown] };
  return { values: slot.mayBeFreed ? [slot.own, shown] : [slot.own] };
}

/** Virtual page number of an address. */
export function pageOf(address: number): number {
  return Math.floor(address / PAGE_SIZE);
}
