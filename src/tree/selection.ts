// SPDX-License-Identifier: GPL-2.0-or-later
// Which files of a kernel are materialised when it is fetched: what mm/ compiles from and what Kconfig needs.
// Everything else is in the entry's list of files and comes when a patch names it.

const FOLDERS = [
  'arch/x86/',
  'block/',
  'crypto/',
  'fs/hugetlbfs/',
  'fs/iomap/',
  'fs/kernfs/',
  'fs/notify/',
  'fs/proc/',
  'fs/ramfs/',
  'fs/sysfs/',
  'include/',
  'init/',
  'io_uring/',
  'ipc/',
  'kernel/',
  'lib/',
  'mm/',
  'scripts/',
  'security/',
  'tools/include/',
  'tools/lib/',
  'tools/testing/radix-tree/',
  'tools/testing/shared/',
  'tools/testing/vma/',
  'usr/',
  'virt/',
];
/** Files elsewhere that the machine compiles (simulations/machine/wrappers). */
export const WRAPPED: readonly string[] = ['drivers/char/mem.c'];
const TOP = ['Kbuild', 'Kconfig', 'Makefile', 'MAINTAINERS', 'COPYING', '.clang-format'];
/** Test data and tables under those folders that nothing of ours reads. */
const LEFT_OUT = /^(tools\/lib\/(bpf|perf|python)\/|scripts\/(dtc|kconfig\/tests|coccinelle)\/|lib\/raid6\/test\/)/;

/** Whether a path belongs to the part of the tree that is always there. */
export function isSelected(path: string): boolean {
  if (!path.includes('/')) return TOP.includes(path);
  if (WRAPPED.includes(path)) return true;
  if (/(^|\/)Kconfig[^/]*$/.test(path)) return true;
  if (path.startsWith('fs/') && !path.slice(3).includes('/')) return true;
  return FOLDERS.some((folder) => path.startsWith(folder)) && !LEFT_OUT.test(path);
}
