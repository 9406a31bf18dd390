// SPDX-License-Identifier: GPL-2.0-or-later
// What a machine counts beside its work: objects handed out, locks, the cost of walks. In: its module and its view.
// Out: plain numbers, each exact and the same in every run. "Blocks" are basic blocks of the tree's own code: the
// machine's unit of work, as it has no clock.
import type { StructLayout } from '../kernel/values.ts';
import type { Module } from './module.ts';
import type { LockMode, LockUse, Meter, Task, WalkCost } from './values.ts';
import type { View } from './view.ts';

const MODES: readonly LockMode[] = ['spin', 'read', 'write', 'mutex'];
const ROW_WORDS = 6;
const STRUCT_PAGE = 0xffff;
const MM_PGTABLES = 7;

/** A slab cache's number in the module, its name and the bytes of its objects. */
type Caches = () => readonly { index: number; name: string; size: number }[];

export class SimMeter implements Meter {
  readonly #module: Module;
  readonly #view: View;
  readonly #layouts: Record<string, StructLayout>;
  readonly #caches: Caches;

  readonly #fuel: () => number;

  /** caches: those of now; fuel: what each operation begins with. */
  constructor(
    module: Module,
    view: View,
    layouts: Record<string, StructLayout>,
    { caches, fuel }: { caches: Caches; fuel: () => number },
  ) {
    this.#fuel = fuel;
    this.#module = module;
    this.#view = view;
    this.#layouts = layouts;
    this.#caches = caches;
  }

  allocated(): Map<string, number> {
    return this.#perCache('sim_cache_allocated');
  }

  freed(): Map<string, number> {
    return this.#perCache('sim_cache_freed');
  }

  #perCache(counter: string): Map<string, number> {
    const all = this.#caches().map(({ index, name }) => [name, this.#module.callMixed(counter, [index])] as const);
    return new Map(all);
  }

  faults(): number {
    return this.#module.call('sim_faults');
  }

  copies(): number {
    return this.#module.call('sim_copies');
  }

  watchLocks(on: boolean): void {
    this.#module.callMixed('sim_lock_profile', [on ? 1 : 0]);
  }

  locks(): LockUse[] {
    const words = this.#view.list('sim_lock_uses');
    const found: LockUse[] = [];
    for (let i = 0; i < words.length; i += ROW_WORDS) {
      const [lock = 0, mode = 0, taken = 0, blocks = 0, longest = 0, nodes = 0] = words.slice(i, i + ROW_WORDS);
      found.push({ lock: this.#className(lock), mode: MODES[mode - 1] ?? 'spin', taken, blocks, longest, nodes });
    }
    return merged(found).sort((a, b) => (a.lock === b.lock ? order(a, b) : a.lock < b.lock ? -1 : 1));
  }

  walk(pfn: number): WalkCost {
    const before = this.#module.callMixed('sim_fuel_left', []);
    const visits = this.#view.visits(pfn);
    return { visits, blocks: before - this.#module.callMixed('sim_fuel_left', []) };
  }

  userFrames(): number[] {
    return this.#view.folioFrames();
  }

  pageTableBytes(task: Task): number {
    return this.#view.mmWord(this.#module.callMixed('sim_mm', [task]), MM_PGTABLES);
  }

  spentBlocks(): number {
    return this.#module.callMixed('sim_blocks_spent', []);
  }

  lastBlocks(): number {
    return this.#fuel() - this.#module.callMixed('sim_fuel_left', []);
  }

  /** "anon_vma.rwsem"; a spinlock in struct page is that of a page table. */
  #className(lock: number): string {
    const cache = Math.floor(lock / 0x10000);
    const offset = lock % 0x10000;
    if (cache === 0) return 'static';
    if (cache === STRUCT_PAGE) {
      const ptl = this.#layouts.ptdesc?.members.find(({ name }) => name === 'ptl');
      return ptl?.offset === offset ? 'page table' : `page+${offset}`;
    }
    const { name, size } = this.#caches()[cache - 1] ?? { name: 'object', size: 0 };
    const member = memberAt(this.#layouts[name], offset);
    if (member !== undefined) return `${name}.${member.split('.')[0]}`;
    return this.#inodeLock(size, offset) ?? `${name}+${offset}`;
  }

  /** "inode.i_data.i_mmap_rwsem": the machine's inodes are shmem's, from kmalloc(). */
  #inodeLock(size: number, offset: number): string | undefined {
    const inode = this.#layouts.shmem_inode_info;
    const fits = inode !== undefined && inode.size <= size && 2 * inode.size > size;
    const member = fits ? memberAt(inode, offset) : undefined;
    const found = /^vfs_inode\.(.*?(?:lock|rwsem|sem))(?:\.|$)/.exec(member ?? '');
    return found ? `inode.${found[1]}` : undefined;
  }
}

/** Name of the member at an offset, with the members of members behind points. */
function memberAt(layout: StructLayout | undefined, offset: number): string | undefined {
  return layout?.members.findLast((one) => one.offset <= offset && offset < one.offset + one.size)?.name;
}

const order = (a: LockUse, b: LockUse): number => MODES.indexOf(a.mode) - MODES.indexOf(b.mode);

/** Rows of one name and mode become one: members of a union, locks inside one member. */
function merged(uses: readonly LockUse[]): LockUse[] {
  const byName = new Map<string, LockUse>();
  for (const use of uses) {
    const key = `${use.lock} ${use.mode}`;
    const known = byName.get(key);
    if (known === undefined) byName.set(key, { ...use });
    else {
      known.taken += use.taken;
      known.blocks += use.blocks;
      known.nodes += use.nodes;
      known.longest = Math.max(known.longest, use.longest);
    }
  }
  return [...byName.values()];
}
