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

/** Throws InputError where there is no such pull request, or none that we may see. `head`: another state of it. */
export async function readPullRequest(
  client: Octokit,
  { owner, name }: Where,
  number: number,
  head?: string,
): Promise<PullRequest> {
  const what = `${owner}/${name}#${number}`;
  const got = await ifThere(client.pulls.get({ owner, repo: name, pull_number: number }));
  if (!got) throw new InputError(`${what}: no such pull request, or none that may be seen from here`);
  const pull = pullSchema.parse(got.data);
  const repo = pull.base.repo;
  const repository = { id: repo.id, owner: repo.owner.login, name: repo.name };
  const tip = head ?? pull.head.sha;
  const basehead = `${pull.base.sha}...${tip}`;
  // The second page has the counts without the files, which may be megabytes.
  const compared = await ifThere(
    client.repos.compareCommitsWithBasehead({
      owner: repository.owner,
      repo: repository.name,
      basehead,
      page: 2,
      per_page: 1,
    }),
  );
  if (!compared) throw new InputError(`${what}: its head and its base have no history in common`);
  const { total_commits, merge_base_commit } = compareSchema.parse(compared.data);
  return {
    repository,
    number,
    title: pull.title,
    body: pull.body ?? '',
    open: pull.state === 'open',
    head: tip,
    base: pull.base.sha,
    mergeBase: merge_base_commit.sha,
    commits: total_commits,
  };
}

/** The head as it is at this moment; undefined where the pull request is closed or gone. */
export async function headNow(client: Octokit, { owner, name }: Where, number: number): Promise<string | undefined> {
  const got = await ifThere(client.pulls.get({ owner, repo: name, pull_number: number }));
  if (!got) return undefined;
  const { state, head } = pullSchema.parse(got.data);
  return state === 'open' ? head.sha : undefined;
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
