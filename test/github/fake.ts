// SPDX-License-Identifier: GPL-2.0-or-later
// A small GitHub on the loopback: the REST endpoints that we use, each request and each answer held against the published
// description, and the repositories over git. Its memory is plain; tests read and change it, and order failures.
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers } from './fake-answers.ts';
import { makeBare, serveGit } from './fake-git.ts';
import { answerFaults, faultsOf, type Route, routeOf } from './rest.ts';

export interface FakePull {
  number: number;
  title: string;
  body: string | null;
  head: string;
  base: string;
  state: 'open' | 'closed';
  draft: boolean;
  /** Who opened it. */
  user: string;
}

export interface FakeComment {
  id: number;
  issue: number;
  body: string;
  user: string;
  /** The App that wrote it, if one did. */
  app?: number;
}

export interface FakeCheck {
  id: number;
  suite: number;
  app: number;
  head_sha: string;
  name: string;
  status: string;
  conclusion: string | null;
  external_id: string;
  details_url?: string;
  output: { title: string | null; summary: string | null; text: string | null; annotations: Record<string, unknown>[] };
  actions: { label: string; description: string; identifier: string }[];
}

export interface FakeRepository {
  id: number;
  owner: string;
  name: string;
  gitDir: string;
  pulls: Map<number, FakePull>;
  comments: FakeComment[];
  checks: FakeCheck[];
  /** By login: "admin", "write", "read", "none". */
  permissions: Record<string, string>;
  reactions: { comment: number; content: string }[];
}

export interface Seen {
  method: string;
  path: string;
  body?: Record<string, unknown> | undefined;
}

/** A failure that a test orders. `after`: the request has its effect, and the answer is lost. */
export interface Trouble {
  on: RegExp;
  times: number;
  status: number;
  headers?: Record<string, string>;
  message?: string;
  after?: boolean;
}

export interface FakeGithub {
  url: string;
  app: { id: number; privateKey: string };
  requests: Seen[];
  /** What was asked or answered against the description; must stay empty. */
  faults: string[];
  troubles: Trouble[];
  /** Bytes that git has sent. */
  gitBytes: number;
  /** What a token may not do, as a fork's workflow token. */
  readOnly: boolean;
  /** Login of what it is sent. */
  writesAs: string;
  repository(owner: string, name: string): FakeRepository;
  /** The only token that is taken beside the App's. */
  token: string;
  close(): Promise<void>;
}

const API = '/api/v3';

export async function fakeGithub(): Promise<FakeGithub> {
  const root = mkdtempSync(join(tmpdir(), 'rmapbot-fake-github-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const repositories: FakeRepository[] = [];
  const server: Server = createServer((request, response) => void serve(request, response));
  const fake: FakeGithub = {
    url: '',
    app: { id: 4711, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
    requests: [],
    faults: [],
    troubles: [],
    gitBytes: 0,
    readOnly: false,
    writesAs: 'rmapbot[bot]',
    token: 'ghs_installationToken00000000000000',
    repository(owner, name) {
      const known = repositories.find((one) => one.owner === owner && one.name === name);
      if (known) return known;
      const gitDir = join(root, owner, `${name}.git`);
      makeBare(gitDir);
      const id = 1000 + repositories.length;
      const fresh = {
        id,
        owner,
        name,
        gitDir,
        pulls: new Map(),
        comments: [],
        checks: [],
        permissions: {},
        reactions: [],
      };
      repositories.push(fresh);
      return fresh;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(root, { recursive: true, force: true });
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', fake.url);
    const authorization = request.headers.authorization ?? '';
    if (!url.pathname.startsWith(`${API}/`)) {
      const basic = `Basic ${Buffer.from(`x-access-token:${fake.token}`).toString('base64')}`;
      if (authorization !== basic) return void response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      return serveGit(root, request, response, (bytes) => {
        fake.gitBytes += bytes;
      });
    }
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString('utf8');
    const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
    const path = url.pathname.slice(API.length);
    const method = request.method ?? 'GET';
    fake.requests.push({ method, path, body });
    const tell = (status: number, value: unknown, headers: Record<string, string> = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    const route = routeOf(method, path);
    if (!route) {
      fake.faults.push(`no such operation: ${method} ${path}`);
      return void tell(404, { message: 'Not Found' });
    }
    const faults = faultsOf(route, url.searchParams, body);
    if (faults.length > 0) fake.faults.push(...faults.map((fault) => `${method} ${path}: ${fault}`));
    const trouble = fake.troubles.find((one) => one.times > 0 && one.on.test(`${method} ${path}`));
    if (trouble) trouble.times--;
    if (trouble && !trouble.after) {
      return void tell(trouble.status, { message: trouble.message ?? 'trouble' }, trouble.headers);
    }
    if (!allowed(authorization, path)) return void tell(401, { message: 'Bad credentials' });
    const { status, value } = answer(route, method, path, url.searchParams, body);
    if (trouble) return void tell(trouble.status, { message: trouble.message ?? 'trouble' }, trouble.headers);
    tell(status, value);
  }

  /** The App's endpoints take its signed word, all others a token. */
  function allowed(authorization: string, path: string): boolean {
    if (!path.startsWith('/app/'))
      return [`token ${fake.token}`, `bearer ${fake.token}`].includes(
        authorization.replace(/^\w+/, (one) => one.toLowerCase()),
      );
    const [, head = '', payload = '', signature = ''] =
      /^bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(authorization) ?? [];
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}') as { iss?: unknown };
    const key = createPublicKey(fake.app.privateKey);
    return (
      Number(iss) === fake.app.id &&
      verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))
    );
  }

  function answer(
    route: Route,
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown> | undefined,
  ): { status: number; value: unknown } {
    if (fake.readOnly && method !== 'GET')
      return { status: 403, value: { message: 'Resource not accessible by integration' } };
    const { owner, repo } = route.params;
    const repository = repositories.find((one) => one.owner === owner && one.name === repo);
    const make = answers[route.operation.operationId];
    if (!make) throw new Error(`the fake has no ${route.operation.operationId}`);
    const made =
      owner !== undefined && !repository
        ? undefined
        : make({ fake, repository: repository as FakeRepository, params: route.params, query, body: body ?? {} });
    if (!made) return { status: 404, value: { message: 'Not Found' } };
    const wrong = made.status < 400 ? answerFaults(route, made.status, made.value) : [];
    fake.faults.push(...wrong.map((fault) => `the fake's answer to ${method} ${path}: ${fault}`));
    return made;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${API}`;
  return fake;
}
