// SPDX-License-Identifier: GPL-2.0-or-later
// Errors that a step may end with where an allocation failed: what the manual pages of the system calls document, and for
// what the machine does on its own account, what its steps say when a folio stays (simulations/machine/reclaim.c).
import { type Executor, pagesIn } from '../execute.ts';
import type { Action } from '../grammar/values.ts';
import { ERRNO } from '../grammar/words.ts';
import { pageOf } from '../memory-model.ts';
import type { FailingStep } from './values.ts';

const LACK = ['ENOMEM'];
/** "A kernel resource was temporarily unavailable" (madvise(2)); mlock(2) says the same of some of the range. */
const LACK_OR_AGAIN = ['ENOMEM', 'EAGAIN'];
const STAYS = ['ENOMEM', 'EAGAIN', 'EBUSY'];

const DOCUMENTED: Record<Action['op'], readonly string[]> = {
  mmap: LACK,
  munmap: LACK,
  mprotect: LACK,
  mremap: LACK,
  madvise: [...LACK_OR_AGAIN, 'EBUSY'],
  mlock: LACK_OR_AGAIN,
  munlock: LACK_OR_AGAIN,
  // The fault handler gives up: the process waits for memory or is killed for it.
  write: LACK,
  read: LACK,
  fork: LACK_OR_AGAIN,
  'uffd-move': LACK_OR_AGAIN,
  'uffd-copy': LACK_OR_AGAIN,
  migrate: STAYS,
  reclaim: STAYS,
  swapout: [...STAYS, 'ENOSPC'],
  split: STAYS,
  poison: STAYS,
  referenced: [],
  'page-idle': [],
  'migrate-begin': STAYS,
  brk: [],
  clone: [],
  walk: [],
  vfork: [],
  exec: [],
  exit: [],
};

/**
 * True if a step may end with this error for want of memory. before: the state that it began in. An access below a stack
 * that cannot grow is a fault like any other: SIGSEGV (getrlimit(2), RLIMIT_STACK).
 */
export function isDocumented({ process, action }: FailingStep, errno: number, before: Executor): boolean {
  if (DOCUMENTED[action.op].some((name) => ERRNO[name] === errno)) return true;
  if ((action.op !== 'write' && action.op !== 'read') || errno !== ERRNO.EFAULT) return false;
  const space = before.processes.find(({ name }) => name === process)?.space;
  for (const page of pagesIn(action.pages))
    if (space?.slots.has(pageOf(before.scope.address(action.region, page))) === false) return true;
  return false;
}
