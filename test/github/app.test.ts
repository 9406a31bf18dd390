// SPDX-License-Identifier: GPL-2.0-or-later
// Webhooks over http to the App: who is let in, which jobs come of what, and that nothing is lost or done twice.
import { generateKeyPairSync } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { githubWebhooks } from '../../src/github/app.ts';
import type { GithubJob, JobMatch, JobPort, ReviewJob } from '../../src/github/values.ts';
import {
  A,
  APP,
  B,
  C,
  checkRun,
  checkSuite,
  comment,
  headersOf,
  installation,
  pullRequest,
  SECRET,
} from './payloads.ts';

let server: Server;
let url = '';
const log: string[] = [];
let jobs: GithubJob[] = [];
let cancelled: { which: JobMatch; before?: number; why: string }[] = [];
let broken = false;

/** A queue that remembers what it took, as the contract asks. */
const taken = new Set<string>();
const queue: JobPort = {
  async submit(job) {
    if (broken) throw new Error('the queue cannot be reached');
    if (taken.has(job.dedup)) return false;
    taken.add(job.dedup);
    jobs.push(job);
    return true;
  },
  async cancel(which, options) {
    cancelled.push({ which, ...options });
  },
};

const PEM = { type: 'pkcs8', format: 'pem' } as const;
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(PEM).toString();

