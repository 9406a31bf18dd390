// SPDX-License-Identifier: GPL-2.0-or-later
// Jobs against a fake GitHub that holds every request against the published description: what is shown, that it is shown
// once whatever happens on the way, and that the newest head wins.
import { existsSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { abandonJob } from '../../src/github/job.ts';
import { storeFolder } from '../../src/github/objects.ts';
import { JobCancelled } from '../../src/github/values.ts';
import type { Finding, Review } from '../../src/review/values.ts';
import { sampleReview } from '../report/sample.ts';
import { commit } from './fake-git.ts';
import { fakePorts, jobOf, RMAP, run, type World, world } from './world.ts';

/** Each test starts git some fifty times. */
vi.setConfig({ testTimeout: 180_000 });

let at: World;
let shared: World | undefined;

/** A world with one pull request, number 12. It is one for all tests, emptied; `fresh`: one of its own. */
async function start(fresh = false): Promise<World> {
  if (fresh) at = await world();
  else {
    shared ??= await world(afterAll);
    at = shared;
    at.repository.pulls.clear();
    at.repository.comments.length = 0;
    at.repository.checks.length = 0;
    at.fake.requests.length = 0;
    at.fake.troubles = [];
  }
  at.pull(12, at.push(at.main, RMAP('int second;')));
  return at;
}

/** Requests that change something, in order. */
const writes = () => at.fake.requests.filter(({ method, path }) => method !== 'GET' && !path.startsWith('/app/'));
const check = () => at.repository.checks.at(-1);

afterEach(() => {
  expect(at.fake.faults).toEqual([]);
});

/** A review with so many findings on the changed line. */
async function withFindings(count: number): Promise<Review> {
  const review = await sampleReview('violations');
  const [first] = review.findings;
  const findings = Array.from({ length: count }, (_, index) => ({
    ...(first as Finding),
    summary: `evidence ${index}`,
  }));
  return { ...review, findings };
}

describe('a pull request that breaks something', () => {
  it('gets a failed check with annotations on changed lines, the report, a button; and one comment', async () => {
    await start();
    const ports = fakePorts();
    const outcome = await run(at, jobOf(at, 12), ports);
    expect(outcome).toMatchObject({ state: 'answered', review: { verdict: 'violations' } });
    const head = at.repository.pulls.get(12)?.head ?? '';
    expect(ports.wishes[0]?.series.id).toBe(`octo/linux#12@${head}`);
    expect(at.repository.checks).toHaveLength(1);
    expect(check()).toMatchObject({
      ...{ name: 'rmapbot', head_sha: head, status: 'completed', conclusion: 'failure' },
      external_id: `rmapbot:12:auto-${at.main.slice(0, 12)}`,
      output: { title: 'violations: breaks walk-complete and no-leak since patch 2' },
      actions: [{ identifier: 'rerun' }],
    });
    expect(check()?.output.annotations).toMatchObject([
      { path: 'mm/rmap.c', start_line: 2, annotation_level: 'failure' },
      { path: 'mm/rmap.c', start_line: 2 },
    ]);
    expect(check()?.output.text).toContain('### 1. walk-complete');
    expect(at.repository.comments).toMatchObject([
      { issue: 12, body: expect.stringMatching(/^<!-- rmapbot:answer -->\n## violations/) },
    ]);
  });

  it('done again, nothing is done: no review, no request that changes anything', async () => {
    await start();
    await run(at, jobOf(at, 12));
    const before = writes().length;
    const ports = fakePorts();
    expect(await run(at, jobOf(at, 12), ports)).toEqual({ state: 'nothing-to-do', why: 'its head has its answer' });
    expect(ports.wishes).toEqual([]);
    expect(writes()).toHaveLength(before);
  });

  it('mended: the same comment is edited, though clean answers begin none', async () => {
    await start();
    await run(at, jobOf(at, 12));
    at.pull(12, at.push(at.main, RMAP('int mended;')));
    await run(at, jobOf(at, 12), fakePorts('clean'));
    expect(at.repository.comments).toHaveLength(1);
    expect(at.repository.comments[0]?.body).toContain('## clean');
    expect(at.repository.checks.map(({ conclusion }) => conclusion)).toEqual(['failure', 'success']);
    at.pull(13, at.push(at.main, RMAP('int other;')));
    await run(at, jobOf(at, 13), fakePorts('clean'));
    expect(at.repository.comments).toHaveLength(1);
  });

  it('120 annotations come in three requests, each once', async () => {
    await start();
    const review = await withFindings(120);
    await run(at, jobOf(at, 12), { ...fakePorts(), review: async () => review });
    const sizes = writes().map(({ body }) => ((body?.output as { annotations?: object[] })?.annotations ?? []).length);
    expect(sizes.filter((size) => size > 0)).toEqual([50, 50, 20]);
    const told = check()?.output.annotations.map(({ message }) => String(message).split('\n')[0]);
    expect(told).toEqual(Array.from({ length: 120 }, (_, index) => `evidence ${index}`));
  });

  it('a comment of somebody else with our marker is not ours', async () => {
    await start();
    at.repository.comments.push({ id: 1, issue: 12, body: '<!-- rmapbot:answer stopped -->\nha', user: 'mallory' });
    at.repository.comments.push({ id: 2, issue: 12, body: '<!-- rmapbot:answer -->\nha', user: 'other[bot]', app: 1 });
    await run(at, jobOf(at, 12));
    expect(at.repository.comments.map(({ body }) => body.split('\n')[1])).toEqual([
      'ha',
      'ha',
      expect.stringContaining('violations'),
    ]);
  });

  it('its comment is found among hundreds', async () => {
    await start();
    await run(at, jobOf(at, 12));
    const [own] = at.repository.comments.splice(0);
    const talk = Array.from({ length: 250 }, (_, id) => ({ id, issue: 12, body: 'talk', user: 'ann' }));
    at.repository.comments.push(...talk);
    if (own) at.repository.comments.push(own);
    await run(at, jobOf(at, 12, { asked: { id: 'comment-1' } }), fakePorts('clean'));
    expect(at.repository.comments).toHaveLength(251);
    expect(at.repository.comments.at(-1)?.body).toContain('## clean');
  });
});

describe('trouble on the way', () => {
  const ON = {
    create: /^POST .*\/check-runs$/,
    comment: /^POST .*\/comments$/,
    update: /^PATCH .*\/check-runs\//,
    read: /^GET .*\/pulls\//,
  };

  it.each([500, 502, 503])(
    'answers that are lost (%i) after the request had its effect: nothing is there twice',
    async (status) => {
      await start();
      const review = await withFindings(120);
      for (const on of [ON.create, ON.comment, ON.update, ON.update])
        at.fake.troubles.push({ on, times: 1, status, after: true });
      await run(at, jobOf(at, 12), { ...fakePorts(), review: async () => review });
      expect(at.fake.troubles.every(({ times }) => times === 0)).toBe(true);
      expect(at.repository.checks).toHaveLength(1);
      expect(at.repository.comments).toHaveLength(1);
      expect(check()?.output.annotations).toHaveLength(120);
      expect(check()?.conclusion).toBe('failure');
    },
  );

  it.each([
    ['a secondary limit', 403, { 'retry-after': '2' }, 'You have exceeded a secondary rate limit.'],
    ['a secondary limit without a word', 403, { 'retry-after': '2' }, 'Forbidden'],
    ['too many requests', 429, { 'retry-after': '2' }, 'Too many requests'],
    ['an abuse response', 403, {}, 'You have triggered an abuse detection mechanism.'],
    ['the primary limit', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }, 'API rate limit exceeded'],
    ['a bad gateway', 502, {}, 'Bad Gateway'],
    ['a server that is down', 503, {}, 'Service Unavailable'],
  ])('%s is waited for, wherever it comes', async (_, status, headers, message) => {
    await start();
    for (const on of Object.values(ON))
      at.fake.troubles.push({ on, times: 2, status, headers: headers as Record<string, string>, message });
    expect(await run(at, jobOf(at, 12))).toMatchObject({ state: 'answered' });
    expect(at.fake.troubles.every(({ times }) => times === 0)).toBe(true);
    expect(at.repository.checks).toHaveLength(1);
    expect(at.repository.comments).toHaveLength(1);
  });

  it('a limit that takes too long is the next attempt’s: the job fails without a secret in its words', async () => {
    await start();
    at.fake.troubles.push({
      on: ON.read,
      times: 1,
      status: 403,
      headers: { 'retry-after': '3000' },
      message: `secondary rate limit; authorization: token ${at.fake.token}`,
    });
    const failed = await run(at, jobOf(at, 12)).catch((error: Error) => error);
    expect(failed).toBeInstanceOf(Error);
    expect(failed).toMatchObject({ retryAfterMs: 3_000_000 });
    expect((failed as Error).message).toContain('secondary rate limit');
    expect(`${(failed as Error).message}${(failed as Error).stack}`).not.toContain(at.fake.token);
  });

  it('a job that breaks off anywhere is done to the end by the next attempt', async () => {
    await start();
    const review = await withFindings(120);
    const ports = { ...fakePorts(), review: async () => review };
    // Each attempt gets one request further than the last one.
    for (let further = 1; further <= 6; further++) {
      const allowed = { left: further };
      at.fake.troubles = [
        {
          on: /^(POST|PATCH) \/repos/,
          get times() {
            return allowed.left-- > 0 ? 0 : 1;
          },
          set times(_) {},
          status: 422,
        },
      ];
      await expect(run(at, jobOf(at, 12), ports)).rejects.toThrow();
    }
    at.fake.troubles = [];
    await run(at, jobOf(at, 12), ports);
    expect(at.repository.checks).toHaveLength(1);
    expect(at.repository.comments).toHaveLength(1);
    expect(check()?.output.annotations).toHaveLength(120);
    expect(check()?.status).toBe('completed');
  });

  it('a job that is given up says so on its check, and nothing about the pull request', async () => {
    await start();
    const broken = { ...fakePorts(), review: () => Promise.reject(new Error('no compiler')) };
    await expect(run(at, jobOf(at, 12), broken)).rejects.toThrow('no compiler');
    expect(check()?.status).toBe('in_progress');
    await abandonJob(jobOf(at, 12), at.access);
    expect(check()).toMatchObject({
      status: 'completed',
      conclusion: 'neutral',
      output: { title: expect.stringContaining('rmapbot itself failed') },
    });
    expect(JSON.stringify(check())).not.toContain('no compiler');
    expect(at.repository.comments).toEqual([]);
  });
});

describe('the newest head wins', () => {
  it('one that comes during the review: its answer is not given, its check is ended', async () => {
    await start();
    const ports = fakePorts();
    ports.says = async () => {
      at.pull(12, at.push(at.main, RMAP('int newer;')));
      return sampleReview('violations');
    };
    expect((await run(at, jobOf(at, 12), ports)).state).toBe('superseded');
    expect(check()).toMatchObject({
      conclusion: 'cancelled',
      output: { title: expect.stringMatching(/^superseded by [0-9a-f]{12}$/) },
    });
    expect(at.repository.comments).toEqual([]);
  });

  it('a job of an old head, delivered late, reviews the newest if that has no answer, and else does nothing', async () => {
    await start();
    const old = jobOf(at, 12);
    at.pull(12, at.push(at.main, RMAP('int newer;')));
    const newer = at.repository.pulls.get(12)?.head;
    expect((await run(at, old)).state).toBe('answered');
    expect(check()?.head_sha).toBe(newer);
    expect((await run(at, jobOf(at, 12))).state).toBe('nothing-to-do');
    expect((await run(at, old)).state).toBe('nothing-to-do');
    expect(at.repository.checks).toHaveLength(1);
  });

  it('the check of a head that was left by a dead worker is ended by the next job', async () => {
    await start();
    const first = at.repository.pulls.get(12)?.head ?? '';
    await expect(
      run(at, jobOf(at, 12), { ...fakePorts(), review: () => Promise.reject(new Error('killed')) }),
    ).rejects.toThrow();
    at.pull(12, at.push(at.main, RMAP('int newer;')));
    await run(at, jobOf(at, 12, { before: first }));
    expect(at.repository.checks.map(({ conclusion }) => conclusion)).toEqual(['cancelled', 'failure']);
  });

  it('another base with the same head is another review', async () => {
    await start();
    await run(at, jobOf(at, 12));
    const onto = at.push(at.main, { 'mm/Kconfig': 'config MMU\n\tbool "moved"\n' });
    const head = at.push(onto, RMAP('int second;'), RMAP('int third;'));
    at.pull(12, head);
    await run(at, jobOf(at, 12));
    at.pull(12, head, { base: onto });
    expect((await run(at, jobOf(at, 12))).state).toBe('answered');
    expect(at.repository.checks).toHaveLength(3);
  });

  it('cancelled: its check is ended; given back because the worker ends: it stays open', async () => {
    await start();
    for (const reason of [new Error('the worker ends'), new JobCancelled('closed by hand')]) {
      const stop = new AbortController();
      const ports = fakePorts();
      ports.says = async (_, signal) => {
        stop.abort(reason);
        signal.throwIfAborted();
        throw new Error('not here');
      };
      const done = run(at, jobOf(at, 12), ports, stop.signal);
      if (reason instanceof JobCancelled) expect((await done).state).toBe('cancelled');
      else await expect(done).rejects.toBe(reason);
      expect(at.repository.checks.map(({ conclusion }) => conclusion)).toEqual([
        reason instanceof JobCancelled ? 'cancelled' : null,
      ]);
    }
  });

  it('closed: nothing is reviewed, an open check is ended', async () => {
    await start();
    const job = jobOf(at, 12);
    await expect(run(at, job, { ...fakePorts(), review: () => Promise.reject(new Error('killed')) })).rejects.toThrow();
    at.pull(12, job.head ?? '', { state: 'closed' });
    expect((await run(at, job)).state).toBe('nothing-to-do');
    expect(check()?.conclusion).toBe('cancelled');
    const end = { ...job, kind: 'end', what: 'closed' } as const;
    expect((await run(at, end)).why).toBe('the pull request was closed; 0 open checks ended');
  });
});

describe('what cannot be reviewed', () => {
  it('a merge: action required, with the reason', async () => {
    await start();
    const side = at.push(at.main, { 'mm/Kconfig': 'config MMU\n' });
    const merge = commit(at.repository.gitDir, [at.push(at.main, RMAP('int x;')), side], {}, 'Merge <b>@all</b>');
    at.pull(12, merge, { base: side });
    expect((await run(at, jobOf(at, 12))).state).toBe('refused');
    expect(check()).toMatchObject({
      conclusion: 'action_required',
      output: { title: expect.stringContaining('is a merge') },
    });
    expect(check()?.output.summary).not.toMatch(/<b>|@all/);
    expect(at.repository.comments).toEqual([]);
  });

  it('what touches nothing of ours: neutral, with no tree fetched and no comment', async () => {
    await start(true);
    at.pull(12, at.push(at.main, { 'drivers/gpu/small.c': 'int large;\n' }));
    const ports = fakePorts();
    await run(at, jobOf(at, 12), ports);
    expect(check()).toMatchObject({
      conclusion: 'neutral',
      output: { title: 'out of scope: touches nothing of ours' },
    });
    expect(ports.wishes).toEqual([]);
    expect(existsSync(`${at.cacheRoot}/trees`)).toBe(false);
    expect(at.repository.comments).toEqual([]);
  });

  it('incomplete and inapplicable series: action required', async () => {
    await start();
    for (const verdict of ['incomplete', 'does-not-apply']) {
      await run(at, jobOf(at, 12, { asked: { id: `comment-${verdict}` } }), fakePorts(verdict));
      expect(check()?.conclusion).toBe('action_required');
    }
  });
});

describe('.github/rmapbot.yml', () => {
  const CONFIG = '.github/rmapbot.yml';

  it('of the base branch decides; that of the pull request does not', async () => {
    await start();
    const main = at.push(at.main, {
      [CONFIG]:
        "paths: ['mm/**']\nscenarios: fork-*\nbudget: 777\ncomment: never\nseverities:\n  walk-complete: warning\n  no-leak: warning\n",
    });
    at.pull(12, at.push(main, RMAP('int x;'), { [CONFIG]: 'comment: always\n' }), { base: main });
    const ports = fakePorts();
    await run(at, jobOf(at, 12), ports);
    expect(ports.wishes).toMatchObject([{ scenarios: 'fork-*', budget: 777 }]);
    expect(check()?.conclusion).toBe('neutral');
    expect(at.repository.comments).toEqual([]);
  });

  it('with errors: action required, each shown at its line, nothing is run', async () => {
    await start();
    const main = at.push(at.main, { [CONFIG]: 'comment: allways\npats: []\n' });
    at.pull(12, at.push(main, RMAP('int x;')), { base: main });
    const ports = fakePorts();
    await run(at, jobOf(at, 12), ports);
    expect(ports.wishes).toEqual([]);
    expect(check()).toMatchObject({
      conclusion: 'action_required',
      output: { title: `${CONFIG} has errors: nothing was reviewed` },
    });
    expect(check()?.output.annotations).toMatchObject([
      { path: CONFIG, start_line: 1, annotation_level: 'failure' },
      { path: CONFIG, start_line: 2, message: 'unknown key "pats", did you mean "paths"?' },
    ]);
  });

  it('with errors that the pull request brings: told, and reviewed all the same', async () => {
    await start();
    at.pull(12, at.push(at.main, { ...RMAP('int x;'), [CONFIG]: '\ncoment: never\n' }));
    await run(at, jobOf(at, 12), fakePorts('clean'));
    expect(check()?.conclusion).toBe('success');
    expect(check()?.output.annotations).toMatchObject([{ path: CONFIG, start_line: 2, annotation_level: 'warning' }]);
  });

  it('may leave out what does not concern the repository', async () => {
    await start();
    const main = at.push(at.main, { [CONFIG]: 'paths: [include/**]\n' });
    at.pull(12, at.push(main, RMAP('int x;')), { base: main });
    await run(at, jobOf(at, 12));
    expect(check()?.output.title).toBe('out of scope: touches nothing of ours');
  });
});

it('a repository that the App is removed from leaves nothing behind', async () => {
  await start(true);
  await run(at, jobOf(at, 12));
  const store = storeFolder({ cacheRoot: at.cacheRoot, server: at.access.server, repository: at.ref });
  expect(existsSync(store)).toBe(true);
  await run(at, { ...jobOf(at, 12), kind: 'end', what: 'removed' });
  expect(existsSync(store)).toBe(false);
  expect(existsSync(`${at.cacheRoot}/trees/commit-${at.main}`)).toBe(false);
});
