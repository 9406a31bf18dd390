// SPDX-License-Identifier: GPL-2.0-or-later
// locks: nothing is held when a step returns.
import { type Invariant, listed } from './values.ts';

export const locks: Invariant = {
  id: 'locks',
  statement: 'No lock is held when a system call or fault returns, and none waits for itself.',
  exceptions: ['Order of acquisition and sleeping under spinlocks come with the concurrency checks.'],
  *check(world) {
    const held = world.machine.heldLocks();
    if (held.length > 0)
      yield { shape: `held on return: ${held[0]}`, evidence: `still held when the step returned: ${listed(held)}` };
  },
};
