// SPDX-License-Identifier: GPL-2.0-or-later
// The values of the service room: jobs, and what their handlers see.

/** Who waits: commands (seconds of work), people (pull requests), lists (new series), backfill. Earlier lanes go first. */
export const LANES = ['commands', 'people', 'lists', 'backfill'] as const;
export type Lane = (typeof LANES)[number];

/** queued: waits for a worker, perhaps for another attempt; the last three are ends. parked: a person must look. */
export const JOB_STATES = ['queued', 'active', 'done', 'parked', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What is asked of the queue. */
export interface Submission {
  /** What the job is known by for ever: the same key again is the same job, whatever became of it. */
  key: string;
  /** Which handler does it. */
  kind: string;
  /** As people know it. */
  repository: string;
  /** Stays when the name changes. Whose turn it is: workers go round repositories (or lists), however much one submits. */
  repositoryId: string;
  /** What several repositories have in common (an installation), or empty. */
  owner: string;
  lane: Lane;
  /** When what it is about happened, milliseconds: deliveries may come in any order. */
  at: number;
  /**
   * What versions of one series or pushes of one pull request have in common: they are done one after the other, never
   * side by side. Empty for a job that has nothing in common with others.
   */
  thread: string;
  version: number;
  title: string;
  author: string;
  /** Where people talk about it: an https URL, or empty. */
  link: string;
  /** Anything that JSON holds. */
  payload: unknown;
}

export interface Job extends Omit<Submission, 'payload'> {
  id: string;
  state: JobState;
  reason: string;
  /** Of the review, once there is one. */
  verdict: string;
  attempts: number;
  worker: string;
  /** Milliseconds; 0 where that has not happened. */
  created: number;
  started: number;
  ended: number;
}

/** A job in a worker's hands. */
export interface Claim extends Job {
  payload: unknown;
  /** Fences what this attempt writes: after another worker has taken the job nothing of this one counts. */
  attempt: number;
  /** Its workers ended too often: it is not tried any more, only parked. */
  exhausted: boolean;
}

/** How an attempt ended. */
export type Outcome =
  | { state: 'done'; verdict: string; reason: string /** JSON of a rmapbot.review/1. */; review?: string }
  | { state: 'parked'; reason: string }
  /** Our own failure or a passing one: again later, parked at last. `after`: milliseconds that somebody asked us to wait. */
  | { state: 'failed'; reason: string; after?: number }
  /** Given back unharmed: the worker ends. */
  | { state: 'released' };
