// SPDX-License-Identifier: GPL-2.0-or-later
// What was thrown -> exit code and one line for stderr.
import { CommanderError } from 'commander';
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { ERROR_TEXT_MAX } from './limits.ts';

/** Errors of the system that the user can mend: no room, no rights. */
const MENDABLE: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EMFILE: 'too many open files',
};

/** 2: usage or input; 4: our own failure. Commander has printed its own line already. */
export function exitOf(error: unknown): { code: number; line?: string } {
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : 2 };
  if (error instanceof InputError) return { code: 2, line: cleanLine(error.message, ERROR_TEXT_MAX) };
  const { code, path, syscall, message } = (error ?? {}) as NodeJS.ErrnoException;
  const mendable = code === undefined ? undefined : MENDABLE[code];
  if (mendable !== undefined) {
    // A room's own error with such a code says it better than we can.
    const text = syscall === undefined ? message : `${mendable}${path === undefined ? '' : ` (${path})`}`;
    return { code: 2, line: cleanLine(text, ERROR_TEXT_MAX) };
  }
  const text = error instanceof Error ? error.message : String(error);
  return { code: 4, line: `our own failure: ${cleanLine(text, ERROR_TEXT_MAX)}` };
}
