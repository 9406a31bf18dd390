// SPDX-License-Identifier: GPL-2.0-or-later
// no-leak: after all processes are gone and the machine is quiet, every cache is where it was at boot.
import type { Machine } from '../../machine/values.ts';
import type { Broken, Invariant } from './values.ts';

/** Leaked objects of one kind whose allocation is traced. */
const TRACED = 1;

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
  /** Their addresses, to tell those that are new. */
  starts: ReadonlyMap<string, ReadonlySet<number>>;
  folios: number;
  /** Of the kernel's own memory that is no slab object; absent where the machine does not count it. */
  kernelPages: number | undefined;
  perCpuAreas: number | undefined;
}

/** Takes the baseline: boots, lets the first process exit and the machine become quiet. */
export function measureBaseline(machine: Machine): Baseline {
  machine.reset();
  machine.exit(0);
  machine.quiesce();
  const objects = machine.objects();
  return {
    objects: new Map(objects.map((count) => [count.object, count.live])),
    starts: new Map(
      objects.filter(({ live }) => live > 0).map(({ object }) => [object, new Set(machine.objectsOf(object))]),
    ),
    folios: machine.folios().length,
    kernelPages: machine.probe?.kernelPages(),
    perCpuAreas: machine.probe?.perCpuAreas(),
  };
}

/** Compares a quiet machine after a scenario's end with the baseline. */
export function* leaks(machine: Machine, baseline: Baseline): Iterable<Broken> {
  for (const { object, live, rcuPending } of machine.objects()) {
    const before = baseline.objects.get(object) ?? 0;
    if (live > before) {
      const known = baseline.starts.get(object);
      yield {
        shape: `${object} leaked`,
        evidence: `${live - before} ${object} still live after all processes exited`,
        objects: machine
          .objectsOf(object)
          .filter((start) => known?.has(start) !== true)
          .slice(0, TRACED),
      };
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
  yield* moreThan(baseline.kernelPages, machine.probe?.kernelPages(), 'pages of the kernel');
  yield* moreThan(baseline.perCpuAreas, machine.probe?.perCpuAreas(), 'per-CPU areas');
  const folios = machine.folios().length - baseline.folios;
  if (folios > 0)
    yield { shape: 'user pages leaked', evidence: `${folios} folios still allocated after all processes exited` };
}

/** Memory that is counted in one figure. What was cached before and is no more is no fault. */
function* moreThan(before: number | undefined, now: number | undefined, what: string): Iterable<Broken> {
  if (before !== undefined && now !== undefined && now > before)
    yield { shape: `${what} leaked`, evidence: `${now - before} ${what} still in use after all processes exited` };
}
