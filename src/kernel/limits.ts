// SPDX-License-Identifier: GPL-2.0-or-later
// Every bound of the kernel room's compiling half, in one place and explained.

/** Memory of one compiler instance, in 64 KiB pages: memory.c with its precompiled header needs under 0.5 GiB. */
export const COMPILER_MEMORY_PAGES = 24_576;

/** JavaScript heap of a compiler process and of each of its threads, in MiB: file contents and diagnostics, never the compiler's own memory. */
export const WORKER_HEAP_MIB = 768;

/** Stack of a compiler thread, in MiB: recursion ends there before the compiler's own stack in its memory is used up. */
export const THREAD_STACK_MIB = 1;

/** Wall time for one unit, ms: the slowest real unit takes about 10 s on a busy machine. */
export const UNIT_WALL_MS = 120_000;

/**
 * Processor time for the whole life of one compiler process, s a thread: a full build of two configurations takes under 100. It
 * also bounds how long a process that hangs in a unit can outlive a killed parent; one that is idle ends at once.
 */
export const WORKER_CPU_S = 600;

/** Bytes of one source or header file: the largest header of a kernel tree (generated register lists) has 25 MB. */
export const SOURCE_FILE_BYTES = 32 * 1024 * 1024;

/** Bytes one compiler run may write into its in-memory files: a linked image has about 10 MB. */
export const OUTPUT_BYTES = 512 * 1024 * 1024;

/** Bytes kept of the compiler's messages for one unit. */
export const MESSAGE_BYTES = 256 * 1024;

/** Diagnostics kept for one unit. */
export const DIAGNOSTICS = 50;

/** Files that one compiler run may have open at once. */
export const OPEN_FILES = 4_096;

/** Compiler threads at most, whatever the machine has: each needs up to 2 GiB. */
export const WORKERS = 8;

/** Bytes of the object cache before the least recently used entries are swept. */
export const CACHE_BYTES = 4 * 1024 * 1024 * 1024;

/** Dependency sets remembered for one unit and its arguments; the oldest is forgotten first. */
export const MANIFEST_ENTRIES = 24;

/**
 * Sources that one compiler process remembers: base and patched, two configurations each, and as many for the constants
 * that come before. Each build's precompiled header has some 20 MB.
 */
export const SESSIONS = 12;

/** Units after which a compiler process's machine code is saved: soon, and once more when most of it is optimised. */
export const CODE_UNITS = [12, 120];

/** Bytes of one dump of record layouts: a kernel's has about 1 MB. */
export const LAYOUT_BYTES = 64 * 1024 * 1024;
