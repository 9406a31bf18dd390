// SPDX-License-Identifier: GPL-2.0-or-later
// A review and the version before, where that is in the same thread -> the review with what became of its findings.
import { InputError } from '../errors.ts';
import type { Series } from '../series/values.ts';
import { compareVersions } from './previous.ts';
import type { Review } from './values.ts';

/** The whole version right before one; undefined where the input does not have it. */
export function versionBefore(series: Series, others: readonly Series[]): Series | undefined {
  return others.find(({ id, missing }) => id === series.supersedes && missing.length === 0);
}

/**
 * Reviews the version before as well, after this one and in what is left of its time: what both have in common comes
 * from the cache. Nothing is done where this one was not run. Fills `previous`, or says in `notes` why not.
 */
export async function compareWithBefore(
  review: Review,
  before: Series,
  leftMs: number,
  run: (series: Series, timeCapMs: number) => Promise<Review>,
): Promise<void> {
  if (review.configs.length === 0) return;
  if (leftMs <= 0) {
    review.notes.push(`not compared with v${before.version}: the time cap was reached`);
    return;
  }
  try {
    review.previous = compareVersions(review, await run(before, leftMs), 'thread');
  } catch (error) {
    // That the earlier version is refused, say, is not this one's fault.
    if (!(error instanceof InputError)) throw error;
    review.notes.push(`not compared with v${before.version}: ${error.message}`);
  }
}
