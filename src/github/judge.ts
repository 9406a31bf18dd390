// SPDX-License-Identifier: GPL-2.0-or-later
// A pull request -> its review and what is to be shown of it: configuration, series, tree, review, answer. Nothing is
// written to GitHub here. InputError: it cannot be reviewed as it is.
import type { Octokit } from '@octokit/rest';
import { InputError } from '../errors.ts';
import { type CheckAnnotation, type CheckAnswer, checkAnswer } from '../report/check-run.ts';
import { commentText } from '../report/comment.ts';
import { md } from '../report/markdown-text.ts';
import type { Review } from '../review/values.ts';
import { matches } from '../semantics/glob.ts';
import { loadRules, type Rules } from '../semantics/index.ts';
import { inScope } from '../semantics/paths.ts';
import type { Series } from '../series/values.ts';
import type { GithubAccess } from './access.ts';
import { changedLines } from './changed-lines.ts';
import { CONFIG_PATH, type ConfigFault, defaultConfig, type RepositoryConfig, readConfig } from './config.ts';
import { ObjectStore } from './objects.ts';
import { commitNamed, ifThere, type PullRequest } from './pull-request.ts';
import { seriesOf } from './series.ts';
import { treeOf } from './tree.ts';
import type { GithubPorts, JobSettings, ReviewJob } from './values.ts';

export interface Findings {
  /** Absent where nothing had to be run. */
  review?: Review;
  answer: CheckAnswer;
  comment: { text: string; wanted: boolean };
}

export interface Judged {
  job: ReviewJob;
  access: GithubAccess;
  client: Octokit;
  ports: GithubPorts;
  signal: AbortSignal;
  settings: JobSettings;
  pull: PullRequest;
}

export async function judgePull(work: Judged): Promise<Findings> {
  const { job, access, client, ports, signal, settings, pull } = work;
  const rules = await loadRules();
  const read = await configOf(client, pull, rules);
  if ('faults' in read) return misconfigured(read.faults);
  const { config } = read;
  const { repository } = pull;
  const { cacheRoot } = settings;
  const token = () => access.token(job.installation);
  const store = await ObjectStore.open({ cacheRoot, server: access.server, repository, token });
  const series = await seriesOf(store, pull);
  const own = await ownConfigFaults(store, pull, series, rules);
  signal.throwIfAborted();
  if (!touchesOurs(series, config, rules)) return nothingOfOurs(pull, config, own);
  const base = await baseOf(client, pull, job);
  const on = base === pull.mergeBase ? series : { ...series, base };
  const label = `${repository.owner}/${repository.name}`;
  const tree = await treeOf(store, base, on, { label, cacheRoot });
  signal.throwIfAborted();
  const scenarios = job.asked?.scenario ?? config.scenarios;
  const review = await ports.review(
    {
      ...{ series: on, tree, notes: notesOf(job, config) },
      ...(config.areas ? { areas: config.areas } : {}),
      ...(scenarios === undefined ? {} : { scenarios }),
      ...(config.budget === undefined ? {} : { budget: config.budget }),
      ...(config['time-cap'] === undefined ? {} : { timeCap: config['time-cap'] }),
    },
    signal,
  );
  // On another base the lines are others than those of the head.
  const changed = base === pull.mergeBase ? await changedLines(store, base, pull.head) : new Map();
  const answer = checkAnswer(review, { changed, grades: config.severities, conclusions: conclusionsOf(config) });
  answer.annotations.push(...annotate(own, 'warning'));
  const graver = review.verdict === 'violations' || review.verdict === 'does-not-build';
  const wanted = config.comment === 'always' || (config.comment === 'findings' && graver);
  return { review, answer, comment: { text: commentText(review, pull.head), wanted } };
}

/** The configuration of the branch that the pull request is for: its own would let it choose its judge. */
async function configOf(
  client: Octokit,
  { repository, base }: PullRequest,
  rules: Rules,
): Promise<{ config: RepositoryConfig } | { faults: ConfigFault[] }> {
  const own = { owner: repository.owner, repo: repository.name, path: CONFIG_PATH, ref: base };
  const got = await ifThere(client.repos.getContent(own));
  if (!got) return { config: defaultConfig() };
  const { data } = got;
  if (Array.isArray(data) || data.type !== 'file' || !('content' in data))
    return { faults: [{ line: 1, why: 'is no regular file' }] };
  return readConfig(Buffer.from(data.content, 'base64'), rules.areas);
}

