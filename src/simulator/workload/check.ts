// SPDX-License-Identifier: GPL-2.0-or-later
// A workload at a scale, gone through without a machine: every process, region and number that a step names must be
// there when it runs. Errors: InputError with file, line and column.
import { InputError } from '../../errors.ts';
import { LIMITS } from '../limits.ts';
import { Interpreter, WorkloadFault, type WorkMachine } from './interpret.ts';
import type { ScaledWorkload } from './values.ts';

/** Steps of a workload at this scale, each page access counting as one. */
export function checkWorkload(scaled: ScaledWorkload): number {
  if (!(scaled.scale > 0 && scaled.scale <= LIMITS.scaleMax))
    throw new InputError(`the scale must lie above 0 and be at most ${LIMITS.scaleMax}`);
  try {
    const interpreter = new Interpreter(dryMachine(), scaled, { mark: () => {} });
    interpreter.run();
    return Object.values(interpreter.operations).reduce((sum, count) => sum + count, 0);
  } catch (error) {
    if (error instanceof WorkloadFault) throw new InputError(error.message);
    throw error;
  }
}

/** A machine on which everything succeeds. */
function dryMachine(): WorkMachine {
  let tasks = 0;
  let files = 0;
  const fine = () => 0;
  return {
    mmap: (_task, address) => address,
    mremap: (_task, from, _old, _new, flags, to) => ((flags & 2) !== 0 ? to : from),
    munmap: fine,
    mprotect: fine,
    madvise: fine,
    mlock: fine,
    munlock: fine,
    write: fine,
    read: fine,
    fork: () => ++tasks,
    exec: () => {},
    exit: () => {},
    quiesce: () => {},
    openFile: () => files++,
    closeFile: () => {},
  };
}
