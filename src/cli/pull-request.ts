// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot review owner/repo#N`: the pull request as an input like any other. Nothing is written to GitHub.
import { cacheRoot } from '../cache-dir.ts';
import { InputError } from '../errors.ts';
import { type GithubAccess, githubAccess, redact } from '../github/access.ts';
import type { PullRequestName } from '../github/names.ts';
import { ObjectStore } from '../github/objects.ts';
import { readPullRequest } from '../github/pull-request.ts';
import { seriesOf } from '../github/series.ts';
import { treeOf } from '../github/tree.ts';
import type { Assembly } from '../series/values.ts';
import type { SourceTree } from '../tree/values.ts';

/** By the environment: GITHUB_API_URL and GITHUB_TOKEN as in workflows, or GH_TOKEN as gh has it. */
export function accessFromEnvironment(env: NodeJS.ProcessEnv = process.env): GithubAccess {
  const token = env.GITHUB_TOKEN || env.GH_TOKEN;
  return githubAccess({
    ...(env.GITHUB_API_URL ? { apiUrl: env.GITHUB_API_URL } : {}),
    auth: token ? { token } : {},
  });
}

/** Its series, and its base unless the user names a tree. */
export async function openPullRequest(
  name: PullRequestName,
  options: { tree?: string; base?: string },
  show: (text: string) => void,
): Promise<{ assembly: Assembly; given?: SourceTree }> {
  if (options.base !== undefined && options.tree === undefined)
    throw new InputError('--base: of a pull request only together with --tree');
  const access = accessFromEnvironment();
  try {
    show('ask for the pull request');
    const pull = await readPullRequest(access.client(), name, name.number, name.head);
    const { repository } = pull;
    const store = await ObjectStore.open({
      ...{ cacheRoot: cacheRoot(), server: access.server, repository },
      token: () => access.token(),
    });
    show('fetch its commits');
    const series = await seriesOf(store, pull);
    const assembly = { series: [series], warnings: [] };
    if (options.tree !== undefined) return { assembly };
    show('fetch the files of its base');
    const label = `${repository.owner}/${repository.name}`;
    return { assembly, given: await treeOf(store, pull.mergeBase, series, { label, cacheRoot: cacheRoot() }) };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new Error(redact((error as Error).message));
  }
}
