// SPDX-License-Identifier: GPL-2.0-or-later
// In which order the kernel says that locks of mm are taken: facts of our own form, each with the comment of the tree that
// says so. Names are lockdep's, "*" standing for any text; a subclass ("/1") follows its class. Part of the program, as
// the workers that judge may read no files.

/** Answers who says that `first` is taken before `second`, by lockdep's names; undefined: nobody. */
export type DocumentedOrder = (first: string, second: string) => string | undefined;

type Lock = keyof typeof NAMES;

const NAMES = {
  inode: ['&inode->i_rwsem', '&sb->s_type->i_mutex_key*'],
  mmap: ['&mm->mmap_lock'],
  invalidate: ['&mapping->invalidate_lock', 'mapping.invalidate_lock'],
  vma: ['vm_lock', '&vma->vm_lock->lock', '&vm_lock->lock'],
  fileRmap: ['&mapping->i_mmap_rwsem'],
  anonRmap: ['&anon_vma->rwsem'],
  pageTable: ['&mm->page_table_lock', 'ptlock_ptr(*)'],
  swap: ['&si->lock', '&p->lock', '&ci->lock', '&cluster_info[i].lock'],
  private: ['&mapping->private_lock', '&mapping->i_private_lock'],
  pages: ['&xa->xa_lock*'],
  lru: ['&lruvec->lru_lock'],
  reclaim: ['fs_reclaim'],
} satisfies Record<string, string[]>;

/** Each lock is taken before those after it, directly or with others between. */
const CHAINS: { order: Lock[]; said: string }[] = [
  {
    order: ['inode', 'mmap', 'invalidate', 'fileRmap', 'anonRmap', 'pageTable', 'swap', 'private', 'pages', 'lru'],
    said: 'mm/rmap.c, Lock ordering in mm',
  },
  // Under a VMA's own lock held for reading a fault takes all that follows, invalidate_lock too: it is only tried for, so
  // it stands outside. The comment's vma_start_write() waits under mmap_lock and before the trees.
  { order: ['mmap', 'vma', 'fileRmap'], said: 'mm/rmap.c, Lock ordering in mm (vma_start_write)' },
  { order: ['inode', 'invalidate', 'fileRmap'], said: 'mm/filemap.c, Lock ordering' },
  { order: ['mmap', 'fileRmap', 'pageTable', 'pages'], said: 'mm/filemap.c, Lock ordering' },
  {
    // mm/vmscan.c shrink_folio_list() unmaps by mm/rmap.c try_to_unmap(): an allocation that may reclaim counts as
    // taking fs_reclaim (mm/page_alloc.c fs_reclaim_acquire()).
    order: ['reclaim', 'fileRmap', 'anonRmap'],
    said: 'reclaim unmaps folios through both trees, mm/vmscan.c shrink_folio_list()',
  },
];

/** The documented order as a question that can be asked. */
export function documentedOrder(): DocumentedOrder {
  const patterns = Object.entries(NAMES).map(([id, names]) => ({ id, matches: names.map(pattern) }));
  const said = new Map<string, string>();
  for (const { order, said: who } of CHAINS) {
    order.forEach((before, i) => {
      for (const after of order.slice(i + 1)) if (!said.has(`${before} ${after}`)) said.set(`${before} ${after}`, who);
    });
  }
  const idOf = (name: string) => {
    const plain = name.replace(/\/\d+$/, '');
    return patterns.find(({ matches }) => matches.some((match) => match.test(plain)))?.id;
  };
  return (first, second) => said.get(`${idOf(first)} ${idOf(second)}`);
}

function pattern(name: string): RegExp {
  const parts = name.split('*').map((part) => part.replace(/[^\w\s]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
