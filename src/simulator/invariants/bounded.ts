// SPDX-License-Identifier: GPL-2.0-or-later
// bounded: generations of fork and exit, repeated splits, merges and moves do not grow without end.
import type { World } from '../world.ts';
import type { Broken, Invariant } from './values.ts';

export const bounded: Invariant = {
  id: 'bounded',
  statement:
    'Objects, chain length and walk cost stay at each mark, and before the end, below the bounds that the scenario states.',
  exceptions: [],
};

/** Names of bounds that are no object: the longest chain of a VMA, the most visits of one walk. */
export const MEASURES = ['chain', 'walk'];

/** Compares with the scenario's bounds. Objects that the tree does not have count as none. */
export function* exceeded(world: World, bounds: Record<string, number>): Iterable<Broken> {
  for (const [what, most] of Object.entries(bounds)) {
    const found = measure(world, what);
    if (found > most) {
      const words =
        what === 'chain'
          ? 'the longest chain of a VMA'
          : what === 'walk'
            ? 'the most visits of one walk'
            : `the number of ${what}`;
      yield { shape: `${what} beyond its bound`, evidence: `${words} is ${found}, the scenario's bound is ${most}` };
    }
  }
}

function measure(world: World, what: string): number {
  if (what === 'chain') return Math.max(0, ...[...world.vmas.values()].map(({ vma }) => vma.chain.length));
  if (what === 'walk') return Math.max(0, ...world.used.map(({ folio }) => world.walk(folio.pfn).length));
  return world.machine.objects().find((count) => count.object === what)?.live ?? 0;
}
