// SPDX-License-Identifier: GPL-2.0-or-later
// What a worker does with a job. Jobs may be done more than once (a worker dies, a delivery comes twice): what there is to
// do is found out by looking at GitHub, not by remembering, so that the second time there is nothing left to do.
import { InputError } from '../errors.ts';
import { code, md } from '../report/markdown-text.ts';
import { type GithubAccess, redact, waitOf } from './access.ts';
import { beginCheck, completeCheck, endOpenChecks, PLAIN, said } from './check.ts';
import { runCommandJob } from './command-job.ts';
import { findSticky, putSticky } from './comment.ts';
import { ObjectStore } from './objects.ts';
import { checkPlace, commentPlace } from './places.ts';
import { headNow } from './pull-request.ts';
import { runReviewJob } from './review-job.ts';
import { dropTreesOf } from './tree.ts';
import type { EndJob, GithubJob, GithubPorts, JobOutcome, JobSettings } from './values.ts';

/**
 * Does a job. Throws the signal's reason where it is aborted with anything but JobCancelled, and Error for what may go
 * better the next time (its text is free of secrets; `retryAfterMs`, where the server says how long to wait); what the
 * pull request is to blame for is an outcome.
 */
export async function runGithubJob(
  job: GithubJob,
  access: GithubAccess,
  ports: GithubPorts,
  signal: AbortSignal,
  settings: JobSettings,
): Promise<JobOutcome> {
  try {
    switch (job.kind) {
      case 'review':
        return await runReviewJob(job, access, ports, signal, settings);
      case 'command':
        return await runCommandJob(job, access, ports);
      case 'end':
        return await runEndJob(job, access, settings);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw withoutSecrets(error);
  }
}

/** For a job that is given up: its check says so, and says nothing about the pull request. */
export async function abandonJob(job: GithubJob, access: GithubAccess): Promise<void> {
  if (job.kind !== 'review') return;
  const place = checkPlace(job, access);
  const head = (await headNow(place.client, job.repository, job.number)) ?? job.head;
  if (head === undefined) return;
  const words = said('not reviewed: rmapbot itself failed, which says nothing about this pull request');
  const ended = await endOpenChecks(place, head, job.number, words.title, 'neutral');
  if (ended > 0) return;
  const check = await beginCheck(place, head, job.number, 'failed');
  if (check.status !== 'completed') await completeCheck(place, check, { ...PLAIN, ...words, conclusion: 'neutral' });
}

async function runEndJob(job: EndJob, access: GithubAccess, { cacheRoot }: JobSettings): Promise<JobOutcome> {
  const { what, repository, number, login = '' } = job;
  if (what === 'removed') {
    const store = await ObjectStore.open({
      cacheRoot,
      server: access.server,
      repository,
      token: async () => undefined,
    });
    await dropTreesOf(store, cacheRoot);
    await store.remove();
    return { state: 'answered', why: 'its objects are removed' };
  }
  if (number === undefined) throw new InputError('no pull request');
  const place = checkPlace(job, access);
  const head = job.head ?? (await headNow(place.client, repository, number));
  const why = what === 'stopped' ? `stopped by ${login}` : (job.why ?? 'the pull request was closed');
  const ended = head === undefined ? 0 : await endOpenChecks(place, head, number, why, 'cancelled');
  if (what === 'stopped') {
    const comments = await commentPlace(job, number, access);
    const text = `Stopped by ${md(login)}: nothing more is said here until somebody writes ${code('/rmapbot rerun')}.\n`;
    await putSticky(comments, await findSticky(comments), text, { stopped: true });
  }
  return { state: 'answered', why: `${why}; ${ended} open checks ended` };
}

function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof Error)) return new Error(redact(String(error)));
  const retryAfterMs = waitOf(error);
  if (retryAfterMs !== undefined) Object.assign(error, { retryAfterMs });
  error.message = redact(error.message);
  if (error.stack) error.stack = redact(error.stack);
  return error;
}
