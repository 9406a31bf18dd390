// SPDX-License-Identifier: GPL-2.0-or-later
// A review job: looks how the pull request stands now, reviews its head if that has no answer yet, shows the answer. The
// comment comes before the check is completed: a completed check is the sign that everything was said.
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import type { GithubAccess } from './access.ts';
import {
  beginCheck,
  type CheckPlace,
  type Completion,
  completeCheck,
  endOpenChecks,
  findCheck,
  said,
} from './check.ts';
import { type CommentPlace, findSticky, putSticky, type Sticky } from './comment.ts';
import { type Findings, judgePull } from './judge.ts';
import { checkPlace, commentPlace } from './places.ts';
import { type BarePull, barePull, headNow, withMergeBase } from './pull-request.ts';
import { type GithubPorts, JobCancelled, type JobOutcome, type JobSettings, type ReviewJob } from './values.ts';

type Check = Awaited<ReturnType<typeof beginCheck>>;

/** Where the answer is shown. */
interface Show {
  job: ReviewJob;
  place: CheckPlace;
  comments: CommentPlace;
  sticky: Sticky | undefined;
  /** Undefined where a token may not write checks. */
  check: Check | undefined;
}

export async function runReviewJob(
  job: ReviewJob,
  access: GithubAccess,
  ports: GithubPorts,
  signal: AbortSignal,
  settings: JobSettings,
): Promise<JobOutcome> {
  const place = checkPlace(job, access);
  const pull = await barePull(place.client, job.repository, job.number);
  if (!pull) return { state: 'nothing-to-do', why: 'there is no such pull request' };
  await endStale(job, pull, place);
  if (!pull.open) return { state: 'nothing-to-do', why: 'the pull request is closed' };
  const comments = await commentPlace(job, job.number, access);
  const sticky = await findSticky(comments);
  if (sticky?.stopped && !job.asked) return { state: 'nothing-to-do', why: 'somebody said stop' };
  const show: Show = { job, place, comments, sticky, check: undefined };
  try {
    const whole = await withMergeBase(place.client, pull);
    const run = job.asked?.id ?? `auto-${whole.mergeBase.slice(0, 12)}`;
    const known = await findCheck(place, pull.head, job.number, run);
    if (known?.status === 'completed') return { state: 'nothing-to-do', why: 'its head has its answer' };
    show.check = known ?? (await begin(show, pull.head, run, ports.pageOf?.(job)));
    signal.throwIfAborted();
    const found = await judgePull({ job, access, ports, signal, settings, pull: whole, client: place.client });
    signal.throwIfAborted();
    const now = await headNow(place.client, job.repository, job.number);
    if (now !== pull.head) {
      const why = now === undefined ? 'the pull request was closed' : `superseded by ${now.slice(0, 12)}`;
      return await tell(show, { state: 'superseded', why });
    }
    return await tell(show, { state: 'answered', why: found.answer.title }, found);
  } catch (error) {
    if (signal.aborted && signal.reason instanceof JobCancelled)
      return tell(show, { state: 'cancelled', why: cleanLine(signal.reason.message) });
    if (error instanceof InputError) {
      show.check ??= await begin(show, pull.head, job.asked?.id ?? 'auto', undefined);
      return tell(show, { state: 'refused', why: cleanLine(error.message, 500) });
    }
    throw error;
  }
}

/** Checks of heads that are no more are not left open, whoever opened them. */
async function endStale(job: ReviewJob, pull: BarePull, place: CheckPlace): Promise<void> {
  const heads = new Set([job.before, job.head]);
  if (pull.open) heads.delete(pull.head);
  const why = pull.open ? `superseded by ${pull.head.slice(0, 12)}` : 'the pull request was closed';
  for (const head of heads) if (head !== undefined) await endOpenChecks(place, head, job.number, why);
}

/** A workflow of a fork has a token that only reads: then the answer is shown by whoever runs the job. */
async function begin(
  { place, job }: Show,
  head: string,
  run: string,
  page: string | undefined,
): Promise<Check | undefined> {
  try {
    return await beginCheck(place, head, job.number, run, page);
  } catch (error) {
    if (place.app === undefined && (error as { status?: number }).status === 403) return undefined;
    throw error;
  }
}

const CONCLUSION = { superseded: 'cancelled', cancelled: 'cancelled', refused: 'action_required' } as const;

async function tell(show: Show, outcome: JobOutcome, found?: Findings): Promise<JobOutcome> {
  const { place, check, comments, sticky } = show;
  const { state, why } = outcome;
  const answer: Completion = found?.answer ?? {
    ...{ text: '', annotations: [] },
    ...said(why),
    conclusion: state === 'superseded' || state === 'cancelled' ? CONCLUSION[state] : CONCLUSION.refused,
  };
  if (found && check && (found.comment.wanted || sticky)) await putSticky(comments, sticky, found.comment.text);
  if (check) await completeCheck(place, check, answer);
  const { review } = found ?? {};
  return { ...outcome, answer, ...(review ? { review } : {}), ...(check ? {} : { unshown: true }) };
}
