// SPDX-License-Identifier: GPL-2.0-or-later
// A pull request as the API tells it: its head, its merge base, who opened it. Answers are checked: a server that says
// something else is an error of ours, never a value.
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { isCommit } from './names.ts';
import type { RepositoryRef } from './values.ts';

const commit = z.string().refine(isCommit);

const pullSchema = z.object({
  number: z.int(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().optional(),
  user: z.object({ id: z.int(), login: z.string() }).nullable(),
  head: z.object({ sha: commit }),
  base: z.object({
    sha: commit,
    repo: z.object({ id: z.int(), name: z.string(), owner: z.object({ login: z.string() }) }),
  }),
});

const compareSchema = z.object({ total_commits: z.int().min(0), merge_base_commit: z.object({ sha: commit }) });

export interface PullRequest {
  repository: RepositoryRef;
  number: number;
  title: string;
  body: string;
  open: boolean;
  head: string;
  /** Tip of the branch that it is for. */
  base: string;
  mergeBase: string;
  /** Commits that the head has and the base has not. */
  commits: number;
}

/** Where a repository is asked about. */
export type Where = Pick<RepositoryRef, 'owner' | 'name'>;

/** A pull request without what has to be compared. */
export type BarePull = Omit<PullRequest, 'mergeBase' | 'commits'>;

/** As it stands; undefined where there is none, or none that we may see. `head`: another state of it. */
export async function barePull(
  client: Octokit,
  { owner, name }: Where,
  number: number,
  head?: string,
): Promise<BarePull | undefined> {
  const got = await ifThere(client.pulls.get({ owner, repo: name, pull_number: number }));
  if (!got) return undefined;
  const pull = pullSchema.parse(got.data);
  const { id, owner: of, name: repo } = pull.base.repo;
  return {
    repository: { id, owner: of.login, name: repo },
    number,
    title: pull.title,
    body: pull.body ?? '',
    open: pull.state === 'open',
    head: head ?? pull.head.sha,
    base: pull.base.sha,
  };
}

/** Where it leaves its base. Throws InputError where it never was on it. */
export async function withMergeBase(client: Octokit, bare: BarePull): Promise<PullRequest> {
  const { repository, base, head } = bare;
  const own = { owner: repository.owner, repo: repository.name, basehead: `${base}...${head}` };
  // The second page has the counts without the files, which may be megabytes.
  const compared = await ifThere(client.repos.compareCommitsWithBasehead({ ...own, page: 2, per_page: 1 }));
  if (!compared) throw new InputError('its head and its base have no history in common');
  const { total_commits, merge_base_commit } = compareSchema.parse(compared.data);
  return { ...bare, mergeBase: merge_base_commit.sha, commits: total_commits };
}

/** Both. Throws InputError where there is no such pull request. */
export async function readPullRequest(
  client: Octokit,
  where: Where,
  number: number,
  head?: string,
): Promise<PullRequest> {
  const bare = await barePull(client, where, number, head);
  if (!bare)
    throw new InputError(
      `${where.owner}/${where.name}#${number}: no such pull request, or none that may be seen from here`,
    );
  return withMergeBase(client, bare);
}

/** The head as it is at this moment; undefined where the pull request is closed or gone. */
export async function headNow(client: Octokit, where: Where, number: number): Promise<string | undefined> {
  const pull = await barePull(client, where, number);
  return pull?.open ? pull.head : undefined;
}

/** The commit that a branch, tag or commit id names; undefined where it names none. */
export async function commitNamed(client: Octokit, { owner, name }: Where, ref: string): Promise<string | undefined> {
  const got = await ifThere(client.repos.getCommit({ owner, repo: name, ref, per_page: 1, page: 2 }), [404, 409, 422]);
  return got && z.object({ sha: commit }).parse(got.data).sha;
}

/** The answer, or nothing where the server says that there is none. */
export async function ifThere<T>(asked: Promise<T>, nothing: readonly number[] = [404, 410]): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (nothing.includes((error as { status?: number }).status ?? 0)) return undefined;
    throw error;
  }
}
