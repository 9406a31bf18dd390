// SPDX-License-Identifier: GPL-2.0-or-later
// A service's store with jobs in it, and its pages over HTTP.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HttpOptions, httpServer } from '../../src/service/http.ts';
import { openMetrics } from '../../src/service/metrics.ts';
import { type OpenQueue, openQueue } from '../../src/service/queue/open.ts';
import type { Outcome, Submission } from '../../src/service/values.ts';

export interface TestSite extends OpenQueue {
  url: string;
  errors: unknown[];
  /** Submits a job and has it end so. Returns its id. */
  ended(job: Partial<Submission>, outcome?: Outcome): Promise<string>;
  stop(): Promise<void>;
}

let count = 0;
export const aJob = (more: Partial<Submission> = {}): Submission => ({
  ...{ key: `key-${++count}`, kind: 'fake', repository: 'linux-mm', repositoryId: 'list:linux-mm', owner: '' },
  ...{ lane: 'lists', at: count, thread: '', version: 1, title: 'mm/rmap: a change', author: 'A <a@example.org>' },
  ...{ link: '', payload: {} },
  ...more,
});

export async function startSite(more: Partial<HttpOptions> = {}): Promise<TestSite> {
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-site-'));
  const errors: unknown[] = [];
  const trouble = (error: unknown) => void errors.push(error);
  const open = await openQueue({ folder }, { onError: trouble });
  const metrics = openMetrics(open.database);
  const server = httpServer({
    ...{ database: open.database, metrics, health: [], version: '1.2.3', prefix: '', trouble },
    ...more,
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...open,
    errors,
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    async ended(job, outcome = { state: 'done', verdict: 'clean', reason: 'every scenario ran' }) {
      const { id } = await open.queue.submit(aJob(job));
      const claim = await open.queue.claim('worker');
      if (claim?.id !== id) throw new Error('another job came first');
      await open.queue.settle(claim, outcome);
      return id;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await open.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
