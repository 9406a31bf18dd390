// SPDX-License-Identifier: GPL-2.0-or-later
// What the fake answers, operation by operation: the published examples with the fake's own memory in them.
import type { FakeCheck, FakeComment, FakeGithub, FakePull, FakeRepository } from './fake.ts';
import { git } from './fake-git.ts';
import { exampleOf } from './rest.ts';

interface Asked {
  fake: FakeGithub;
  repository: FakeRepository;
  params: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

type Answer = { status: number; value: unknown } | undefined;

const R = '/repos/o/r';
let next = 5000;

/** Ids are the same for the same login. */
export function userId(login: string): number {
  return [...login].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1_000_000;
}

function user(login: string): Record<string, unknown> {
  const example = exampleOf('GET', `${R}/pulls/1`).user as Record<string, unknown>;
  return { ...example, login, id: userId(login) };
}

function pullValue(repository: FakeRepository, pull: FakePull): unknown {
  const example = exampleOf('GET', `${R}/pulls/1`) as Record<string, Record<string, unknown>>;
  const repo = {
    ...(example.base?.repo as object),
    id: repository.id,
    name: repository.name,
    owner: user(repository.owner),
  };
  const { number, title, body, state, draft } = pull;
  return {
    ...example,
    requested_teams: [],
    ...{ number, title, body, state, draft },
    user: user(pull.user),
    head: { ...example.head, sha: pull.head },
    base: { ...example.base, sha: pull.base, ref: 'main', repo },
  };
}

function checkValue(check: FakeCheck): unknown {
  const example = exampleOf('GET', `${R}/check-runs/1`) as Record<string, Record<string, unknown>>;
  const { id, head_sha, name, status, conclusion, external_id, output, suite, app } = check;
  const { title, summary, text, annotations } = output;
  return {
    ...example,
    ...{ id, head_sha, name, status, conclusion, external_id },
    output: { ...example.output, title, summary, text, annotations_count: annotations.length },
    check_suite: { id: suite },
    app: { ...example.app, id: app, slug: 'rmapbot' },
    pull_requests: [],
  };
}

function commentValue(comment: FakeComment): unknown {
  const example = exampleOf('GET', `${R}/issues/comments/1`);
  const integration = exampleOf('GET', `${R}/check-runs/1`).app as object;
  return {
    ...example,
    id: comment.id,
    body: comment.body,
    user: user(comment.user),
    performed_via_github_app: comment.app === undefined ? null : { ...integration, id: comment.app },
  };
}

function page<T>(all: readonly T[], query: URLSearchParams): T[] {
  const size = Number(query.get('per_page') ?? 30);
  const at = Number(query.get('page') ?? 1) - 1;
  return all.slice(at * size, (at + 1) * size);
}

const ok = (value: unknown, status = 200): Answer => ({ status, value });

/** Takes over what a create or update of a check says. Annotations are appended. */
function fill(check: FakeCheck, body: Record<string, unknown>): void {
  const { output, ...rest } = body as Partial<FakeCheck>;
  Object.assign(check, rest);
  if (body.conclusion !== undefined) check.status = 'completed';
  if (!output) return;
  const { annotations = [], ...words } = output;
  Object.assign(check.output, words);
  check.output.annotations.push(...annotations);
}

const commitExists = (repository: FakeRepository, ref: string): string | undefined => {
  try {
    return git(repository.gitDir, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  } catch {
    return undefined;
  }
};

export const answers: Record<string, (asked: Asked) => Answer> = {
  'pulls/get': ({ repository, params }) => {
    const pull = repository.pulls.get(Number(params.pull_number));
    return pull && ok(pullValue(repository, pull));
  },
  'repos/compare-commits-with-basehead': ({ repository, params }) => {
    const [base = '', head = ''] = (params.basehead ?? '').split('...');
    if (!commitExists(repository, base) || !commitExists(repository, head)) return undefined;
    const mergeBase = git(repository.gitDir, ['merge-base', base, head]);
    const count = Number(git(repository.gitDir, ['rev-list', '--count', `${base}..${head}`]));
    const example = exampleOf('GET', `${R}/compare/a...b`) as { merge_base_commit: object };
    return ok({
      ...example,
      total_commits: count,
      ahead_by: count,
      merge_base_commit: { ...example.merge_base_commit, sha: mergeBase },
      commits: [],
      files: undefined,
    });
  },
  'repos/get-commit': ({ repository, params }) => {
    const sha = commitExists(repository, params.ref ?? '');
    return sha === undefined
      ? { status: 422, value: { message: 'No commit found' } }
      : ok({ ...exampleOf('GET', `${R}/commits/a`), sha, files: undefined });
  },
  'checks/create': ({ fake, repository, body }) => {
    const id = next++;
    const output = { title: null, summary: null, text: null, annotations: [] };
    const empty = {
      id,
      suite: id + 100_000,
      app: fake.app.id,
      head_sha: '',
      name: '',
      status: 'queued',
      conclusion: null,
      external_id: '',
      output,
      actions: [],
    };
    const check: FakeCheck = empty;
    fill(check, body);
    repository.checks.push(check);
    return ok(checkValue(check), 201);
  },
  'checks/get': ({ repository, params }) => {
    const check = repository.checks.find(({ id }) => id === Number(params.check_run_id));
    return check && ok(checkValue(check));
  },
  'checks/update': ({ repository, params, body }) => {
    const check = repository.checks.find(({ id }) => id === Number(params.check_run_id));
    if (!check) return undefined;
    fill(check, body);
    return ok(checkValue(check));
  },
  'checks/list-for-ref': ({ repository, params, query }) => {
    const [name, app] = [query.get('check_name'), query.get('app_id')];
    const all = repository.checks.filter(
      (one) =>
        one.head_sha === params.ref &&
        (name === null || one.name === name) &&
        (app === null || one.app === Number(app)),
    );
    // As GitHub does: the latest of a name, where not all are asked for.
    const shown = query.get('filter') === 'all' ? all : all.slice(-1);
    return ok({ total_count: shown.length, check_runs: page(shown.toReversed(), query).map(checkValue) });
  },
  'checks/list-for-suite': ({ repository, params, query }) => {
    const all = repository.checks.filter(({ suite }) => suite === Number(params.check_suite_id));
    return ok({ total_count: all.length, check_runs: page(all, query).map(checkValue) });
  },
  'issues/list-comments': ({ repository, params, query }) => {
    const all = repository.comments.filter(({ issue }) => issue === Number(params.issue_number));
    return ok(page(all, query).map(commentValue));
  },
  'issues/create-comment': ({ fake, repository, params, body }) => {
    const issue = Number(params.issue_number);
    const comment = { id: next++, issue, body: String(body.body), user: fake.writesAs, app: fake.app.id };
    repository.comments.push(comment);
    return ok(commentValue(comment), 201);
  },
  'issues/update-comment': ({ repository, params, body }) => {
    const comment = repository.comments.find(({ id }) => id === Number(params.comment_id));
    if (!comment) return undefined;
    comment.body = String(body.body);
    return ok(commentValue(comment));
  },
  'repos/get-collaborator-permission-level': ({ repository, params }) => {
    const permission = repository.permissions[params.username ?? ''];
    if (permission === undefined) return undefined;
    const example = exampleOf('GET', `${R}/collaborators/u/permission`) as { user: object };
    return ok({
      ...example,
      permission,
      role_name: permission,
      user: { ...example.user, login: params.username, role_name: permission },
    });
  },
  'reactions/create-for-issue-comment': ({ repository, params, body }) => {
    const [comment, content] = [Number(params.comment_id), String(body.content)];
    const known = repository.reactions.some((one) => one.comment === comment && one.content === content);
    if (!known) repository.reactions.push({ comment, content });
    return ok({ ...exampleOf('POST', `${R}/issues/comments/1/reactions`, 201), content }, known ? 200 : 201);
  },
  'repos/get-content': ({ repository, params, query }) => {
    const ref = commitExists(repository, query.get('ref') ?? 'main');
    if (ref === undefined || git(repository.gitDir, ['ls-tree', ref, '--', params.path ?? '']) === '') return undefined;
    const content = git(repository.gitDir, ['show', `${ref}:${params.path}`]);
    const example = exampleOf('GET', `${R}/contents/x`);
    return ok({ ...example, type: 'file', path: params.path, content: Buffer.from(`${content}\n`).toString('base64') });
  },
  'users/get-authenticated': () => ({ status: 403, value: { message: 'Resource not accessible by integration' } }),
  'apps/create-installation-access-token': ({ fake }) =>
    ok(
      {
        ...exampleOf('POST', '/app/installations/1/access_tokens', 201),
        token: fake.token,
        expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      },
      201,
    ),
};
