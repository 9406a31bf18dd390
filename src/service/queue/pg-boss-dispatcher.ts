// SPDX-License-Identifier: GPL-2.0-or-later
// The dispatcher of a fleet: pg-boss. It keeps order, leases and attempts; how often a job is tried and how long it
// rests is the queue's decision, so its own limits are set beyond reach.
import { type Db, type JobWithMetadata, PgBoss } from 'pg-boss';
import { KEPT_DAYS } from '../limits.ts';
import type { Sql } from '../store/sql.ts';
import type { Dispatcher, Taken } from './dispatcher.ts';

const QUEUE = 'rmapbot';
const DAY_S = 86_400;
/** pg-boss looks for lapsed leases so often, seconds. */
const SUPERVISE_S = 5;
/** No job takes a day; the worker's own limits end it long before. */
const EXPIRE_S = DAY_S - 1;
const NEVER_PARKS = 1_000_000;

export async function pgBossDispatcher(
  url: string,
  leaseMs: number,
  onError: (error: Error) => void,
): Promise<Dispatcher> {
  const boss = new PgBoss({
    connectionString: url,
    schema: 'rmapbot_boss',
    application_name: 'rmapbot-queue',
    max: 3,
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_S,
    monitorIntervalSeconds: SUPERVISE_S,
  });
  boss.on('error', onError);
  await boss.start();
  await boss.createQueue(QUEUE, {
    policy: 'standard',
    retryLimit: NEVER_PARKS,
    retryDelay: 0,
    expireInSeconds: EXPIRE_S,
    heartbeatSeconds: Math.max(10, Math.ceil(leaseMs / 1000)),
    retentionSeconds: KEPT_DAYS * DAY_S,
    deleteAfterSeconds: DAY_S,
  });
  const attemptOf = ({ id, attempt }: Taken) => ({ id, retryCount: attempt });
  return {
    async put(sql, id, priority) {
      await boss.send(QUEUE, {}, { id, priority, db: through(sql) });
    },
    async take(sql) {
      const [job]: JobWithMetadata[] = await boss.fetch(QUEUE, { includeMetadata: true, db: through(sql) });
      return job && { id: job.id, attempt: job.retryCount };
    },
    async beat(taken) {
      return affected(await boss.touch(QUEUE, attemptOf(taken)));
    },
    async finish(sql, taken) {
      return affected(await boss.complete(QUEUE, attemptOf(taken), null, { db: through(sql) }));
    },
    async putBack(sql, taken, after) {
      const db = through(sql);
      if (!affected(await boss.fail(QUEUE, attemptOf(taken), null, { db }))) return false;
      const startAfter = new Date(Date.now() + after).toISOString();
      if (after > 0) await boss.update(QUEUE, undefined, { id: taken.id, startAfter, db });
      return true;
    },
    async drop(sql, ids) {
      if (ids.length > 0) await boss.cancel(QUEUE, [...ids], { db: through(sql) });
    },
    close: () => boss.stop({ graceful: false }),
  };
}

/** Whether pg-boss changed anything: documented, but not in its types. */
function affected(response: object): boolean {
  return Number((response as { affected?: unknown }).affected) > 0;
}

/** pg-boss works in the caller's transaction. */
function through(sql: Sql): Db {
  return { executeSql: async (text, values = []) => ({ rows: await sql.query(text, values as never) }) };
}
