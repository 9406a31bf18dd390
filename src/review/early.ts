// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts that need neither compiler nor simulator: incomplete, refused, does-not-apply.
import { InputError } from '../errors.ts';
import type { Series } from '../series/values.ts';
import type { AppliedSeries, ApplyFailure } from '../tree/values.ts';
import { missingReason } from './prerequisites.ts';
import type { ReviewRequest } from './request.ts';
import type { Rooms } from './rooms.ts';
import type { ReviewFailure } from './values.ts';

/**
 * Why the series is incomplete, or undefined where it is not. Prerequisites that the series names and that cannot be
 * had make it incomplete, unless the user named a base: that is taken to contain them.
 */
export function incompleteReason(request: ReviewRequest): string | undefined {
  const { series } = request;
  if (series.missing.length > 0) {
    const which = series.missing.join(', ');
    return `patch${series.missing.length > 1 ? 'es' : ''} ${which} of ${series.expected} missing`;
  }
  if (series.patches.length === 0) return 'no patch of the series is there';
  const unusable = series.patches.find((patch) => patch.unusable !== undefined);
  if (unusable) return `patch ${unusable.number} cannot be used: ${unusable.unusable}`;
  return missingReason(request);
}

/**
 * Throws InputError where the first patch fails and the tree has no file at all that the series names: the series is
 * for something else.
 */
export function refuseForeignSeries(applied: AppliedSeries, series: Series, rooms: Pick<Rooms, 'hasFile'>): void {
  if (applied.commits.length > 0) return;
  const paths = [...new Set(series.patches.flatMap((patch) => patch.paths))];
  if (paths.length === 0 || paths.some((path) => rooms.hasFile(applied.tree, path))) return;
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : '';
  throw new InputError(`the series is on files that ${applied.tree.label} does not have: ${paths[0]}${more}`);
}

/** The contract's part about a patch that does not apply. Throws InputError for a patch that we refuse. */
export function applyFailurePart(failure: ApplyFailure): Extract<ReviewFailure, { kind: 'does-not-apply' }> {
  if (failure.kind === 'refused') throw new InputError(`patch ${failure.patch} is refused: ${failure.message}`);
  const { patch, path, hunk, message } = failure;
  return {
    kind: 'does-not-apply',
    patch,
    ...(path === undefined ? {} : { path }),
    ...(hunk === undefined ? {} : { hunk }),
    message,
  };
}
