// SPDX-License-Identifier: GPL-2.0-or-later
// locks: nothing is held when a step returns.
import { type Invariant, listed } from './values.ts';

export const locks: Invariant = {
  id: 'locks',
  statement:
    'No lock and no read-side section of RCU is held when a system call or fault returns, none waits for itself, and each is released by the task that took it.',
  exceptions: [],
  *check(world) {
    const held = world.machine.heldLocks();
    if (held.length > 0)
      yield { shape: `held on return: ${held[0]}`, evidence: `still held when the step returned: ${listed(held)}` };
  },
};
