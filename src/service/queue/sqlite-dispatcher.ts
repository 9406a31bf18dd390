// SPDX-License-Identifier: GPL-2.0-or-later
// The embedded dispatcher: a row for each job that is not at its end, with the time until which it is somebody's.
import type { Database, Sql } from '../store/sql.ts';
import type { Dispatcher, Taken } from './dispatcher.ts';

const TABLE = `CREATE TABLE IF NOT EXISTS lease (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL UNIQUE, priority INTEGER NOT NULL, due INTEGER NOT NULL,
  ends INTEGER NOT NULL, attempt INTEGER NOT NULL) STRICT`;

export async function sqliteDispatcher(database: Database, leaseMs: number): Promise<Dispatcher> {
  await database.query(TABLE);
  await database.query('CREATE INDEX IF NOT EXISTS lease_next ON lease (priority DESC, seq)');
  const mine = 'job = $1 AND attempt = $2 AND ends > 0';
  return {
    async put(sql, id, priority) {
      const insert = 'INSERT INTO lease (job, priority, due, ends, attempt) VALUES ($1, $2, 0, 0, 0)';
      await sql.query(insert, [id, priority]);
    },
    async take(sql: Sql): Promise<Taken | undefined> {
      const now = Date.now();
      const [next] = await sql.query(
        'SELECT job FROM lease WHERE due <= $1 AND ends <= $1 ORDER BY priority DESC, seq LIMIT 1',
        [now],
      );
      if (!next) return undefined;
      const [row] = await sql.query(
        'UPDATE lease SET ends = $1, attempt = attempt + 1 WHERE job = $2 RETURNING attempt',
        [now + leaseMs, next.job ?? null],
      );
      return { id: String(next.job), attempt: Number(row?.attempt) };
    },
    async beat({ id, attempt }) {
      const rows = await database.query(`UPDATE lease SET ends = $3 WHERE ${mine} RETURNING job`, [
        id,
        attempt,
        Date.now() + leaseMs,
      ]);
      return rows.length > 0;
    },
    async finish(sql, { id, attempt }) {
      return (await sql.query(`DELETE FROM lease WHERE ${mine} RETURNING job`, [id, attempt])).length > 0;
    },
    async putBack(sql, { id, attempt }, after) {
      const due = Date.now() + after;
      const rows = await sql.query(`UPDATE lease SET ends = 0, due = $3 WHERE ${mine} RETURNING job`, [
        id,
        attempt,
        due,
      ]);
      return rows.length > 0;
    },
    async drop(sql, ids) {
      for (const id of ids) await sql.query('DELETE FROM lease WHERE job = $1', [id]);
    },
    async close() {},
  };
}
