// SPDX-License-Identifier: GPL-2.0-or-later
// The service's two figures. Webhooks: signed pull_request deliveries at 50 a second for 20 seconds, each answered only
// when its job is on the disk. The queue: 1,000 jobs that do nothing, drained by two worker processes; what is left is
// overhead. On the embedded store, and on PostgreSQL where a URL is given.
// Run: node bench/service.bench.ts [postgres://...]
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { githubWebhooks } from '../src/github/app.ts';
import { githubPort } from '../src/service/github-jobs.ts';
import { type OpenQueue, openQueue, type StorePlace } from '../src/service/queue/open.ts';
import { work } from '../src/service/worker.ts';
import { headersOf, pullRequest, SECRET } from '../test/github/payloads.ts';

const JOBS = 1_000;
const RATE = 50;
const SECONDS = 20;
const onError = (error: unknown) => console.error(error);

const [mode, text = ''] = process.argv.slice(2);
if (mode === '--worker') await worker(JSON.parse(text) as StorePlace);
else {
  console.log(`${availableParallelism()} cores`);
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-bench-'));
  await measure('SQLite', { folder });
  rmSync(folder, { recursive: true });
  if (mode !== undefined) await measure('PostgreSQL', { postgres: mode });
}

async function measure(name: string, place: StorePlace): Promise<void> {
  const open = await openQueue(place, { onError });
  const times = await webhooks(open);
  const at = (part: number) => `${times[Math.min(times.length - 1, Math.floor(times.length * part))]?.toFixed(1)} ms`;
  console.log(`${name}: ${times.length} webhooks at ${RATE}/s: median ${at(0.5)}, 99 % ${at(0.99)}, longest ${at(1)}`);
  await open.queue.cancel({ kind: 'github-review' }, 'measured');
  const took = await drained(open, place);
  console.log(
    `${name}: ${JOBS} jobs by two workers: ${(took / 1000).toFixed(1)} s, ${(took / JOBS).toFixed(1)} ms a job`,
  );
  await open.close();
}

async function webhooks({ queue }: OpenQueue): Promise<number[]> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const settings = { appId: 7, privateKey, webhookSecret: SECRET, apiUrl: 'http://127.0.0.1:9/api/v3' };
  const handle = await githubWebhooks(settings, githubPort(queue, 'https://github.com'), () => {});
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`;
  const payload = pullRequest('opened') as unknown as {
    pull_request: { number: number; head: { sha: string } };
    number: number;
  };
  const deliver = async (n: number): Promise<number> => {
    const head = n.toString(16).padStart(40, '0');
    const pull = { ...payload.pull_request, number: n, head: { ...payload.pull_request.head, sha: head } };
    const body = JSON.stringify({ ...payload, number: n, pull_request: pull });
    const begun = performance.now();
    const { status } = await fetch(url, {
      method: 'POST',
      headers: headersOf('pull_request', body, `bench-${n}`),
      body,
    });
    if (status !== 200) throw new Error(`answered ${status}`);
    return performance.now() - begun;
  };
  await deliver(1); // what is loaded at the first is no figure of the rest
  const begun = performance.now();
  const all: Promise<number>[] = [];
  for (let n = 0; n < RATE * SECONDS; n++) {
    await sleep(Math.max(0, begun + (n * 1000) / RATE - performance.now()));
    all.push(deliver(n + 2));
  }
  const times = await Promise.all(all);
  server.close();
  return times.sort((a, b) => a - b);
}

async function drained({ queue, database }: OpenQueue, place: StorePlace): Promise<number> {
  const run = Date.now();
  for (let n = 0; n < JOBS; n++) {
    await queue.submit({
      ...{
        key: `bench-${run}-${n}`,
        kind: 'bench',
        repository: 'r',
        repositoryId: `r${n % 10}`,
        owner: '',
        lane: 'people',
      },
      ...{ at: n, thread: '', version: 1, title: 'bench', author: '', link: '', payload: { n } },
    });
  }
  const left = async () =>
    Number((await database.query("SELECT COUNT(*) AS n FROM job WHERE kind = 'bench' AND state <> 'done'"))[0]?.n);
  const workers: ChildProcess[] = [0, 1].map(() =>
    spawn(process.execPath, [import.meta.filename, '--worker', JSON.stringify(place)], { stdio: 'inherit' }),
  );
  // Time to start a process is none of a job's.
  while ((await left()) === JOBS) await sleep(5);
  const [begun, from] = [performance.now(), await left()];
  while ((await left()) > 0) await sleep(20);
  const took = performance.now() - begun;
  for (const one of workers) one.kill();
  return (took * JOBS) / from;
}

async function worker(place: StorePlace): Promise<void> {
  const { queue, database } = await openQueue(place, { onError });
  const handlers = { bench: { run: async () => ({ state: 'done' as const, verdict: 'clean', reason: '' }) } };
  const events = { started() {}, ended() {}, trouble: onError };
  await work(
    { queue, database, name: `bench ${process.pid}`, host: 'here', handlers, events },
    new AbortController().signal,
  );
}
