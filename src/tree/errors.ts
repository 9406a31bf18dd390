// SPDX-License-Identifier: GPL-2.0-or-later
// The faults of this room that a caller may want to tell apart from others.
import { InputError } from '../errors.ts';

/** No space left where the cache lies: one clear line, not the user's input and not a bug of ours. */
export class DiskFullError extends Error {
  override name = 'DiskFullError';
  readonly code = 'ENOSPC';
  constructor(cause?: unknown) {
    super('no space left on the disk that holds the cache', { cause });
  }
}

/** The distribution no longer (or not yet) offers the tree of this name. */
export class TreeGoneError extends InputError {
  override name = 'TreeGoneError';
}

/** Turns "no space left", in Node's form or a program's words, into DiskFullError; hands back any other error as it is. */
export function withDiskFull(error: unknown): unknown {
  if (error instanceof DiskFullError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || saysDiskFull(error.message)) return new DiskFullError(error);
  return error;
}

/** Whether a program's message says that a disk is full (C locale; apt has words of its own). */
export function saysDiskFull(text: string): boolean {
  return /No space left on device|Out of diskspace|Disk quota exceeded|enough free space in/.test(text);
}
