// SPDX-License-Identifier: GPL-2.0-or-later
// A place -> the store and the queue on it. PostgreSQL's part is loaded only where it is asked for.
import { LEASE_MS } from '../limits.ts';
import { migrate } from '../store/schema.ts';
import type { Database } from '../store/sql.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { Dispatcher } from './dispatcher.ts';
import { Queue } from './queue.ts';
import { sqliteDispatcher } from './sqlite-dispatcher.ts';

/** A folder of this machine, or a PostgreSQL server. */
export type StorePlace = { folder: string } | { postgres: string };

export interface OpenQueue {
  database: Database;
  queue: Queue;
  close(): Promise<void>;
}

/** Throws InputError where the place cannot be reached or written. `onError`: a connection broke, in the background. */
export async function openQueue(
  place: StorePlace,
  { leaseMs = LEASE_MS, onError }: { leaseMs?: number; onError(error: Error): void },
): Promise<OpenQueue> {
  let database: Database;
  let dispatcher: Dispatcher;
  if ('folder' in place) {
    database = await openSqlite(place.folder);
    await migrate(database);
    dispatcher = await sqliteDispatcher(database, leaseMs);
  } else {
    const [{ openPostgres }, { pgBossDispatcher }] = await Promise.all([
      import('../store/postgres.ts'),
      import('./pg-boss-dispatcher.ts'),
    ]);
    database = await openPostgres(place.postgres, onError);
    await migrate(database);
    dispatcher = await pgBossDispatcher(place.postgres, leaseMs, onError);
  }
  return {
    database,
    queue: new Queue(database, dispatcher),
    async close() {
      await dispatcher.close();
      await database.close();
    },
  };
}
