// SPDX-License-Identifier: GPL-2.0-or-later
// A worker with real review processes: what a series comes to, what is said of one that goes beyond a limit, and that the
// next job is served. And what a watcher hears of the queue.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheRoot } from '../../src/cache-dir.ts';
import { prepare } from '../../src/cli/review.ts';
import { type Cell, reviewInCell } from '../../src/cli/review-job.ts';
import { InputError } from '../../src/errors.ts';
import { JobCancelled } from '../../src/github/values.ts';
import { assembleSeries } from '../../src/series/index.ts';
import type { Assembly } from '../../src/series/values.ts';
import { codeRoot, isolationOf, nodeFolders } from '../../src/service/isolation/box.ts';
import { type OpenQueue, openQueue } from '../../src/service/queue/open.ts';
import { reviewByQueue, SERIES, seriesHandler } from '../../src/service/series-jobs.ts';
import { jobById, reviewOf } from '../../src/service/store/reads.ts';
import type { Outcome } from '../../src/service/values.ts';
import { type Handler, work } from '../../src/service/worker.ts';
import { openSource } from '../../src/sources/index.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import type { ReviewWish } from '../../src/watch/index.ts';
import { haveWorking } from '../sources/archive.ts';
import { treeFor } from '../support/trees.ts';
import { aJob } from './site.ts';

haveWorking('bubblewrap', 'bwrap --unshare-all --ro-bind / / true', ['bubblewrap']);
const folder = mkdtempSync(join(tmpdir(), 'rmapbot-worker-'));
const scratch = join(folder, 'scratch');
let open: OpenQueue;
let tree: SourceTree;
let assembly: Assembly;
const trouble: unknown[] = [];

/** A patch to a file of nobody's here. */
const MAIL = `From: A <a@example.org>
Subject: [PATCH] scripts: a file
Date: Fri, 20 Nov 2026 10:00:00 +0000
Message-ID: <one@example.org>

Words.
---
diff --git a/scripts/rmapbot-test.txt b/scripts/rmapbot-test.txt
new file mode 100644
index 0000000..8ab686e
--- /dev/null
+++ b/scripts/rmapbot-test.txt
@@ -0,0 +1 @@
+Hello
`;

beforeAll(async () => {
  open = await openQueue({ folder }, { onError: (error) => trouble.push(error) });
  tree = await treeFor('6.12');
  mkdirSync(scratch);
  writeFileSync(join(folder, 'one.mbox'), `From mboxrd@z Thu Jan  1 00:00:00 1970\n${MAIL}`);
  assembly = await assembleSeries(openSource(join(folder, 'one.mbox'), {}));
});
afterAll(async () => {
  await open.close();
  rmSync(folder, { recursive: true, force: true });
  expect(trouble).toEqual([]);
});

const wish = (more: Partial<ReviewWish> = {}): ReviewWish => {
  const [series] = assembly.series;
  if (!series) throw new Error('no series');
  return { series, assembly, list: 'linux-mm', ...more };
};

/** Works until all that waits has ended. */
async function worked(handlers: Record<string, Handler>, also: Promise<unknown> = Promise.resolve()): Promise<void> {
  const stop = new AbortController();
  const events = { started() {}, ended() {}, trouble: (error: unknown) => void trouble.push(error) };
  const { queue, database } = open;
  const working = work({ queue, database, name: 'w', host: 'h', handlers, events, beatMs: 200 }, stop.signal);
  const left = async () =>
    Number((await database.query("SELECT COUNT(*) AS n FROM job WHERE state IN ('queued', 'active')"))[0]?.n);
  await also.catch(() => {});
  while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  stop.abort();
  await working;
}

