// SPDX-License-Identifier: GPL-2.0-or-later
// The queue on both stores: order, fairness, attempts, parking, cancelling, and that what a lost attempt says counts no more.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenQueue, openQueue, type StorePlace } from '../../src/service/queue/open.ts';
import { restBefore } from '../../src/service/queue/queue.ts';
import type { Submission } from '../../src/service/values.ts';
import { havePostgres, startPostgres, type TestPostgres } from './postgres.ts';

const server = havePostgres();
let postgres: TestPostgres | undefined;
const folder = mkdtempSync(join(tmpdir(), 'rmapbot-queue-'));
beforeAll(async () => {
  if (server) postgres = await startPostgres();
});
afterAll(() => {
  postgres?.close();
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;
const job = (more: Partial<Submission> = {}): Submission => ({
  key: `key-${++count}`,
  kind: 'fake',
  repository: 'a',
  repositoryId: 'a',
  owner: '',
  lane: 'people',
  at: count,
  thread: `thread-${count}`,
  version: 1,
  title: 'mm: a change',
  author: 'Somebody <somebody@example.org>',
  link: '',
  payload: { number: count },
  ...more,
});

const places: [string, () => StorePlace, boolean][] = [
  ['SQLite', () => ({ folder }), true],
  ['PostgreSQL', () => ({ postgres: postgres?.url ?? '' }), server],
];

for (const [name, place, there] of places) {
  describe.skipIf(!there)(`the queue on ${name}`, () => {
    let open: OpenQueue;
    const errors: Error[] = [];
    beforeAll(async () => {
      open = await openQueue(place(), { leaseMs: 10_000, onError: (error) => errors.push(error) });
    });
    afterAll(async () => {
      await open.close();
      expect(errors).toEqual([]);
    });
    const stateOf = async (id: string) =>
      (await open.database.query('SELECT state, reason, verdict, attempts FROM job WHERE id = $1', [id]))[0];
    const drain = async () => {
      const repositories: string[] = [];
      for (;;) {
        const claim = await open.queue.claim('w');
        if (!claim) return repositories;
        repositories.push(claim.title);
        expect(await open.queue.settle(claim, { state: 'done', verdict: 'clean', reason: 'fine' })).toBe(true);
      }
    };

    it('takes a key once, whatever became of the job', async () => {
      const one = job();
      const first = await open.queue.submit(one);
      expect(first.fresh).toBe(true);
      expect(await open.queue.submit(one)).toEqual({ id: first.id, fresh: false });
      const claim = await open.queue.claim('w');
      expect(claim).toMatchObject({ id: first.id, payload: one.payload, state: 'active', attempts: 1, worker: 'w' });
      expect(await open.queue.claim('v')).toBeUndefined();
      const review = JSON.stringify({ hostile: '\u0000\ud800' });
      expect(claim && (await open.queue.settle(claim, { state: 'done', verdict: 'clean', reason: 'ok', review }))).toBe(
        true,
      );
      expect(await stateOf(first.id)).toEqual({ state: 'done', reason: 'ok', verdict: 'clean', attempts: 1 });
      expect(await open.queue.submit(one)).toEqual({ id: first.id, fresh: false });
      expect(await open.queue.claim('w')).toBeUndefined();
      const [kept] = await open.database.query('SELECT content FROM review WHERE job = $1', [first.id]);
      expect(JSON.parse(String(kept?.content))).toEqual({ hostile: '\u0000\ud800' });
    });

    it('goes by lanes, and round the repositories of a lane', async () => {
      for (let n = 1; n <= 5; n++) await open.queue.submit(job({ repositoryId: 'busy', title: `busy ${n}` }));
      await open.queue.submit(job({ lane: 'backfill', title: 'old' }));
      await open.queue.submit(job({ repositoryId: 'quiet', title: 'quiet 1' }));
      await open.queue.submit(job({ repositoryId: 'quiet', title: 'quiet 2' }));
      await open.queue.submit(job({ lane: 'commands', title: 'command' }));
      const order = await drain();
      expect(order).toEqual(['command', 'busy 1', 'quiet 1', 'busy 2', 'quiet 2', 'busy 3', 'busy 4', 'busy 5', 'old']);
    });

    it('lets a repository that comes late go next, not last', async () => {
      for (let n = 1; n <= 6; n++) await open.queue.submit(job({ repositoryId: 'busy', title: `busy ${n}` }));
      for (let n = 0; n < 3; n++) {
        const claim = await open.queue.claim('w');
        if (claim) await open.queue.settle(claim, { state: 'done', verdict: 'clean', reason: '' });
      }
      await open.queue.submit(job({ repositoryId: 'late', title: 'late' }));
      expect((await drain())[0]).toBe('late');
    });

    it('tries again after a rest, and parks with the reason at last', async () => {
      const { id } = await open.queue.submit(job());
      for (let attempt = 1; attempt <= 4; attempt++) {
        const claim = await open.queue.claim('w');
        expect(claim?.attempts).toBe(attempt);
        if (!claim) break;
        await open.queue.settle(claim, { state: 'failed', reason: `failed \u001b[31m${attempt}`, after: 1 });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(await stateOf(id)).toMatchObject({ state: 'parked', attempts: 4, reason: expect.stringContaining('4') });
      expect(String((await stateOf(id))?.reason)).not.toContain('\u001b');
      expect(await open.queue.claim('w')).toBeUndefined();
      // A person asks for it.
      expect(await open.queue.again(id)).toBe(true);
      const [claim] = [await open.queue.claim('w')];
      expect(claim?.attempts).toBe(1);
      if (claim) await open.queue.settle(claim, { state: 'done', verdict: 'clean', reason: '' });
    });

    it('rests before another attempt', async () => {
      await open.queue.submit(job());
      const claim = await open.queue.claim('w');
      if (claim) await open.queue.settle(claim, { state: 'failed', reason: 'passing', after: 60_000 });
      expect(await open.queue.claim('w')).toBeUndefined();
      expect(await open.queue.cancel({ kind: 'fake' }, 'test')).toBe(1);
    });

    it('gives back unharmed what a worker that ends had', async () => {
      const { id } = await open.queue.submit(job());
      const claim = await open.queue.claim('w');
      if (claim) expect(await open.queue.settle(claim, { state: 'released' })).toBe(true);
      expect(await stateOf(id)).toMatchObject({ state: 'queued', attempts: 0 });
      expect(await drain()).toHaveLength(1);
    });

    it('cancels what waits and what is at work, by what is said of it', async () => {
      const [old, young] = [job({ thread: 'pr', at: 10 }), job({ thread: 'pr', at: 20 })];
      await open.queue.submit(old);
      const claim = await open.queue.claim('w');
      await open.queue.submit(young);
      expect(await open.queue.cancel({ kind: 'fake', thread: 'pr', before: 20 }, 'superseded')).toBe(1);
      if (!claim) throw new Error('no claim');
      expect(await open.queue.beat(claim)).toBe(false);
      expect(await open.queue.settle(claim, { state: 'done', verdict: 'violations', reason: 'late' })).toBe(false);
      expect(await stateOf(claim.id)).toMatchObject({ state: 'cancelled', reason: 'superseded', verdict: '' });
      expect(await drain()).toHaveLength(1);
    });

    it('does jobs of one series one after the other, and others meanwhile', async () => {
      await open.queue.submit(job({ thread: 'one', title: 'v1', at: 1 }));
      await open.queue.submit(job({ thread: 'one', title: 'v2', at: 2 }));
      await open.queue.submit(job({ thread: 'two', title: 'other' }));
      const first = await open.queue.claim('w');
      expect([first?.title, (await open.queue.claim('v'))?.title]).toEqual(['v1', 'other']);
      expect(await open.queue.claim('u')).toBeUndefined();
      if (first) await open.queue.settle(first, { state: 'done', verdict: 'clean', reason: '' });
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const second = await open.queue.claim('u');
      expect(second).toMatchObject({ title: 'v2', attempts: 1 });
      if (second) await open.queue.settle(second, { state: 'done', verdict: 'clean', reason: '' });
      await open.queue.cancel({ thread: 'two' }, 'test');
    });

    it('hands on what a worker was at that gives no sign of life, and hears the old one no more', async () => {
      const { id } = await open.queue.submit(job());
      const lost = await open.queue.claim('dead');
      expect(lost && (await open.queue.beat(lost))).toBe(true);
      let found: Awaited<ReturnType<typeof open.queue.claim>>;
      for (let tries = 0; tries < 80 && !found; tries++) {
        found = await open.queue.claim('alive');
        if (!found) await new Promise((resolve) => setTimeout(resolve, 500));
      }
      if (!lost || !found) throw new Error('not handed on');
      expect(found).toMatchObject({ id, attempts: 2, worker: 'alive' });
      expect(await open.queue.beat(lost)).toBe(false);
      expect(await open.queue.settle(lost, { state: 'done', verdict: 'violations', reason: 'the dead speak' })).toBe(
        false,
      );
      expect(await open.queue.settle(found, { state: 'done', verdict: 'clean', reason: '' })).toBe(true);
      expect(await stateOf(id)).toMatchObject({ state: 'done', verdict: 'clean' });
    });

    it('gives each job to one of many who ask at once', async () => {
      for (let n = 0; n < 30; n++) await open.queue.submit(job({ repositoryId: `r${n % 3}` }));
      const other = await openQueue(place(), { leaseMs: 10_000, onError: (error) => errors.push(error) });
      const claims = await Promise.all(
        Array.from({ length: 40 }, (_, n) => (n % 2 ? open : other).queue.claim(`w${n}`)),
      );
      const had = claims.filter((claim) => claim !== undefined);
      // Askers may miss a job that another one holds for a moment, but none gets what another one has.
      expect(new Set(had.map(({ id }) => id)).size).toBe(had.length);
      for (const claim of had) await other.queue.settle(claim, { state: 'done', verdict: 'clean', reason: '' });
      await other.close();
      expect(had.length + (await drain()).length).toBe(30);
    });
  });
}

describe('the rest before an attempt', () => {
  it('doubles, and is never beyond an hour', () => {
    expect([2, 3, 4].map((attempt) => restBefore(attempt, 0))).toEqual([15_000, 30_000, 60_000]);
    expect(restBefore(2, 0.5)).toBe(22_500);
    expect(restBefore(40, 1)).toBe(3_600_000);
  });
});
