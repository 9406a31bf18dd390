// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot review --github`: the same as the App does, in a workflow and with its token, without any server. Where the
// token may not write (pull requests of forks) the answer stands in the workflow's summary and log.
import { randomUUID } from 'node:crypto';
import { appendFile, readFile, stat } from 'node:fs/promises';
import { cacheRoot } from '../cache-dir.ts';
import { InputError } from '../errors.ts';
import { reactionTo } from '../github/events.ts';
import { runGithubJob } from '../github/job.ts';
import { STEP_SUMMARY_BYTES_MAX, WEBHOOK_BYTES_MAX } from '../github/limits.ts';
import { jobKey, pullRequestName } from '../github/names.ts';
import { readPullRequest } from '../github/pull-request.ts';
import type { GithubJob, GithubPorts, JobOutcome, ReviewWish } from '../github/values.ts';
import type { CheckAnnotation } from '../report/check-run.ts';
import { render } from '../report/render.ts';
import type { Review } from '../review/values.ts';
import { print, writeResult } from './output.ts';
import { accessFromEnvironment } from './pull-request.ts';
import { type ReviewOptions, reviewChosen } from './review.ts';

/** Exit code 1 where the check fails, else 0: what could not be judged does not break a workflow. */
export async function reviewInWorkflow(input: string | undefined, options: ReviewOptions): Promise<void> {
  const access = accessFromEnvironment();
  const queue: GithubJob[] = await jobsOf(input, access);
  const known = new Set<string>();
  const ports: GithubPorts = {
    review: (wish) => review(wish, options),
    queue: {
      async submit(job) {
        if (known.has(job.dedup)) return false;
        known.add(job.dedup);
        queue.push(job);
        return true;
      },
      // Nothing runs beside this; the workflow's `concurrency` ends what is out of date.
      async cancel() {},
    },
    log: (line) => process.stderr.write(`${line}\n`),
  };
  if (queue.length === 0) process.stderr.write('rmapbot: nothing to do for this event\n');
  for (let job = queue.shift(); job; job = queue.shift()) {
    const outcome = await runGithubJob(job, access, ports, new AbortController().signal, { cacheRoot: cacheRoot() });
    await tell(outcome, options);
  }
}

/** What the event asks for, or the pull request that is named. Running a workflow again asks for a review again. */
async function jobsOf(
  input: string | undefined,
  access: ReturnType<typeof accessFromEnvironment>,
): Promise<GithubJob[]> {
  const { GITHUB_EVENT_PATH: path, GITHUB_EVENT_NAME: name = '', GITHUB_RUN_ID: run = '0' } = process.env;
  const attempt = Number(process.env.GITHUB_RUN_ATTEMPT ?? 1);
  const asked = attempt > 1 ? { asked: { id: `workflow-${Number(run)}-${attempt}` } } : {};
  if (input !== undefined) {
    const pull = pullRequestName(input);
    if (!pull) throw new InputError('--github: only a pull request can be reviewed, as owner/repo#N');
    const { repository, number } = await readPullRequest(access.client(), pull, pull.number);
    const key = jobKey(repository.id, number);
    return [
      { kind: 'review', key, dedup: key, at: Date.now(), priority: 0, repository, number, reason: 'named', ...asked },
    ];
  }
  if (!path) throw new InputError('--github: GITHUB_EVENT_PATH is not set: this is no workflow; name owner/repo#N');
  if ((await stat(path)).size > WEBHOOK_BYTES_MAX) throw new InputError('--github: the event is too large');
  const payload: unknown = JSON.parse(await readFile(path, 'utf8'));
  const event = name === 'pull_request_target' ? 'pull_request' : name;
  const { submit } = reactionTo({ id: `${run}-${attempt}`, name: event, payload }, undefined);
  return submit.map((job) => (job.kind === 'review' ? { ...job, ...asked } : job));
}

async function review(wish: ReviewWish, options: ReviewOptions): Promise<Review> {
  const { series, notes, tree, areas, scenarios = options.scenarios, budget = options.budget, timeCap } = wish;
  const chosen = await reviewChosen(
    { series: [series], warnings: notes },
    undefined,
    {
      ...{ rules: options.rules ?? [], jobs: options.jobs, budget, timeCap: timeCap ?? options.timeCap, given: tree },
      ...(areas ? { areas } : {}),
      ...(scenarios === undefined ? {} : { scenarios }),
    },
    { show() {} },
  );
  return chosen.review;
}

async function tell(outcome: JobOutcome, options: ReviewOptions): Promise<void> {
  const { state, why, review: result, answer, unshown } = outcome;
  if (result && options.json !== undefined && options.json !== '-')
    await writeResult(options.json, await render(result, 'json'));
  if (result && options.html !== undefined) await writeResult(options.html, await render(result, 'html'));
  process.stderr.write(`rmapbot: ${state}: ${why}\n`);
  if (answer) {
    const page = process.env.GITHUB_STEP_SUMMARY;
    const text = `${answer.summary}\n${answer.text}`;
    // A part that is whole says more than two of which the second is cut.
    if (page) await appendFile(page, Buffer.byteLength(text) > STEP_SUMMARY_BYTES_MAX ? answer.summary : text);
  }
  if (result) await printQuietly(await render(result, options.json === '-' ? 'json' : (options.format ?? 'text')));
  if (answer && unshown) await print(answer.annotations.map(workflowCommand).join(''));
  if (answer?.conclusion === 'failure') process.exitCode = 1;
}

/** The runner obeys lines of the log that begin with "::"; a report may quote such lines. */
async function printQuietly(text: string): Promise<void> {
  const word = randomUUID();
  await print(`::stop-commands::${word}\n${text}::${word}::\n`);
}

/** An annotation in the words of a workflow, for where no check may be written. */
export function workflowCommand({
  annotation_level,
  path,
  start_line,
  end_line,
  title,
  message,
}: CheckAnnotation): string {
  const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const level = annotation_level === 'failure' ? 'error' : annotation_level;
  const where = `file=${property(path)},line=${start_line},endLine=${end_line},title=${property(title)}`;
  return `::${level} ${where}::${data(message)}\n`;
}