/** What is wrong with the configuration that the pull request brings, for the day on which it counts. */
async function ownConfigFaults(
  store: ObjectStore,
  { head }: PullRequest,
  series: Series,
  rules: Rules,
): Promise<ConfigFault[]> {
  if (!series.patches.some(({ paths }) => paths.includes(CONFIG_PATH))) return [];
  const content = await store.file(head, CONFIG_PATH);
  const read = content && readConfig(content, rules.areas);
  return read && 'faults' in read ? read.faults : [];
}

function touchesOurs(series: Series, { paths }: RepositoryConfig, { scope }: Rules): boolean {
  const wanted = (path: string) => paths === undefined || paths.some((glob) => matches(path, glob));
  return series.patches.some((patch) => patch.paths.some((path) => inScope(path, scope) && wanted(path)));
}

/** The commit that somebody asked for, else the merge base. */
async function baseOf(client: Octokit, { repository, mergeBase }: PullRequest, { asked }: ReviewJob): Promise<string> {
  if (asked?.base === undefined) return mergeBase;
  const commit = await commitNamed(client, repository, asked.base);
  if (commit === undefined)
    throw new InputError(`base ${asked.base}: ${repository.owner}/${repository.name} has no such commit`);
  return commit;
}

function notesOf({ asked }: ReviewJob, { paths, scenarios }: RepositoryConfig): string[] {
  return [
    ...(asked?.scenario === undefined ? [] : [`only scenarios ${asked.scenario}, as asked`]),
    ...(asked?.scenario === undefined && scenarios !== undefined
      ? [`only scenarios ${scenarios}, by ${CONFIG_PATH}`]
      : []),
    ...(asked?.base === undefined ? [] : [`on ${asked.base}, as asked, not on the merge base`]),
    ...(paths === undefined ? [] : [`pull requests that touch none of ${paths.join(', ')} are passed over`]),
  ];
}

function conclusionsOf({
  conclusions,
}: RepositoryConfig): Partial<Record<Review['verdict'], CheckAnswer['conclusion']>> {
  return Object.fromEntries(Object.entries(conclusions).filter(([, one]) => one !== undefined));
}

function annotate(faults: readonly ConfigFault[], level: CheckAnnotation['annotation_level']): CheckAnnotation[] {
  return faults.map(({ line, why }) => ({
    ...{ path: CONFIG_PATH, start_line: line, end_line: line, annotation_level: level },
    ...{ title: 'configuration of rmapbot', message: why },
  }));
}

function misconfigured(faults: readonly ConfigFault[]): Findings {
  const lines = faults.map(({ line, why }) => `- line ${line}: ${md(why)}`);
  const answer: CheckAnswer = {
    conclusion: 'action_required',
    title: `${CONFIG_PATH} has errors: nothing was reviewed`,
    summary: [`\`${CONFIG_PATH}\` of the base branch has errors.`, '', ...lines, ''].join('\n'),
    text: '',
    annotations: annotate(faults, 'failure'),
  };
  return { answer, comment: { text: answer.summary, wanted: false } };
}

function nothingOfOurs({ head }: PullRequest, config: RepositoryConfig, own: readonly ConfigFault[]): Findings {
  const what = config.paths === undefined ? 'the reverse map' : `what \`${CONFIG_PATH}\` names`;
  const answer: CheckAnswer = {
    conclusion: config.conclusions['out-of-scope'] ?? 'neutral',
    title: 'out of scope: touches nothing of ours',
    summary: `The pull request touches nothing of ${what}. Nothing was run.\n`,
    text: '',
    annotations: annotate(own, 'warning'),
  };
  return { answer, comment: { text: `${answer.summary}\n<sub>Of \`${head.slice(0, 12)}\`.</sub>\n`, wanted: false } };
}
