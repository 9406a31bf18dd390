// SPDX-License-Identifier: GPL-2.0-or-later
// Invariants that the machine itself reports while a step runs: kernel-says and returns. The runner maps its faults.
import type { Invariant } from './values.ts';

export const kernelSays: Invariant = {
  id: 'kernel-says',
  statement: 'The kernel prints no BUG, WARN or VM_BUG_ON, nor any line that begins "BUG:".',
  exceptions: ['A warning that a scenario provokes on purpose, named in it.'],
};

export const returns: Invariant = {
  id: 'returns',
  statement: 'Every step ends within its budget of executed blocks and of memory.',
  exceptions: [],
};
