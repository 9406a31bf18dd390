// SPDX-License-Identifier: GPL-2.0-or-later
// The values of the github room: jobs as a queue keeps them, and what the room needs from outside.
import type { CheckAnswer } from '../report/check-run.ts';
import type { Review } from '../review/values.ts';
import type { Series } from '../series/values.ts';
import type { SourceTree } from '../tree/values.ts';

/** A repository as webhooks and the API name it. The id survives a renaming. */
export interface RepositoryRef {
  id: number;
  owner: string;
  name: string;
}

/** What all jobs have. They are plain and serialisable: a queue may keep them as JSON. */
interface JobBase {
  /**
   * "github:REPOSITORY-ID#NUMBER" for what reviews or ends a pull request, which is done one after the other. Commands
   * have keys of their own: "stop" does not wait for what it stops.
   */
  key: string;
  /** Same for one event however often it is delivered. A queue that took it once takes it no more, done or not. */
  dedup: string;
  /** The moment that the event tells of, milliseconds since 1970. Deliveries may come in any order. */
  at: number;
  /** Larger is sooner; see PRIORITY in limits.ts. */
  priority: number;
  /** Id of the App's installation; undefined where a token is all there is (a workflow). */
  installation?: number;
  repository: RepositoryRef;
}

/** Somebody asked for a review, and how. */
export interface Asked {
  /** What names the asking, for good: "comment-123", "delivery-...". A review is made and shown once for each. */
  id: string;
  scenario?: string;
  /** A branch, tag or commit of the repository to apply the series to. */
  base?: string;
}

/** Look at a pull request as it is when the job runs, and see to it that its answer is that of its head. */
export interface ReviewJob extends JobBase {
  kind: 'review';
  number: number;
  /** Head and base as the event told; the job reads them again. */
  head?: string;
  base?: string;
  /** The head that this one replaces: a check that is still open there is ended. */
  before?: string;
  /** The event, for logs: "opened", "synchronize", "rerequested", ... */
  reason: string;
  asked?: Asked;
}

/** A comment with commands in it, to be judged (who wrote it?) and obeyed. */
export interface CommandJob extends JobBase {
  kind: 'command';
  number: number;
  comment: number;
  /** Who wrote it. */
  login: string;
  /** That person opened the pull request. */
  isAuthor: boolean;
  body: string;
}

/**
 * The pull request was closed, or somebody said stop: an open check is ended. Or the App was removed from the
 * repository: its objects go.
 */
export interface EndJob extends JobBase {
  kind: 'end';
  what: 'closed' | 'stopped' | 'removed';
  number?: number;
  head?: string;
  /** What is said of it, where it was not closed: it became a draft. */
  why?: string;
  /** Who said stop. */
  login?: string;
}

export type GithubJob = ReviewJob | CommandJob | EndJob;

/** Which jobs: those of one pull request, of one repository, or of a whole installation. */
export type JobMatch = { key: string } | { repository: number } | { installation: number };

/**
 * The queue, as this room sees it. Jobs with the same key never run at the same time. Errors of `submit` are told to
 * GitHub (500), which shows the delivery as failed: it can be delivered again.
 */
export interface JobPort {
  /** Keeps the job durably before it resolves; false where its `dedup` was taken before. */
  submit(job: GithubJob): Promise<boolean>;
  /** Drops the `review` jobs that wait and aborts those that run. `before`: only jobs whose `at` is less. */
  cancel(which: JobMatch, options: { before?: number; why: string }): Promise<void>;
}

/** What is to be reviewed: all that a child process without network needs. */
export interface ReviewWish {
  series: Series;
  /** What to say beside, one line each. */
  notes: string[];
  /** Lies in the cache, with every file that the series names. */
  tree: SourceTree;
  /** Ids of areas: a series that touches none of them is out of scope. */
  areas?: string[];
  scenarios?: string;
  /** Steps of scenarios at most. */
  budget?: number;
  /** Seconds. */
  timeCap?: number;
}

/** What the room needs from outside to do a job. */
export interface GithubPorts {
  /** Reviews a series. InputError for what cannot be reviewed; any other error is our own and the job is tried again. */
  review(wish: ReviewWish, signal: AbortSignal): Promise<Review>;
  /** Where commands submit and cancel. */
  queue: JobPort;
  log(line: string): void;
  /** Page of a job's review, where there is a dashboard. */
  pageOf?(job: ReviewJob): string | undefined;
}

/** Where things are kept. */
export interface JobSettings {
  /** Folder of all caches. */
  cacheRoot: string;
}

/** What became of a job. `why` is one line for logs and the dashboard. */
export interface JobOutcome {
  /** refused: it cannot be reviewed as it is, and its check says why. */
  state: 'answered' | 'refused' | 'superseded' | 'cancelled' | 'nothing-to-do';
  why: string;
  review?: Review;
  /** What the check says, shown or not. */
  answer?: Omit<CheckAnswer, 'conclusion'> & { conclusion: CheckAnswer['conclusion'] | 'cancelled' };
  /** A workflow's token may not write: the answer is shown nowhere yet. */
  unshown?: boolean;
}

/**
 * The reason to abort a job's signal with where its pull request wants no answer any more: its check is then ended.
 * With any other reason (the worker ends) the check stays open for the next attempt.
 */
export class JobCancelled extends Error {
  override name = 'JobCancelled';
}
