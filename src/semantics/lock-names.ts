// SPDX-License-Identifier: GPL-2.0-or-later
// What a call does to a lock, told from its name as the kernel forms such names: STEM_lock_MODE, STEM_trylock,
// MODE_unlock_STEM, assert_STEM_locked. Names that follow no form are listed.

import type { LockFact } from './values.ts';

type Does = LockFact['does'];

/** Primitives: the lock is their first argument. include/linux/{spinlock,mutex,rwsem,rwlock,lockdep,xarray}.h. */
const PRIMITIVE =
  /^_*(?:(?:raw_)?spin|assert_(?:raw_)?spin|local|mutex|read|write|xa|bit_spin|rwsem|down|up|lockdep|seqcount|read_seqlock|write_seqlock)_/;
const PRIMITIVE_DOES: readonly [RegExp, Does, string][] = [
  [/^lockdep_assert_held_write|^rwsem_assert_held_write/, 'asserts', 'write'],
  [/^lockdep_assert_held_read/, 'asserts', 'read'],
  [/^lockdep_assert_held|^rwsem_assert_held|^assert_/, 'asserts', ''],
  [/^down_(?:read|write)_trylock/, 'tries', ''],
  [/^down_read/, 'takes', 'read'],
  [/^down_write/, 'takes', 'write'],
  [/^up_read/, 'drops', 'read'],
  [/^up_write/, 'drops', 'write'],
  [/^read_lock/, 'takes', 'read'],
  [/^read_unlock/, 'drops', 'read'],
  [/^write_lock/, 'takes', 'write'],
  [/^write_unlock/, 'drops', 'write'],
  [/_trylock/, 'tries', ''],
  [/_unlock/, 'drops', ''],
  [/_lock/, 'takes', ''],
];

/** Names without the form; the kernel's own definitions are in mm/rmap.c, mm/memory.c, include/linux/mm*.h. */
const IRREGULAR: Readonly<Record<string, readonly [string, Does]>> = {
  folio_lock_anon_vma_read: ['anon_vma (read)', 'takes'],
  page_lock_anon_vma_read: ['anon_vma (read)', 'takes'],
  page_unlock_anon_vma_read: ['anon_vma (read)', 'drops'],
  rmap_walk_anon_lock: ['anon_vma (read)', 'takes'],
  vma_start_read: ['vma (read)', 'tries'],
  vma_start_read_locked: ['vma (read)', 'takes'],
  vma_end_read: ['vma (read)', 'drops'],
  lock_vma_under_rcu: ['vma (read)', 'tries'],
  vma_start_write: ['vma (write)', 'takes'],
  vma_start_write_killable: ['vma (write)', 'takes'],
  vma_end_write_all: ['vma (write)', 'drops'],
  mmap_write_downgrade: ['mmap (write)', 'drops'],
  mm_take_all_locks: ['every lock of the mm', 'takes'],
  mm_drop_all_locks: ['every lock of the mm', 'drops'],
  take_rmap_locks: ['rmap locks of the VMA (write)', 'takes'],
  drop_rmap_locks: ['rmap locks of the VMA (write)', 'drops'],
  pte_offset_map_lock: ['page table', 'takes'],
  pte_offset_map_rw_nolock: ['page table', 'tries'],
  get_locked_pte: ['page table', 'takes'],
  pte_unmap_unlock: ['page table', 'drops'],
  pte_alloc_map_lock: ['page table', 'takes'],
  pmd_trans_huge_lock: ['page table', 'tries'],
  pud_trans_huge_lock: ['page table', 'tries'],
  __pmd_trans_huge_lock: ['page table', 'tries'],
  __pud_trans_huge_lock: ['page table', 'tries'],
  pmd_lock: ['page table', 'takes'],
  pud_lock: ['page table', 'takes'],
  huge_pte_lock: ['page table', 'takes'],
  folio_lruvec_lock: ['lruvec', 'takes'],
  folio_lruvec_lock_irq: ['lruvec', 'takes'],
  folio_lruvec_lock_irqsave: ['lruvec', 'takes'],
  maybe_unlock_mmap_for_io: ['mmap (read)', 'drops'],
  lock_folio_maybe_drop_mmap: ['folio', 'tries'],
  page_vma_mapped_walk: ['page table', 'takes'],
  page_vma_mapped_walk_done: ['page table', 'drops'],
};

const VERBS: Readonly<Record<string, Does>> = { lock: 'takes', unlock: 'drops', trylock: 'tries' };
const MODES = new Set(['read', 'write']);
/** Parts of a name that say how long or with what interrupts, not what. */
const MANNERS = new Set(
  'killable interruptible nested irq irqsave irqrestore bh try fast or retry held root'.split(' '),
);
/** Names of the form that lock nothing: they tell of locks, make them, or are about mlock(). */
const NO_LOCK =
  /mark_dirty_lock|might_lock|lockptr|lockdep_(?!assert)|_is_(?:locked|contended)|_lock_(?:init|class|is|count|limit|flags)|^(?:is|can|user_shm)_|init_lock|nolock$/;

export interface LockCall {
  does: Does;
  /** Name of the lock with its mode; undefined where it is the call's first argument. */
  lock?: string;
  mode: string;
}

/** Undefined for a call that is about no lock. */
export function lockCall(name: string): LockCall | undefined {
  const irregular = Object.hasOwn(IRREGULAR, name) ? IRREGULAR[name] : undefined;
  if (irregular) return { lock: irregular[0], does: irregular[1], mode: '' };
  if (NO_LOCK.test(name) || !/^[a-z_0-9]+$/.test(name)) return undefined;
  if (PRIMITIVE.test(name)) {
    const found = PRIMITIVE_DOES.find(([form]) => form.test(name));
    if (found) return { does: found[1], mode: found[2] };
  }
  const parts = name.replace(/^_+/, '').split('_');
  const asserts = parts.includes('assert') && parts.some((part) => part === 'locked' || part === 'held');
  const verb = asserts ? 'assert' : parts.find((part) => Object.hasOwn(VERBS, part));
  if (verb === undefined) return undefined;
  const mode = parts.find((part) => MODES.has(part)) ?? '';
  const drop = new Set([verb, mode, 'locked', ...MANNERS]);
  const stem = parts.filter((part) => !drop.has(part)).join('_');
  if (stem === '') return undefined;
  return { does: asserts ? 'asserts' : (VERBS[verb] as Does), lock: withMode(stem, mode), mode };
}

/** "anon_vma (write)". */
export const withMode = (lock: string, mode: string): string => (mode === '' ? lock : `${lock} (${mode})`);
