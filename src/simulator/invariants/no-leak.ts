// SPDX-License-Identifier: GPL-2.0-or-later
// no-leak: after all processes are gone and the machine is quiet, every cache is where it was at boot.
import type { Machine } from '../../machine/values.ts';
import type { Broken, Invariant } from './values.ts';

export const noLeak: Invariant = {
  id: 'no-leak',
  statement:
    'After all processes have exited and the machine is quiet, each slab cache has its boot count and no user page is left.',
  exceptions: [
    'Quiet: grace periods over, batches drained, queued work and shrinkers run, ksmd has scanned twice. A mark tells live objects and those in a grace period apart.',
  ],
};

/** What a quiet machine without any process holds. */
export interface Baseline {
  objects: ReadonlyMap<string, number>;
  folios: number;
}

/** Takes the baseline: boots, lets the first process exit and the machine become quiet. */
export function measureBaseline(machine: Machine): Baseline {
  machine.reset();
  machine.exit(0);
  machine.quiesce();
  return {
    objects: new Map(machine.objects().map((count) => [count.object, count.live])),
    folios: machine.folios().length,
  };
}

/** Compares a quiet machine after a scenario's end with the baseline. */
export function* leaks(machine: Machine, baseline: Baseline): Iterable<Broken> {
  for (const { object, live, rcuPending } of machine.objects()) {
    const before = baseline.objects.get(object) ?? 0;
    if (live > before) {
      yield { shape: `${object} leaked`, evidence: `${live - before} ${object} still live after all processes exited` };
    } else if (live < before) {
      yield {
        shape: `${object} freed too often`,
        evidence: `${before - live} ${object} fewer than at boot after all processes exited`,
      };
    }
    if (rcuPending > 0) {
      yield {
        shape: `${object} never freed`,
        evidence: `${rcuPending} ${object} still wait for a grace period on a quiet machine`,
      };
    }
  }
  const folios = machine.folios().length - baseline.folios;
  if (folios > 0)
    yield { shape: 'user pages leaked', evidence: `${folios} folios still allocated after all processes exited` };
}
