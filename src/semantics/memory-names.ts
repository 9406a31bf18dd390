// SPDX-License-Identifier: GPL-2.0-or-later
// What a call does to memory, told from its name: which cache it takes from or gives to.

/** Wrappers around one slab cache that files other than their own call. mm/vma_init.c, kernel/fork.c, mm/rmap.c. */
const WRAPPERS: Readonly<Record<string, readonly ['allocates' | 'frees', string]>> = {
  vm_area_alloc: ['allocates', 'vm_area_cachep'],
  vm_area_dup: ['allocates', 'vm_area_cachep'],
  vm_area_free: ['frees', 'vm_area_cachep'],
  __vm_area_free: ['frees', 'vm_area_cachep'],
  put_anon_vma: ['frees', 'anon_vma_cachep'],
  __put_anon_vma: ['frees', 'anon_vma_cachep'],
  anon_vma_prepare: ['allocates', 'anon_vma_cachep'],
  __anon_vma_prepare: ['allocates', 'anon_vma_cachep'],
  allocate_mm: ['allocates', 'mm_cachep'],
  mm_alloc: ['allocates', 'mm_cachep'],
  free_mm: ['frees', 'mm_cachep'],
};

const CACHE_CALL = /^kmem_cache_(alloc|zalloc|free)(?:_|$)/;
const KMALLOC = /^kv?(?:[mz]alloc|calloc|realloc|memdup)(?:_|$)/;
const KFREE = /^kv?free(?:_|$)/;
const PAGES =
  /^(?:__)?(?:alloc_pages?|folio_alloc|vma_alloc_(?:zeroed_|anon_)?(?:movable_)?folio|get_free_pages?|alloc_frozen_pages)/;
const FREE_PAGES = /^(?:__)?(?:free_pages?|free_frozen_pages|free_unref_(?:page|folio)s?)(?:_|$)/;

export interface MemoryCall {
  does: 'allocates' | 'frees';
  /** Undefined where it is the call's first argument. */
  cache?: string;
}

/** Undefined for a call that neither allocates nor frees by what its name says. */
export function memoryCall(name: string): MemoryCall | undefined {
  const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  if (wrapper) return { does: wrapper[0], cache: wrapper[1] };
  const slab = CACHE_CALL.exec(name);
  if (slab) return { does: slab[1] === 'free' ? 'frees' : 'allocates' };
  if (KMALLOC.test(name)) return { does: 'allocates', cache: 'kmalloc' };
  if (KFREE.test(name)) return { does: 'frees', cache: 'kmalloc' };
  if (PAGES.test(name)) return { does: 'allocates', cache: 'pages' };
  return FREE_PAGES.test(name) ? { does: 'frees', cache: 'pages' } : undefined;
}

/** Calls that write through a pointer to a field that they are given: include/linux/{atomic,list,rbtree,rcupdate}.h. */
export const writesThrough = (name: string): boolean =>
  /^(?:WRITE_ONCE|rcu_assign_pointer|RCU_INIT_POINTER|smp_store_\w+|xchg|cmpxchg|try_cmpxchg|swap|swp|init_\w+|INIT_\w+)$/.test(
    name,
  ) ||
  /^(?:raw_)?atomic(?:64|_long)?_(?!read)\w+$|^refcount_(?!read)\w+$/.test(name) ||
  /^h?list_(?:add|del|move|splice|replace|rotate|cut|swap)\w*$|^rb_(?:insert|erase|replace|link)\w*$/.test(name) ||
  /^(?:__)?(?:set|clear|change|test_and_\w+)_bit\w*$|^mem(?:set|cpy|move)$|^percpu_counter_(?!read|sum)\w+$/.test(name);
