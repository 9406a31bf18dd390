// SPDX-License-Identifier: GPL-2.0-or-later
// lock-order, lock-context, lock-missing: judged from what the models of locks write down while a step runs
// (src/simulator/locks), not from the world after it. In images of the configuration `check` only.
import type { Invariant } from './values.ts';

export const lockOrder: Invariant = {
  id: 'lock-order',
  statement:
    'Classes of locks are taken in the documented order, and in no order that leads in a circle; two of one class only where the code says how they nest.',
  exceptions: [
    'A trylock waits for nothing, so nothing is said to come before it (mm/rmap.c: folio_lock_anon_vma_read() and others try first).',
    'Subclasses (SINGLE_DEPTH_NESTING) are classes of their own: dup_mmap() locks the mm of the child under that of the parent, move_ptes() the page table of the new place under that of the old.',
    'Two of one class under a lock that keeps all others away (down_write_nest_lock(): mm_take_all_locks()).',
    'Readers of a lock that the same reader may take again: RCU, SRCU, rwlocks.',
  ],
};

export const lockContext: Invariant = {
  id: 'lock-context',
  statement:
    'Nothing sleeps, or allocates memory in a way that may sleep, under a spinlock, in a read-side section of RCU or with pre-emption off.',
  exceptions: [
    'cond_resched_lock() and cond_resched_rcu() let go of what they are told of.',
    'The rwsems of anon_vmas and i_mmap are sleeping locks: under them only reclaiming allocations are wrong, which lock-order tells (fs_reclaim).',
  ],
};

export const lockMissing: Invariant = {
  id: 'lock-missing',
  statement:
    "The interval tree of an anon_vma is changed with its root's rwsem held for writing and walked with it held; a file's i_mmap likewise under i_mmap_rwsem.",
  exceptions: [],
};
