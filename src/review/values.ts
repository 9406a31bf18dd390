// SPDX-License-Identifier: GPL-2.0-or-later
// The value that the review room hands on: everything that a report says, plain and serialisable.
import type { z } from 'zod';
import type { reviewSchema } from './schema.ts';

export type Review = z.infer<typeof reviewSchema>;
export type Verdict = Review['verdict'];
export type Finding = Review['findings'][number];
export type MemoryRow = Review['memory'][number];
export type WorkloadRow = NonNullable<Review['workloads']>[number];
export type StructChange = Review['structs'][number];
export type BehaviourRow = Review['behaviour'][number];
export type Effect = NonNullable<Review['effects']>[number];
export type LockProfileRow = NonNullable<Review['lockProfile']>[number];
export type Contention = NonNullable<Review['contention']>;
export type LockRow = NonNullable<Review['locks']>[number];
export type Previous = NonNullable<Review['previous']>;
export type Pictures = NonNullable<Finding['pictures']>;
export type Picture = NonNullable<Pictures['before']>;
export type Coverage = Review['coverage'];
export type ControlResult = Review['controls'][number];
export type Inconclusive = Review['inconclusive'][number];
export type ReviewFailure = NonNullable<Review['failure']>;

/** Exit codes of `rmapbot review`, by verdict. */
export const EXIT_CODE: Readonly<Record<Verdict, 0 | 1 | 3>> = {
  clean: 0,
  'out-of-scope': 0,
  violations: 1,
  inconclusive: 3,
  incomplete: 3,
  'does-not-apply': 3,
  'does-not-build': 3,
};
