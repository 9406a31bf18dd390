// SPDX-License-Identifier: GPL-2.0-or-later
// The hallway: a Series and a tree come in, a Review goes out. With answer.ts the one place that knows the order of
// the rooms.
import { join } from 'node:path';
import { answer } from './answer.ts';
import { folderCache, noCache, pruneCache } from './cache.ts';
import { Clock } from './clock.ts';
import { draftReview, putPrerequisites } from './draft.ts';
import { applyFailurePart, incompleteReason, refuseForeignSeries } from './early.ts';
import { Images } from './images.ts';
import { applyOnPrerequisites, untriedRows } from './prerequisites.ts';
import type { ReviewRequest } from './request.ts';
import type { Rooms } from './rooms.ts';
import { reviewSchema } from './schema.ts';
import { planScenarios } from './select.ts';
import { semanticsPart } from './semantics-part.ts';
import { flavoursOf } from './sides.ts';
import type { Review, Verdict } from './values.ts';

/**
 * Reviews a series against a tree. Throws InputError for what the user can mend (a refused patch, a glob that names no
 * scenario) and Error for our own failures, among them a base that our overlay cannot build.
 */
export async function reviewSeries(request: ReviewRequest, rooms: Rooms): Promise<Review> {
  const clock = new Clock(request.timeCapMs, request.now);
  const draft = draftReview(request);
  const progress = request.onProgress ?? (() => {});
  const finish = (verdict: Verdict, reason: string): Review =>
    reviewSchema.parse({ ...draft, verdict, reason, timings: clock.finish() });

  const incomplete = incompleteReason(request);
  if (incomplete !== undefined) {
    putPrerequisites(draft, untriedRows(request));
    return finish('incomplete', incomplete);
  }

  progress({ phase: 'apply' });
  const on = await clock.time('apply', () => applyOnPrerequisites(request, rooms));
  const { applied } = on;
  draft.base = applied.base;
  putPrerequisites(draft, on.rows);
  if (on.incomplete !== undefined) return finish('incomplete', on.incomplete);
  if (applied.failure) {
    const failure = applyFailurePart(applied.failure);
    refuseForeignSeries(applied, request.series, rooms);
    draft.failure = failure;
    const path = failure.path === undefined ? '' : ` to ${failure.path}`;
    return finish('does-not-apply', `patch ${failure.patch} does not apply${path}`);
  }

  progress({ phase: 'read the changes' });
  rooms.warm?.(request.tree, request.jobs);
  const semantics = await clock.time('semantics', () => rooms.analyse(applied));
  draft.semantics = semanticsPart(semantics);
  if (semantics.outOfScope) return finish('out-of-scope', semantics.why);

  const flavours = flavoursOf(semantics);
  const areas = new Set(semantics.areas.map((area) => area.id));
  const plan = planScenarios(await rooms.scenarios(), areas, {
    ...(request.scenarios === undefined ? {} : { glob: request.scenarios }),
    budget: request.budget,
    images: flavours.length * 2,
  });
  const folder = request.cacheDir === undefined ? undefined : join(request.cacheDir, 'runs');
  const cache = folder === undefined ? noCache : folderCache(folder, rooms.programVersion);
  const runner = { rooms, clock, seed: request.seed, jobs: request.jobs, cache };
  const images = new Images(applied, rooms, clock, { jobs: request.jobs, onProgress: progress });
  const said = await answer({ request, rooms, clock, images, runner, semantics, flavours, plan, draft });
  if (folder !== undefined) await pruneCache(folder);
  return finish(said.verdict, said.reason);
}
