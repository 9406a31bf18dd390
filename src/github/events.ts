// SPDX-License-Identifier: GPL-2.0-or-later
// A webhook -> what is to be done: jobs for the queue, and which jobs are of no use any more. Nothing is asked of GitHub
// here: a webhook is answered at once, and jobs look for themselves at how things stand when they run.
import { z } from 'zod';
import { numberOfRun } from './external-id.ts';
import { COMMAND_CHARS_MAX, PRIORITY } from './limits.ts';
import { isCommit, isOwner, isRepository, jobKey } from './names.ts';
import type { Asked, GithubJob, JobMatch, RepositoryRef, ReviewJob } from './values.ts';

export interface Webhook {
  /** X-GitHub-Delivery; the same when it is delivered again. */
  id: string;
  name: string;
  payload: unknown;
}

export interface Reaction {
  submit: GithubJob[];
  cancel: { which: JobMatch; before?: number; why: string }[];
  /** A suite of checks that somebody asked to run again, and whose pull requests the event does not tell (forks). */
  suite?: { repository: RepositoryRef; id: number; make(number: number): ReviewJob };
}

const commit = z.string().refine(isCommit);
const repositorySchema = z
  .object({
    id: z.int(),
    name: z.string().refine(isRepository),
    owner: z.object({ login: z.string().refine(isOwner) }),
  })
  .transform(({ id, name, owner }): RepositoryRef => ({ id, name, owner: owner.login }));
const common = { repository: repositorySchema, installation: z.object({ id: z.int() }).optional() };
const time = z.string().transform((text) => Date.parse(text));

const pullRequestSchema = z.object({
  ...common,
  action: z.string(),
  before: commit.optional(),
  changes: z.object({ base: z.unknown() }).optional(),
  pull_request: z.object({
    number: z.int(),
    draft: z.boolean().default(false),
    updated_at: time,
    head: z.object({ sha: commit }),
    base: z.object({ sha: commit }),
  }),
});
const checkRunSchema = z.object({
  ...common,
  action: z.string(),
  requested_action: z.object({ identifier: z.string() }).optional(),
  check_run: z.object({
    external_id: z.string().nullable(),
    head_sha: commit,
    app: z.object({ id: z.int() }).nullable(),
  }),
});
const checkSuiteSchema = z.object({
  ...common,
  action: z.string(),
  check_suite: z.object({
    id: z.int(),
    head_sha: commit,
    app: z.object({ id: z.int() }).nullable(),
    pull_requests: z.array(z.object({ number: z.int() })),
  }),
});
const person = z.object({ id: z.int(), login: z.string(), type: z.string() });
const commentSchema = z.object({
  ...common,
  action: z.string(),
  issue: z.object({ number: z.int(), pull_request: z.unknown(), user: person.nullable() }),
  comment: z.object({ id: z.int(), body: z.string().nullable(), created_at: time, user: person.nullable() }),
});
const named = z.array(z.object({ id: z.int(), full_name: z.string() })).default([]);
const installationSchema = z.object({
  action: z.string(),
  installation: z.object({ id: z.int() }),
  repositories: named,
  repositories_removed: named,
});

/** Events that we read; app.yml asks for the same. */
export const EVENTS = [
  'pull_request',
  'check_run',
  'check_suite',
  'issue_comment',
  'installation',
  'installation_repositories',
] as const;

/** `app`: our App's id; checks of other Apps are none of our business. `now`: milliseconds since 1970. */
export function reactionTo({ id, name, payload }: Webhook, app: number | undefined, now = Date.now()): Reaction {
  switch (name) {
    case 'pull_request':
      return toPullRequest(pullRequestSchema.parse(payload));
    case 'check_run':
      return toCheckRun(checkRunSchema.parse(payload), id, app, now);
    case 'check_suite':
      return toCheckSuite(checkSuiteSchema.parse(payload), id, app, now);
    case 'issue_comment':
      return toComment(commentSchema.parse(payload));
    case 'installation':
    case 'installation_repositories':
      return toInstallation(installationSchema.parse(payload), id, now);
    default:
      return NOTHING;
  }
}

const NOTHING: Reaction = { submit: [], cancel: [] };

interface Common {
  repository: RepositoryRef;
  installation?: { id: number } | undefined;
}

function jobOf(
  { repository, installation }: Common,
  number: number,
): Pick<ReviewJob, 'key' | 'repository' | 'installation'> {
  return {
    key: jobKey(repository.id, number),
    repository,
    ...(installation ? { installation: installation.id } : {}),
  };
}