beforeAll(async () => {
  const settings = { appId: APP, privateKey, webhookSecret: SECRET, apiUrl: 'http://127.0.0.1:9/api/v3' };
  const handle = await githubWebhooks(settings, queue, (line) => log.push(line));
  server = createServer(async (request, response) => {
    if (!(await handle(request, response))) response.writeHead(404).end('elsewhere');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`;
});
afterAll(() => server.close());
beforeEach(() => {
  jobs = [];
  cancelled = [];
  broken = false;
  taken.clear();
  log.length = 0;
});

let deliveries = 0;

async function deliver(name: string, payload: object, id = `delivery-${++deliveries}`): Promise<number> {
  const body = JSON.stringify(payload);
  return (await fetch(url, { method: 'POST', headers: headersOf(name, body, id), body })).status;
}

describe('who is let in', () => {
  const body = JSON.stringify(pullRequest('opened'));
  const good = headersOf('pull_request', body, 'x');
  const post = async (text: string, headers: Record<string, string>) =>
    (await fetch(url, { method: 'POST', headers, body: text })).status;

  it('GitHub, by the signature over the bytes as they came', async () => {
    expect(await post(body, good)).toBe(200);
    expect(jobs).toHaveLength(1);
  });

  it.each([
    ['no signature', body, { ...good, 'x-hub-signature-256': undefined }],
    ['an empty signature', body, { ...good, 'x-hub-signature-256': '' }],
    ["another secret's signature", body, headersOf('pull_request', body, 'x', 'another secret of it')],
    ['a signature of another length', body, { ...good, 'x-hub-signature-256': 'sha256=00' }],
    ['SHA-1', body, { ...good, 'x-hub-signature-256': good['x-hub-signature-256']?.replace('sha256', 'sha1') }],
    ['a body that was altered', body.replace('12', '13'), good],
    ['a body with a blank more', `${body} `, good],
    ['what is no JSON, before anybody reads it', '{"action": ', good],
  ])('nobody with %s', async (_, text, headers) => {
    const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >;
    expect(await post(text, given)).toBe(400);
    expect(jobs).toEqual([]);
  });

  it('not for what is larger than GitHub sends, declared or not', async () => {
    const declared = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...good, 'content-length': `${26 * 1024 * 1024}` };
      const asked = httpRequest(url, { method: 'POST', headers }, (answer) => resolve(answer.statusCode));
      asked.on('error', reject);
      asked.write('{');
    });
    expect(declared).toBe(413);
    const flood = async function* () {
      for (let i = 0; i < 27; i++) yield Buffer.alloc(1024 * 1024, 32);
    };
    const streamed = await fetch(url, { method: 'POST', headers: good, body: flood(), duplex: 'half' } as never).then(
      ({ status }) => status,
      () => 413, // the connection was closed before all was sent
    );
    expect(streamed).toBe(413);
  });

  it('other paths and methods are not ours', async () => {
    expect((await fetch(url.replace('/api', '/other'))).status).toBe(404);
    expect((await fetch(url)).status).toBe(404);
  });

  it('secrets that can be guessed are refused at the start', async () => {
    const settings = { appId: APP, privateKey, webhookSecret: 'short' };
    await expect(githubWebhooks(settings, queue, () => {})).rejects.toThrow("the webhook's secret");
  });
});

describe('pull requests', () => {
  it.each(['opened', 'reopened', 'synchronize', 'ready_for_review'])(
    '%s: a review of the head, and older ones are of no use',
    async (action) => {
      expect(await deliver('pull_request', pullRequest(action, { head: B }, { before: A }))).toBe(200);
      expect(jobs).toMatchObject([
        {
          kind: 'review',
          key: 'github:1000#12',
          number: 12,
          head: B,
          base: C,
          before: A,
          reason: action,
          installation: 7,
          priority: 10,
        },
      ]);
      expect(cancelled).toEqual([
        {
          which: { key: 'github:1000#12' },
          before: Date.parse('2026-11-20T10:00:00Z'),
          why: 'superseded by bbbbbbbbbbbb',
        },
      ]);
    },
  );

  it('the same event is one job however often it is delivered; a head that comes back is another', async () => {
    const push = (head: string, minute: number) =>
      pullRequest('synchronize', { head, updated_at: `2026-11-20T10:0${minute}:00Z` });
    await deliver('pull_request', push(A, 1), 'one');
    await deliver('pull_request', push(A, 1), 'one');
    await deliver('pull_request', push(B, 2));
    await deliver('pull_request', push(A, 3));
    expect(jobs.map((job) => (job as ReviewJob).head)).toEqual([A, B, A]);
  });

  it('a delivery that comes late cancels nothing newer', async () => {
    await deliver('pull_request', pullRequest('synchronize', { head: B, updated_at: '2026-11-20T10:05:00Z' }));
    await deliver('pull_request', pullRequest('synchronize', { head: A, updated_at: '2026-11-20T10:04:00Z' }));
    const [newer, older] = jobs;
    expect(cancelled.at(-1)?.before).toBe(older?.at);
    expect(newer?.at).toBeGreaterThan(cancelled.at(-1)?.before ?? 0);
  });

  it('drafts, labels and edited texts are left alone; another base is not', async () => {
    await deliver('pull_request', pullRequest('opened', { draft: true }));
    await deliver('pull_request', pullRequest('labeled'));
    await deliver('pull_request', pullRequest('edited', {}, { changes: { title: { from: 'x' } } }));
    expect(jobs).toEqual([]);
    await deliver('pull_request', pullRequest('edited', {}, { changes: { base: { sha: { from: A } } } }));
    expect(jobs).toHaveLength(1);
  });

  it('closed: what runs is cancelled, an open check is ended', async () => {
    await deliver('pull_request', pullRequest('closed'));
    expect(jobs).toMatchObject([{ kind: 'end', what: 'closed', head: A }]);
    await deliver('pull_request', pullRequest('converted_to_draft'));
    expect(jobs[1]).toMatchObject({ kind: 'end', why: 'the pull request became a draft' });
    expect(cancelled[0]).toMatchObject({ which: { key: 'github:1000#12' }, why: 'the pull request was closed' });
  });
});

describe('asked for by hand', () => {
  it('re-run of a check, and its button, of a fork as well', async () => {
    await deliver('check_run', checkRun('rerequested'), 'd1');
    await deliver('check_run', checkRun('requested_action', {}, { requested_action: { identifier: 'rerun' } }), 'd2');
    await deliver('check_run', checkRun('rerequested'), 'd1');
    expect(jobs).toMatchObject([
      { kind: 'review', number: 12, head: A, priority: 20, asked: { id: 'delivery-d1' } },
      { kind: 'review', number: 12, asked: { id: 'delivery-d2' } },
    ]);
  });

  it("not other buttons, other Apps' checks, or checks that are not of ours", async () => {
    await deliver('check_run', checkRun('requested_action', {}, { requested_action: { identifier: 'fix' } }));
    await deliver('check_run', checkRun('rerequested', { app: { id: 1 } }));
    await deliver('check_run', checkRun('rerequested', { external_id: '' }));
    await deliver('check_run', checkRun('completed'));
    expect(jobs).toEqual([]);
  });

  it('a suite runs again for each of its pull requests', async () => {
    await deliver('check_suite', checkSuite([12, 13]));
    expect(jobs.map((job) => job.key)).toEqual(['github:1000#12', 'github:1000#13']);
  });

  it('comments with commands, by people, on pull requests', async () => {
    await deliver('issue_comment', comment('thanks\n/rmapbot rerun'));
    expect(jobs).toMatchObject([
      { kind: 'command', comment: 99, login: 'ann', isAuthor: true, body: 'thanks\n/rmapbot rerun', priority: 30 },
    ]);
    jobs = [];
    await deliver('issue_comment', comment('/rmapbot rerun'));
    await deliver('issue_comment', comment('please /rmapbot rerun'));
    await deliver('issue_comment', comment('/rmapbot rerun', { type: 'Bot' }));
    await deliver('issue_comment', comment('/rmapbot rerun', { action: 'edited' }));
    await deliver('issue_comment', comment('/rmapbot rerun', { plain: true }));
    expect(jobs).toEqual([]);
  });
});

describe('installations', () => {
  it('removed: all its jobs are cancelled, its objects go', async () => {
    await deliver('installation', installation('installation', 'deleted'));
    await deliver('installation_repositories', installation('installation_repositories', 'removed'));
    expect(cancelled.map(({ which }) => which)).toEqual([{ installation: 7 }, { repository: 1000 }]);
    expect(jobs).toMatchObject([
      { kind: 'end', what: 'removed', repository: { id: 1000, owner: 'octo', name: 'linux' } },
      { kind: 'end' },
    ]);
  });

  it('suspended: nothing is removed; created: nothing is to be done', async () => {
    await deliver('installation', installation('installation', 'suspend'));
    await deliver('installation', installation('installation', 'created'));
    expect(cancelled).toMatchObject([{ which: { installation: 7 } }]);
    expect(jobs).toEqual([]);
  });
});

it('a delivery that cannot be kept is answered 500, so that GitHub shows it and can deliver it again', async () => {
  broken = true;
  expect(await deliver('pull_request', pullRequest('opened'), 'again')).toBe(500);
  expect(log.join()).toContain('the queue cannot be reached');
  broken = false;
  expect(await deliver('pull_request', pullRequest('opened'), 'again')).toBe(200);
  expect(jobs).toHaveLength(1);
});

it('names in a payload that are none of GitHub are not taken', async () => {
  const payload = pullRequest('opened') as { repository: object };
  for (const owner of ['../..', 'a/b', '-x', 'a b', 'x@evil.example']) {
    const hostile = { ...payload, repository: { ...payload.repository, owner: { login: owner } } };
    expect(await deliver('pull_request', hostile)).toBe(500);
  }
  expect(jobs).toEqual([]);
});
