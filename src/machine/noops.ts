// SPDX-License-Identifier: GPL-2.0-or-later
// The no-ops: functions outside the image that do nothing here. Each is a claim that nothing of it can be seen in the
// memory, the reachability or the counters that we judge, and says why. What is not on this list throws by name.

export interface Noop {
  /** What it returns; 0 if not given. */
  returns?: number;
  why: string;
}

const list: Record<string, Noop> = {
  nsproxy_cache_init: { why: 'no namespaces are made' },
  exec_state_init: { why: 'no program is loaded' },
  uprobe_start_dup_mmap: { why: 'nobody sets user probes' },
  uprobe_end_dup_mmap: { why: 'nobody sets user probes' },
  uprobe_dup_mmap: { why: 'nobody sets user probes' },
  uprobe_clear_state: { why: 'nobody sets user probes' },
  uprobe_mmap: { why: 'nobody sets user probes' },
  uprobe_munmap: { why: 'nobody sets user probes' },
  exit_aio: { why: 'no process uses asynchronous I/O' },
  __cpuhp_setup_state: { why: 'CPUs neither come nor go' },
  __register_sysctl_init: { why: 'nobody reads or sets sysctls' },
  futex_mm_init: { why: 'no process uses futexes' },
  futex_hash_free: { why: 'no process uses futexes' },
  futex_hash_allocate_default: { why: 'no process uses futexes' },
  mm_init_cid: { why: 'concurrency ids serve rseq, which nobody uses' },
  __put_user_ns: { why: 'the one user namespace outlives the machine' },
  __srcu_read_lock: { why: 'readers of notifier lists are never waited for: nothing registers a notifier' },
  __srcu_read_unlock: { why: 'readers of notifier lists are never waited for: nothing registers a notifier' },
  mark_rodata_ro: { why: 'memory protections of the kernel itself' },
  blk_start_plug: { why: 'no block device queues requests' },
  blk_finish_plug: { why: 'no block device queues requests' },
  __count_memcg_events: { why: 'memory cgroups are disabled' },
  count_memcg_events: { why: 'memory cgroups are disabled' },
  mem_cgroup_update_lru_size: { why: 'memory cgroups are disabled' },
  __mark_inode_dirty: { why: 'nothing is written back' },
  file_update_time: { why: 'file times are not kept' },
  folio_use_access_time: { why: 'NUMA hints are off' },
  wakeup_flusher_threads: { why: 'nothing is written back' },
  vmpressure: { why: 'nobody listens for memory pressure' },
  drop_nlink: { why: 'links of tmpfs inodes are not counted' },
  __show_mem: { why: 'a report for people' },
  dump_unreclaimable_slab: { why: 'a report for people' },
  fixup_hugetlb_reservations: { why: 'acts on hugetlb mappings only, and there are none' },
  clear_vma_resv_huge_pages: { why: 'acts on hugetlb mappings only, and there are none' },
  __hugetlb_zap_begin: { why: 'acts on hugetlb mappings only, and there are none' },
  __hugetlb_zap_end: { why: 'acts on hugetlb mappings only, and there are none' },
  hugetlb_dup_vma_private: { why: 'acts on hugetlb mappings only, and there are none' },
  path_noexec: { why: 'no file system is mounted noexec' },
  inode_init_owner: { why: 'ownership of files is not judged' },
  simple_inode_init_ts: { why: 'file times are not kept' },
  get_random_u32: { why: 'only generation numbers and hash seeds come from here' },
  simple_xattrs_free: { why: 'no file has extended attributes' },
  simple_xattrs_init: { why: 'no file has extended attributes' },
  inode_add_lru: { why: 'inodes are dropped with their last file' },
  mod_timer: { why: 'nothing is written back' },
  add_timer: { why: 'nothing is written back' },
  inode_sub_bytes: { why: 'block counts of inodes are not judged' },
  inode_add_bytes: { why: 'block counts of inodes are not judged' },
  get_random_u64: { why: 'only generation numbers and hash seeds come from here' },
  inode_lru_list_add: { why: 'inodes are dropped with their last file' },
  inode_set_ctime_current: { why: 'file times are not kept' },
  inode_maybe_inc_iversion: { why: 'file versions are not kept' },
};

export const NOOPS: ReadonlyMap<string, Noop> = new Map(Object.entries(list));
