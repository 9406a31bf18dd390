// SPDX-License-Identifier: GPL-2.0-or-later
// Series that the reviewed one needs: put under it, and what the review says of them. In: what was found, how applying it
// went. Out: the contract's rows, and the reason where the review ends here.
import type { MissingPrerequisite, Prerequisite, Prerequisites } from '../series/values.ts';
import type { AppliedSeries, NeededPatches } from '../tree/values.ts';
import type { ReviewRequest } from './request.ts';
import type { ApplyWhere, Rooms } from './rooms.ts';
import type { Review } from './values.ts';

type Row = NonNullable<Review['prerequisites']>[number];

/** The series on its prerequisites, the rows about these, and why it cannot be reviewed where that is so. */
export interface OnPrerequisites {
  applied: AppliedSeries;
  rows: Row[];
  incomplete?: string;
}

/**
 * Applies a series behind what it needs. A base that the user names is taken to contain what cannot be had or does not
 * apply to it.
 */
export async function applyOnPrerequisites(request: ReviewRequest, rooms: Rooms): Promise<OnPrerequisites> {
  const { tree, series, base, prerequisites: needs = { found: [], missing: [] } } = request;
  const where: ApplyWhere = base === undefined ? {} : { base };
  const needed = neededPatches(needs);
  if (needed.length > 0) where.prerequisites = needed;
  const applied = await rooms.applySeries(tree, series, where);
  const rows = [...foundRows(needs, applied), ...missingRows(needs.missing, base)];
  const failed = applied.prerequisites?.find(({ failure }) => failure !== undefined);
  if (!failed?.failure) return { applied, rows };
  if (base !== undefined) {
    const plain = await rooms.applySeries(tree, series, { base });
    return {
      applied: plain,
      rows: rows.map((row) => (row.status === 'missing' ? row : { ...row, status: 'taken-as-there' })),
    };
  }
  const { patch, message } = failed.failure;
  const incomplete = `the prerequisite ${failed.name} does not apply to ${applied.base}: patch ${patch}: ${message}`;
  return { applied, rows, incomplete };
}

/** What is to be applied first, in the tree room's words. */
export function neededPatches({ found }: Prerequisites): NeededPatches[] {
  return found.map((one) => ({ name: nameOf(one), patches: one.patches }));
}

/** Why the series is incomplete for what cannot be had; undefined where all is there or the base is said to have it. */
export function missingReason({ series, base, prerequisites }: ReviewRequest): string | undefined {
  if (base !== undefined) return undefined;
  const unsought = series.prerequisites.map((one) => ({ ...one, why: undefined }));
  const [first, ...rest] = prerequisites?.missing ?? unsought;
  if (!first) return undefined;
  const more = rest.length > 0 ? ` and ${rest.length} more` : '';
  const why = first.why === undefined ? '' : ` (${first.why})`;
  return `the prerequisite ${first.kind} ${first.value}${more} is not at hand${why}; --base names a base that contains it`;
}

/** The rows where nothing was applied. */
export function untriedRows({ prerequisites, base }: ReviewRequest): Row[] {
  if (!prerequisites) return [];
  const rows = prerequisites.found.map((one): Row => ({ ...rowOf(one), status: 'not-tried' }));
  return [...rows, ...missingRows(prerequisites.missing, base)];
}

function foundRows({ found }: Prerequisites, { prerequisites: done = [] }: AppliedSeries): Row[] {
  return found.map((one, index): Row => {
    const result = done[index];
    if (!result) return { ...rowOf(one), status: 'not-tried' };
    const { applied, alreadyThere, failure } = result;
    const status = failure ? 'does-not-apply' : applied.length === 0 ? 'already-there' : 'applied';
    const why = failure ? { why: `patch ${failure.patch}: ${failure.message}` } : {};
    return { ...rowOf(one), status, applied, alreadyThere, ...why };
  });
}

function missingRows(missing: readonly MissingPrerequisite[], base: string | undefined): Row[] {
  const status = base === undefined ? 'missing' : 'taken-as-there';
  return missing.map(({ kind, value, why, neededBy }) => ({
    kind,
    value,
    ...(neededBy === undefined ? {} : { neededBy }),
    status,
    why,
  }));
}

function rowOf({ kind, value, neededBy, series, from }: Prerequisite): Omit<Row, 'status'> {
  return { kind, value, ...(neededBy === undefined ? {} : { neededBy }), ...series, from };
}

function nameOf({ series: { id, version, subject } }: Prerequisite): string {
  return `v${version} "${subject}" <${id}>`;
}
