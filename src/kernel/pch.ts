// SPDX-License-Identifier: GPL-2.0-or-later
// The precompiled header: the heavy headers that nearly every unit of mm/ reads anyway.
import type { UnitOptions } from './flags.ts';
import { GENERATED, type Sources } from './vfs.ts';

/** The header that is precompiled, among the generated files. */
export const PCH_HEADER = `${GENERATED}/pch.h`;

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
 * Models are compiled at -O1 on the header of -O0: its parser saw no __OPTIMIZE__, which changes how the headers check
 * constants and nothing else. A header of their own would take longer than they do.
 */
const levelOf = ({ optimise }: UnitOptions): 0 | 2 => (optimise === 2 ? 2 : 0);

/**
 * Units share a precompiled header where the options that its content depends on are equal: the optimisation level (a
 * macro tells it) and extra macros. The result names the variant and is part of a file name.
 */
export function pchVariant(options: UnitOptions): string {
  const defines = options.defines.map((define) => `-${define.replace(/\W/g, '-')}`).join('');
  return `.O${levelOf(options)}${defines}`;
}

/** Whether a unit's own level is another than its precompiled header's, so that the compiler must not mind. */
export function pchOfOtherLevel(options: UnitOptions): boolean {
  return options.optimise !== levelOf(options);
}

/** The options a variant's header is made with. */
export function pchOptions(options: UnitOptions): UnitOptions {
  return { ...options, optimise: levelOf(options), instrument: false, machine: false, pch: false };
}
