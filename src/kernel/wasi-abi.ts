// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers of the WASI preview 1 interface that our file system needs (wasi_snapshot_preview1.witx).

export const ERRNO = {
  success: 0,
  badf: 8,
  exist: 20,
  inval: 28,
  io: 29,
  isdir: 31,
  mfile: 33,
  noent: 44,
  nospc: 51,
  notdir: 54,
  notsup: 58,
  perm: 63,
  rofs: 69,
  spipe: 70,
} as const;

export const FILETYPE = { unknown: 0, characterDevice: 2, directory: 3, regularFile: 4 } as const;

/** oflags of path_open. */
export const OFLAGS = { creat: 1, directory: 2, excl: 4, trunc: 8 } as const;

/** fdflags: append. */
export const FDFLAGS_APPEND = 1;

export const WHENCE = { set: 0, cur: 1, end: 2 } as const;
