// SPDX-License-Identifier: GPL-2.0-or-later
// Pull requests: the github room's jobs in our queue, and what a worker does with them.
import type { GithubAccess, GithubJob, GithubPorts, JobOutcome, JobPort } from '../github/index.ts';
import type { Match, Queue } from './queue/queue.ts';
import type { Claim, Lane, Outcome, Submission } from './values.ts';
import type { Handler } from './worker.ts';

const KIND = 'github-';

/** What of the github room a worker calls. */
export interface GithubRoom {
  run(job: GithubJob, access: GithubAccess, ports: GithubPorts, signal: AbortSignal): Promise<JobOutcome>;
  abandon(job: GithubJob, access: GithubAccess): Promise<void>;
}

/** The queue as the github room sees it. */
export function githubPort(queue: Queue, server: string): JobPort {
  return {
    submit: async (job) => (await queue.submit(submissionOf(job, server))).fresh,
    async cancel(which, { before, why }) {
      const match: Match = { kind: `${KIND}review` };
      if ('key' in which) match.thread = which.key;
      else if ('repository' in which) match.repositoryId = `github:${which.repository}`;
      else match.owner = `github:${which.installation}`;
      await queue.cancel({ ...match, ...(before === undefined ? {} : { before }) }, why);
    },
  };
}

function submissionOf(job: GithubJob, server: string): Submission {
  const { owner, name, id } = job.repository;
  const number = 'number' in job ? job.number : undefined;
  const place = `${owner}/${name}${number === undefined ? '' : `#${number}`}`;
  const lane: Lane = job.kind === 'review' ? 'people' : 'commands';
  return {
    key: job.dedup,
    kind: `${KIND}${job.kind}`,
    repository: `${owner}/${name}`,
    repositoryId: `github:${id}`,
    owner: job.installation === undefined ? '' : `github:${job.installation}`,
    lane,
    at: job.at,
    thread: job.key,
    version: 1,
    title: job.kind === 'review' ? `${place}: ${job.reason}` : `${place}: ${job.kind}`,
    author: job.kind === 'command' ? job.login : '',
    link: number === undefined ? `${server}/${owner}/${name}` : `${server}/${owner}/${name}/pull/${number}`,
    payload: job,
  };
}

/** Handlers of the three kinds. */
export function githubHandlers(
  room: GithubRoom,
  access: GithubAccess,
  ports: GithubPorts,
  publicUrl: string | undefined,
): Record<string, Handler> {
  const handler: Handler = {
    async run(claim, signal) {
      const pageOf = () => `${publicUrl}/jobs/${claim.id}`;
      const own = publicUrl === undefined ? ports : { ...ports, pageOf };
      return outcomeOf(await room.run(claim.payload as GithubJob, access, own, signal));
    },
    giveUp: (claim: Claim) => room.abandon(claim.payload as GithubJob, access),
  };
  return Object.fromEntries(['review', 'command', 'end'].map((kind) => [KIND + kind, handler]));
}

function outcomeOf({ why, review }: JobOutcome): Outcome {
  const end = { state: 'done' as const, verdict: review?.verdict ?? '', reason: why };
  return review ? { ...end, review: JSON.stringify(review) } : end;
}
