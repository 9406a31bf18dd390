// SPDX-License-Identifier: GPL-2.0-or-later
// 200 reviews in the queue, two workers on it, and kill -9 again and again: none is lost, none is answered twice.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openQueue } from '../../src/service/queue/open.ts';
import { havePostgres, startPostgres, type TestPostgres } from './postgres.ts';

const JOBS = 200;
const KILLS = 12;
const server = havePostgres();
let postgres: TestPostgres | undefined;
const folder = mkdtempSync(join(tmpdir(), 'rmapbot-kill-'));
beforeAll(async () => {
  if (server) postgres = await startPostgres();
});
afterAll(() => {
  postgres?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ['SQLite', true, 1_500],
  ['PostgreSQL', server, 10_000],
] as const)('workers that are killed, on %s', (name, there, lease) => {
  it.skipIf(!there)('lose nothing and answer nothing twice', { timeout: 240_000 }, async () => {
    const place = name === 'SQLite' ? folder : (postgres?.url ?? '');
    const answers = join(folder, `answers ${name}`);
    const open = await openQueue(name === 'SQLite' ? { folder } : { postgres: place }, {
      leaseMs: lease,
      onError(error) {
        throw error;
      },
    });
    const rest = async () =>
      Number((await open.database.query("SELECT count(*) AS n FROM job WHERE state <> 'done'"))[0]?.n);
    for (let n = 0; n < JOBS; n++) {
      await open.queue.submit({
        ...{
          key: `job-${n}`,
          kind: 'fake',
          repository: 'r',
          repositoryId: `r${n % 5}`,
          owner: '',
          lane: 'people',
          at: n,
        },
        ...{ thread: '', version: 1, title: `job ${n}`, author: '', link: '', payload: n },
      });
    }
    const start = () =>
      spawn(
        process.execPath,
        [fileURLToPath(new URL('kill-worker.ts', import.meta.url)), place, answers, String(lease)],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
    const workers: ChildProcess[] = [start(), start()];
    for (let kill = 0; kill < KILLS && (await rest()) > 0; kill++) {
      // Long enough that something is under way, never long enough to end it all.
      const before = await rest();
      while ((await rest()) > before - 5 && (await rest()) > 0) await sleep(20);
      const victim = workers[kill % 2];
      const gone = victim && once(victim, 'exit');
      victim?.kill('SIGKILL');
      await gone;
      workers[kill % 2] = start();
    }
    while ((await rest()) > 0) await sleep(100);
    const ends = workers.map((worker) => once(worker, 'exit'));
    for (const worker of workers) worker.kill('SIGTERM');
    // An ordered end is told by the exit code.
    for (const end of ends) expect((await end)[0]).toBe(0);
    const jobs = await open.database.query('SELECT key, attempts FROM job ORDER BY at');
    expect(jobs).toHaveLength(JOBS);
    expect(jobs.some(({ attempts }) => Number(attempts) > 1)).toBe(true);
    const said = readFileSync(answers, 'utf8').trim().split('\n');
    expect(said.length).toBe(JOBS);
    expect(new Set(said)).toEqual(new Set(jobs.map(({ key }) => key)));
    await open.close();
  });
});
