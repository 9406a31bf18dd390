// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts that need neither compiler nor simulator: incomplete, refused, does-not-apply.
import { InputError } from '../errors.ts';
import type { ApplyFailure } from '../tree/values.ts';
import type { ReviewRequest } from './request.ts';
import type { ReviewFailure } from './values.ts';

/**
 * Why the series is incomplete, or undefined where it is not. Prerequisites that the series names and that are not in
 * the input make it incomplete, unless the user named a base: that is taken to contain them.
 */
export function incompleteReason({ series, base }: ReviewRequest): string | undefined {
  if (series.missing.length > 0) {
    const which = series.missing.join(', ');
    return `patch${series.missing.length > 1 ? 'es' : ''} ${which} of ${series.expected} missing`;
  }
  if (series.patches.length === 0) return 'no patch of the series is there';
  const unusable = series.patches.find((patch) => patch.unusable !== undefined);
  if (unusable) return `patch ${unusable.number} cannot be used: ${unusable.unusable}`;
  const [first, ...rest] = series.prerequisites;
  if (first && base === undefined) {
    const more = rest.length > 0 ? ` and ${rest.length} more` : '';
    return `the prerequisite ${first.kind} ${first.value}${more} is not at hand; --base names a base that contains it`;
  }
  return undefined;
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
