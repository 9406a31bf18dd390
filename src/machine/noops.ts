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
};

export const NOOPS: ReadonlyMap<string, Noop> = new Map(Object.entries(list));
