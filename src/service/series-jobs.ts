// SPDX-License-Identifier: GPL-2.0-or-later
// Series of mailing lists: a watcher asks for a review, the queue gives it to a worker. Who asks again for the same
// thing, after a crash perhaps, gets what became of it.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../errors.ts';
import { parseReview } from '../review/read-review.ts';
import type { Review } from '../review/values.ts';
import type { ReviewWish } from '../watch/index.ts';
import { OLD_MS, POLL_MS, TROUBLE_MS_MAX } from './limits.ts';
import type { Queue } from './queue/queue.ts';
import { jobById, reviewOf } from './store/reads.ts';
import type { Database } from './store/sql.ts';
import type { Submission } from './values.ts';
import type { Handler } from './worker.ts';

export const SERIES = 'series';

/** Reviews a series here, in a worker. Errors as Handler's. */
export type ReviewSeries = (wish: ReviewWish, signal: AbortSignal) => Promise<Review>;

export function seriesHandler(review: ReviewSeries): Handler {
  return {
    async run({ payload }, signal) {
      const done = await review(payload as ReviewWish, signal);
      return { state: 'done', verdict: done.verdict, reason: done.reason, review: JSON.stringify(done) };
    },
  };
}

/**
 * Submits and waits for the end. InputError where the job was parked or cancelled; what the store fails to answer is
 * asked again until the signal.
 */
export async function reviewByQueue(
  { queue, database }: { queue: Queue; database: Database },
  wish: ReviewWish,
  { signal, trouble }: { signal: AbortSignal; trouble(error: unknown): void },
): Promise<Review> {
  const { id } = await queue.submit(submissionOf(wish));
  for (let broken = 0; ; ) {
    signal.throwIfAborted();
    try {
      const job = await jobById(database, id);
      if (!job) throw new InputError('its job was removed');
      if (job.state === 'done') return parseReview((await reviewOf(database, id)) ?? '', 'the stored review');
      if (job.state === 'parked' || job.state === 'cancelled') throw new InputError(`${job.state}: ${job.reason}`);
      broken = 0;
    } catch (error) {
      if (error instanceof InputError) throw error;
      trouble(error);
      broken++;
    }
    await sleep(Math.min(TROUBLE_MS_MAX, POLL_MS * 2 ** broken), undefined, { signal });
  }
}

function submissionOf(wish: ReviewWish): Submission {
  const { series, list, asked, base, scenarios, areas } = wish;
  const what = [series.id, series.version, series.patches.map(({ diff }) => diff), base, scenarios, areas, asked];
  const at = series.date === undefined ? Date.now() : Date.parse(series.date);
  const digest = createHash('sha256').update(JSON.stringify(what)).digest('hex');
  return {
    key: `series:${digest}`,
    kind: SERIES,
    repository: list,
    repositoryId: `list:${list}`,
    owner: '',
    lane: asked === undefined ? (at < Date.now() - OLD_MS ? 'backfill' : 'lists') : 'people',
    at,
    thread: `list:${series.lineage ?? series.id}`,
    version: series.version,
    title: series.subject,
    author: `${series.author.name} <${series.author.address}>`,
    link: '',
    payload: wish,
  };
}
