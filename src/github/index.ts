// SPDX-License-Identifier: GPL-2.0-or-later
// The github room. In: webhooks and jobs. Out: jobs for a queue; reviews of pull requests, shown where they belong.
// `app.ts` (probot) is imported by itself: a workflow has no use for it.
export { type GithubAccess, type GithubSettings, githubAccess, redact } from './access.ts';
export { abandonJob, runGithubJob } from './job.ts';
export { pullRequestName } from './names.ts';
export type * from './values.ts';
export { JobCancelled } from './values.ts';
