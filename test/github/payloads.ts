// SPDX-License-Identifier: GPL-2.0-or-later
// Webhooks as GitHub sends them, as far as we read them, and signed as it signs them.
import { createHmac } from 'node:crypto';

export const SECRET = 'a secret of the test';
export const APP = 4711;
export const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(40)) as [string, string, string];

const repository = {
  id: 1000,
  name: 'linux',
  full_name: 'octo/linux',
  owner: { login: 'octo', id: 1, type: 'Organization' },
};
const common = { repository, installation: { id: 7 }, sender: { login: 'ann', id: 5, type: 'User' } };

export function pullRequest(
  action: string,
  pull: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): object {
  const { head = A, ...rest } = pull;
  return {
    ...common,
    action,
    number: 12,
    pull_request: {
      number: 12,
      draft: false,
      updated_at: '2026-11-20T10:00:00Z',
      head: { sha: head },
      base: { sha: C },
      ...rest,
    },
    ...more,
  };
}

export function checkRun(
  action: string,
  run: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): object {
  const check_run = {
    id: 1,
    external_id: 'rmapbot:12:auto-x',
    head_sha: A,
    app: { id: APP },
    pull_requests: [],
    ...run,
  };
  return { ...common, action, check_run, ...more };
}

export function checkSuite(pulls: number[]): object {
  const pull_requests = pulls.map((number) => ({ number }));
  return { ...common, action: 'rerequested', check_suite: { id: 9, head_sha: A, app: { id: APP }, pull_requests } };
}

export function comment(
  body: string,
  more: { type?: string; author?: string; action?: string; plain?: boolean } = {},
): object {
  const { type = 'User', author = 'ann', action = 'created', plain = false } = more;
  const user = { id: 5, login: 'ann', type };
  const issue = {
    number: 12,
    user: { id: author === 'ann' ? 5 : 6, login: author, type: 'User' },
    ...(plain ? {} : { pull_request: { url: 'x' } }),
  };
  return { ...common, action, issue, comment: { id: 99, body, created_at: '2026-11-20T11:00:00Z', user } };
}

export function installation(name: 'installation' | 'installation_repositories', action: string): object {
  const repositories = [{ id: 1000, full_name: 'octo/linux', name: 'linux', node_id: 'x', private: true }];
  const listed =
    name === 'installation' ? { repositories } : { repositories_added: [], repositories_removed: repositories };
  return { action, installation: { id: 7 }, sender: common.sender, ...listed };
}

/** Headers of a delivery. */
export function headersOf(name: string, body: string, id: string, secret = SECRET): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-github-event': name,
    'x-github-delivery': id,
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
}
