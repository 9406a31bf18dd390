// SPDX-License-Identifier: GPL-2.0-or-later
// Who gets which job when: the part of the queue that pg-boss does on PostgreSQL and a table does on SQLite. What a job
// is and what became of it stands in the table `job`, written in the same transaction.
import type { Sql } from '../store/sql.ts';

export interface Taken {
  id: string;
  /** Changes with each take: fences what an attempt writes. */
  attempt: number;
}

export interface Dispatcher {
  /** From now on the job may be taken; the higher the priority the sooner, then the older. */
  put(sql: Sql, id: string, priority: number): Promise<void>;
  /** Claims the next job that is due, or whose worker gave no sign of life for the length of a lease. */
  take(sql: Sql): Promise<Taken | undefined>;
  /** A sign of life; false where the job is no longer this attempt's. */
  beat(taken: Taken): Promise<boolean>;
  /** Ends the job; false where it is no longer this attempt's. */
  finish(sql: Sql, taken: Taken): Promise<boolean>;
  /** The job may be taken again, after so many milliseconds; false where it is no longer this attempt's. */
  putBack(sql: Sql, taken: Taken, after: number): Promise<boolean>;
  /** Ends jobs whoever has them. */
  drop(sql: Sql, ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
