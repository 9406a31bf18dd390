// SPDX-License-Identifier: GPL-2.0-or-later
// The vocabulary of steps, with the numbers of the uapi headers (asm-generic/mman-common.h, mman.h, errno-base.h).

export const OPERATIONS = [
  'mmap',
  'brk',
  'munmap',
  'mprotect',
  'mremap',
  'madvise',
  'mlock',
  'munlock',
  'write',
  'read',
  'walk',
  'migrate',
  'migrate-begin',
  'reclaim',
  'swapout',
  'split',
  'referenced',
  'page-idle',
  'poison',
  'uffd-move',
  'uffd-copy',
  'fork',
  'vfork',
  'clone',
  'exec',
  'exit',
] as const;

/** Steps that stand alone: what the machine does without any process. */
export const MACHINE_STEPS = [
  'quiesce',
  'ksm-scan',
  'khugepaged',
  'shrink',
  'hugepages-64k',
  'migrate-end',
  'migrate-undo',
] as const;

/** Protection words -> PROT_ bits. */
export const PROT: Record<string, number> = { none: 0, r: 1, w: 2, rw: 3, x: 4, rx: 5, wx: 6, rwx: 7 };

/** madvise() words -> MADV_ values. */
export const ADVICE: Record<string, number> = {
  normal: 0,
  random: 1,
  sequential: 2,
  willneed: 3,
  dontneed: 4,
  free: 8,
  remove: 9,
  dontfork: 10,
  dofork: 11,
  mergeable: 12,
  unmergeable: 13,
  hugepage: 14,
  nohugepage: 15,
  dontdump: 16,
  dodump: 17,
  wipeonfork: 18,
  keeponfork: 19,
  cold: 20,
  pageout: 21,
  'populate-read': 22,
  'populate-write': 23,
  collapse: 25,
  'guard-install': 102,
  'guard-remove': 103,
};

/** Errors that a step may be expected to fail with. */
export const ERRNO: Record<string, number> = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  ETXTBSY: 26,
  ENOSPC: 28,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
};

/** Steps of which allocations can be made to fail: the others have no way to say that they did, or span several steps. */
export const CAN_LACK_MEMORY: ReadonlySet<string> = new Set(
  OPERATIONS.filter((op) => !['brk', 'clone', 'exec', 'exit', 'migrate-begin', 'vfork', 'walk'].includes(op)),
);

/** "ENOMEM" for 12; "errno 133" for what has no name here. */
export function errnoName(errno: number): string {
  return Object.keys(ERRNO).find((name) => ERRNO[name] === errno) ?? `errno ${errno}`;
}

export const MAP = {
  shared: 1,
  private: 2,
  fixed: 0x10,
  anonymous: 0x20,
  growsdown: 0x100,
  populate: 0x8000,
  fixedNoReplace: 0x100000,
} as const;

export const MREMAP = { maymove: 1, fixed: 2, dontunmap: 4 } as const;

/** The word of `choices` nearest to a misspelt one, by edit distance, then by length; undefined if none is near. */
export function nearest(word: string, choices: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(word.length / 2)) + 1;
  for (const choice of choices) {
    const distance = editDistance(word.toLowerCase().slice(0, 64), choice.toLowerCase().slice(0, 64));
    const nearer =
      distance === least && best !== undefined && choice.length === word.length && best.length !== word.length;
    if (distance < least || nearer) {
      least = distance;
      best = choice;
    }
  }
  return best;
}

/** Letters to insert, remove, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      let best = Math.min(
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (older[j - 2] ?? 0) + 1);
      next.push(best);
    }
    older = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
