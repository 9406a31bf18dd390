// SPDX-License-Identifier: GPL-2.0-or-later
// What the explorer of interleavings did on the patched tree, all scenarios together. In: the sides of a review. Out: a
// row a configuration; none where no scenario with threads was run.
import type { Side } from './sides.ts';
import type { Review } from './values.ts';

export type InterleavingsRow = NonNullable<Review['interleavings']>[number];

/** Processor milliseconds that it took; a run from the cache counts as when it was made. */
export function exploringMs(sides: readonly Pick<Side, 'patched'>[]): number {
  const runs = sides.flatMap(({ patched }) => [...patched.runs.values()]);
  return Math.round(runs.reduce((total, { exploration }) => total + (exploration?.cpuMs ?? 0), 0));
}

/** Sums of Run.exploration. */
export function interleavings(sides: readonly Pick<Side, 'flavour' | 'patched'>[]): InterleavingsRow[] {
  return sides.flatMap(({ flavour, patched }) => {
    const explored = [...patched.runs.values()].flatMap(({ exploration }) => (exploration ? [exploration] : []));
    if (explored.length === 0) return [];
    const sum = (of: 'schedules' | 'different' | 'oneChange' | 'oneChangeOf') =>
      explored.reduce((total, one) => total + one[of], 0);
    return [
      {
        config: flavour.config,
        scenarios: explored.length,
        schedules: sum('schedules'),
        different: sum('different'),
        oneChange: sum('oneChange'),
        oneChangeOf: sum('oneChangeOf'),
        points: Math.max(...explored.map(({ points }) => points)),
      },
    ];
  });
}
