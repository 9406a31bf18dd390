// SPDX-License-Identifier: GPL-2.0-or-later
// Where a job's answers go, and as whom.
import type { GithubAccess } from './access.ts';
import type { CheckPlace } from './check.ts';
import { type CommentPlace, loginOf } from './comment.ts';
import type { GithubJob } from './values.ts';

export function checkPlace({ installation, repository }: GithubJob, access: GithubAccess): CheckPlace {
  return { client: access.client(installation), where: repository, app: access.appId, unitMs: access.unitMs };
}

export async function commentPlace(
  { installation, repository }: GithubJob,
  number: number,
  { client, appId, unitMs }: GithubAccess,
): Promise<CommentPlace> {
  const own = client(installation);
  const self = appId === undefined ? { login: await loginOf(own) } : { app: appId };
  return { client: own, where: repository, number, self, unitMs };
}
