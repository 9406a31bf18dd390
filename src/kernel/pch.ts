// SPDX-License-Identifier: GPL-2.0-or-later
// The precompiled header: the heavy headers that nearly every unit of mm/ reads anyway.
import type { UnitOptions } from './flags.ts';
import type { Sources } from './vfs.ts';

const HEADERS = [
  'linux/mm.h',
  'linux/sched/mm.h',
  'linux/sched/signal.h',
  'linux/fs.h',
  'linux/pagemap.h',
  'linux/rmap.h',
  'linux/swap.h',
  'linux/swapops.h',
  'linux/slab.h',
  'linux/hugetlb.h',
  'linux/memcontrol.h',
  'linux/mmu_notifier.h',
  'linux/mempolicy.h',
  'linux/syscalls.h',
];

/** The text of the header for a tree: only headers that it has. */
export function pchHeader(sources: Sources): string {
  const lines = HEADERS.filter((header) => sources.lookup(`include/${header}`)?.kind === 'file');
  return lines.map((header) => `#include <${header}>\n`).join('');
}

/**
 * Units share a precompiled header only where all their options that it depends on are equal. The result names the
 * variant and is part of a file name; "" is the usual one.
 */
export function pchVariant(options: UnitOptions): string {
  const parts = [options.machine ? 'm' : '', options.optimise === 0 ? '' : `O${options.optimise}`];
  const defines = options.defines.map((define) => define.replace(/\W/g, '-')).join('+');
  return [...parts, options.instrument ? '' : 'n', defines].filter((part) => part !== '').join('.');
}
