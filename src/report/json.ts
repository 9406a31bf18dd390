// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> JSON text of the public contract. Keys stand in the schema's order; only `timings` differs between runs.
import { reviewSchema } from '../review/schema.ts';
import type { Review } from '../review/values.ts';

/** Throws where the review does not keep the contract: our own failure. */
export function reviewJson(review: Review): string {
  return `${JSON.stringify(reviewSchema.parse(review), null, 2)}\n`;
}