describe('a review as a process of its own', () => {
  const cell = (signal: AbortSignal, limits: Partial<Cell['limits']> = {}): Cell => ({
    ...{ isolation: isolationOf('auto').isolation, temporary: scratch, signal },
    limits: { memory: 4 * 1024 ** 3, cpu: 600_000, wall: 300_000, ...limits },
    env: { PATH: process.env.PATH ?? '', XDG_CACHE_HOME: dirname(cacheRoot()) },
    places: {
      writable: [cacheRoot()],
      readable: [codeRoot(fileURLToPath(new URL('../..', import.meta.url))), ...nodeFolders(), tree.root],
    },
  });
  const handler = (limits: Partial<Cell['limits']> = {}) =>
    seriesHandler(async ({ assembly: all, series }, signal) => {
      const ready = { ...(await prepare(all, series.id, { tree: tree.root })), tree };
      const request = { assembly: all, which: series.id, ready, jobs: 1, budget: 1_000, timeCap: 100, previous: true };
      return reviewInCell(request, cell(signal, limits));
    });

  it('ends within its limits and says which it hit, and the next one is served', { timeout: 300_000 }, async () => {
    mkdirSync(cacheRoot(), { recursive: true });
    const small = { memory: 64 * 1024 ** 2 };
    const submit = (kind: string, key: string) =>
      open.queue.submit(aJob({ kind, key, payload: wish(), repository: key, repositoryId: key }));
    const [greedy, slow, good] = [
      await submit('greedy', 'greedy'),
      await submit('slow', 'slow'),
      await submit(SERIES, 'good'),
    ];
    await worked({ greedy: handler(small), slow: handler({ wall: 600 }), [SERIES]: handler() });
    expect(await jobById(open.database, greedy.id)).toMatchObject({
      ...{ state: 'parked', attempts: 1, reason: 'the review was ended: it took more than 64 MiB of memory' },
    });
    expect(await jobById(open.database, slow.id)).toMatchObject({
      ...{ state: 'parked', attempts: 1, reason: 'the review was ended: it took more than 1 s' },
    });
    expect(await jobById(open.database, good.id)).toMatchObject({ state: 'done', verdict: 'out-of-scope' });
    expect(JSON.parse((await reviewOf(open.database, good.id)) ?? '')).toMatchObject({ schema: 'rmapbot.review/1' });
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('a watcher', () => {
  const done: Outcome = { state: 'done', verdict: 'clean', reason: '' };
  const waits = { signal: new AbortController().signal, trouble: (error: unknown) => void trouble.push(error) };

  it('gets one review of one series, however often it asks', async () => {
    const before = await reviewByQueue(open, wish(), { ...waits, signal: AbortSignal.timeout(50) }).catch(
      (error: Error) => error.name,
    );
    expect(before).toMatch(/TimeoutError|AbortError/);
    let runs = 0;
    const review = JSON.stringify(JSON.parse((await stored()) ?? ''));
    const handler: Handler = {
      async run() {
        runs++;
        return { ...done, review };
      },
    };
    const asks = Promise.all([reviewByQueue(open, wish(), waits), reviewByQueue(open, wish(), waits)]);
    await worked({ [SERIES]: handler }, asks);
    expect((await asks).map(({ verdict }) => verdict)).toEqual(['out-of-scope', 'out-of-scope']);
    expect((await reviewByQueue(open, wish(), waits)).verdict).toBe('out-of-scope');
    expect(runs).toBe(1);
    // A command asks anew.
    const command = reviewByQueue(open, wish({ asked: 'mail@example.org' }), waits);
    await worked({ [SERIES]: handler }, command);
    await command;
    expect(runs).toBe(2);
  });

  it('hears why a series cannot be reviewed', async () => {
    const asked = reviewByQueue(open, wish({ scenarios: 'none' }), waits);
    const handler: Handler = {
      async run() {
        throw new InputError('no scenario is like that');
      },
    };
    await worked({ [SERIES]: handler }, asked);
    await expect(asked).rejects.toThrow(new InputError('parked: no scenario is like that'));
  });

  const stored = async () => {
    const [row] = await open.database.query('SELECT job FROM review LIMIT 1');
    return reviewOf(open.database, String(row?.job));
  };
});

describe('a worker', () => {
  it('aborts what was cancelled, tells who gives up, and lets go of what does not hear', {
    timeout: 60_000,
  }, async () => {
    const told: string[] = [];
    const { id } = await open.queue.submit(aJob({ kind: 'long', thread: 'pull' }));
    await open.queue.submit(aJob({ kind: 'broken' }));
    const handlers: Record<string, Handler> = {
      long: {
        run: async (_, signal) => {
          setTimeout(() => void open.queue.cancel({ thread: 'pull' }, 'a newer push'), 100);
          await new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => {
              told.push(`${signal.reason instanceof JobCancelled} ${signal.reason.message}`);
              resolve();
            });
          });
          return done;
        },
      },
      broken: {
        async run() {
          throw new InputError('nothing helps');
        },
        async giveUp(_, reason) {
          told.push(`given up: ${reason}`);
        },
      },
    };
    await worked(handlers);
    expect(told).toEqual(['true a newer push', 'given up: nothing helps']);
    expect(await jobById(open.database, id)).toMatchObject({ state: 'cancelled', reason: 'a newer push', verdict: '' });
  });
  const done: Outcome = { state: 'done', verdict: 'clean', reason: '' };
});
