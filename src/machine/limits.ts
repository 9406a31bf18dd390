// SPDX-License-Identifier: GPL-2.0-or-later
// Bounds of one machine.

/** Bytes of linear memory at most: the sparse frames' addresses begin here (simulations/machine/sim.h). */
export const MEMORY_BYTES = 4 * 1024 ** 3;

/** Frames below SPARSE_PFN lie in linear memory; user data has the SPARSE_PAGES frames above. As in sim.h. */
export const SPARSE_PFN = 2 ** 20;
export const SPARSE_PAGES = 2 ** 22;

/** Bytes at the start of linear memory that no correct code touches: NULL pointers and the end of the stack. */
export const POISON_BYTES = 64 * 1024;
/** Its content: as a pointer it leads to no memory. */
export const POISON_BYTE = 0xfe;

/** Words of the buffer that the view's functions fill at once. */
export const VIEW_WORDS = 256 * 1024;

/**
 * Basic blocks that one operation may execute unless the scenario says otherwise. The longest step of the standard suite
 * takes 0.6 million; an endless loop is found in a tenth of a second.
 */
export const DEFAULT_FUEL = 10_000_000;

/** Simulated threads at once: the kernel's races that were found need two, some three. As in sim.h. */
export const THREADS_MAX = 4;
/** Of the 1 MiB of stack (src/kernel/link.ts): the machine's own calls, and each thread's. x86-64 has 16 KiB, but -O0
 *  needs about four times as much; reclaim inside a fault, the deepest chain seen, takes 20 KiB. */
export const MAIN_STACK_BYTES = 192 * 1024;
export const THREAD_STACK_BYTES = 192 * 1024;
/** Turns of one schedule: more than a thousand changes of the running thread in the widest scenario do not occur. */
export const TURNS_MAX = 8192;

/** Linear memory grows by at least this much. */
export const GROW_BYTES = 4 * 1024 * 1024;

/**
 * Images for measuring compare the poison around NULL only every so many steps (and when the machine is made quiet): at
 * 64 KiB the comparison costs as much as a system call.
 */
export const MEASURED_POISON_STEPS = 256;