function toPullRequest(event: z.output<typeof pullRequestSchema>): Reaction {
  const { action, pull_request: pull, before, changes } = event;
  const { number, head, base, updated_at: at } = pull;
  const own = jobOf(event, number);
  const dedup = `${own.key}:${action}:${head.sha}:${at}`;
  const job = { ...own, dedup, at, number, head: head.sha };
  if (action === 'closed' || action === 'converted_to_draft') {
    const why = action === 'closed' ? 'the pull request was closed' : 'the pull request became a draft';
    return {
      submit: [{ kind: 'end', what: 'closed', ...job, why, priority: PRIORITY.housekeeping }],
      // Pushes of the same second are closed with it.
      cancel: [{ which: { key: own.key }, before: at + 1, why }],
    };
  }
  const moved = action === 'edited' && changes?.base !== undefined;
  if (pull.draft || !(moved || ['opened', 'reopened', 'synchronize', 'ready_for_review'].includes(action)))
    return NOTHING;
  const review: ReviewJob = {
    kind: 'review',
    ...job,
    base: base.sha,
    ...(before === undefined ? {} : { before }),
    priority: PRIORITY.pushed,
    reason: action,
  };
  return {
    submit: [review],
    cancel: [{ which: { key: own.key }, before: at, why: `superseded by ${head.sha.slice(0, 12)}` }],
  };
}

function askedJob(event: Common, number: number, head: string, at: number, reason: string, asked: Asked): ReviewJob {
  const own = jobOf(event, number);
  return {
    kind: 'review',
    ...own,
    dedup: `${own.key}:${asked.id}`,
    at,
    number,
    head,
    priority: PRIORITY.asked,
    reason,
    asked,
  };
}

function toCheckRun(
  event: z.output<typeof checkRunSchema>,
  id: string,
  app: number | undefined,
  now: number,
): Reaction {
  const { action, check_run: run, requested_action: button } = event;
  const wanted = action === 'rerequested' || (action === 'requested_action' && button?.identifier === 'rerun');
  const number = numberOfRun(run.external_id ?? '');
  if (!wanted || number === undefined || (app !== undefined && run.app?.id !== app)) return NOTHING;
  return { submit: [askedJob(event, number, run.head_sha, now, action, { id: `delivery-${id}` })], cancel: [] };
}

function toCheckSuite(
  event: z.output<typeof checkSuiteSchema>,
  id: string,
  app: number | undefined,
  now: number,
): Reaction {
  const { action, check_suite: suite } = event;
  if (action !== 'rerequested' || (app !== undefined && suite.app?.id !== app)) return NOTHING;
  const make = (number: number) =>
    askedJob(event, number, suite.head_sha, now, 'suite rerequested', { id: `delivery-${id}` });
  const submit = suite.pull_requests.map(({ number }) => make(number));
  return submit.length > 0
    ? { submit, cancel: [] }
    : { ...NOTHING, suite: { repository: event.repository, id: suite.id, make } };
}

function toComment(event: z.output<typeof commentSchema>): Reaction {
  const { action, issue, comment } = event;
  const { user, body, id, created_at: at } = comment;
  const ours = issue.pull_request !== undefined && issue.pull_request !== null;
  // A bot that answers a bot never ends.
  if (action !== 'created' || !ours || !user || user.type === 'Bot' || !/^\/rmapbot\b/m.test(body ?? ''))
    return NOTHING;
  const own = jobOf(event, issue.number);
  const job: GithubJob = {
    kind: 'command',
    ...own,
    key: `${own.key}/commands`,
    dedup: `${own.key}:comment-${id}`,
    at,
    priority: PRIORITY.command,
    number: issue.number,
    comment: id,
    login: user.login,
    isAuthor: issue.user?.id === user.id,
    body: (body ?? '').slice(0, COMMAND_CHARS_MAX),
  };
  return { submit: [job], cancel: [] };
}

function toInstallation(event: z.output<typeof installationSchema>, id: string, now: number): Reaction {
  const { action, installation } = event;
  const gone = action === 'deleted' || action === 'suspend';
  const removed = action === 'removed' ? event.repositories_removed : action === 'deleted' ? event.repositories : [];
  const submit = removed.flatMap(({ id: repository, full_name }): GithubJob[] => {
    const [owner = '', name = ''] = full_name.split('/');
    if (!isOwner(owner) || !isRepository(name)) return [];
    const key = jobKey(repository, 0);
    const job = { key, dedup: `${key}:removed:${id}`, at: now, priority: PRIORITY.housekeeping };
    return [{ kind: 'end', what: 'removed', ...job, repository: { id: repository, owner, name } }];
  });
  const why = 'the App was removed';
  if (gone) return { submit, cancel: [{ which: { installation: installation.id }, why }] };
  return { submit, cancel: removed.map(({ id: repository }) => ({ which: { repository }, why })) };
}
