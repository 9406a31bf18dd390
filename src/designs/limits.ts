// SPDX-License-Identifier: GPL-2.0-or-later
// Limits of the laboratory, each with its reason.

export const LIMITS = {
  /** VMAs of one address space: the kernel's default is 65,530 (sysctl_max_map_count); a laboratory asks what more
   *  would cost. */
  spaceVmas: 4_000_000,
  /** VMAs of all address spaces: at 200 bytes of columns each, 2 GB. */
  vmas: 8_000_000,
  /** Page frames: what fits beside six flag bits into a 32-bit page-table entry. */
  frames: 2 ** 26 - 1,
} as const;

/** Pages of a page table, and of a huge page on x86-64. */
export const TABLE_PAGES = 512;
export const HUGE_ORDER = 9;
/** Pages of the folios that `hugepages-64k` allows. */
export const MEDIUM_ORDER = 4;
/** Pages that the kernel keeps free below a growing stack (stack_guard_gap's default). */
export const STACK_GUARD_PAGES = 256;
