// SPDX-License-Identifier: GPL-2.0-or-later
// Whose turn it is: start-time fair queuing (Goyal, Vin, Cheng 1996) over the repositories of a lane, each of the same
// weight. A job's tag is one more than that of its repository's job before it, but never less than the tag that the
// lane has reached; smaller tags go first. So the first job of a quiet repository waits for one job of each other at
// most, however long their backlogs are.
import type { Sql } from '../store/sql.ts';
import type { Lane } from '../values.ts';

/** The lane has reached a tag. */
export async function reached(sql: Sql, lane: Lane, tag: number): Promise<void> {
  await sql.query(`${PUT} fair.tag > excluded.tag THEN fair.tag ELSE excluded.tag END`, [lane, '', tag]);
}

/** The tag of a repository's next job. A tag that no job gets in the end costs its repository one turn. */
export async function nextTag(sql: Sql, lane: Lane, repository: string): Promise<number> {
  const [waiting] = await sql.query("SELECT 1 AS one FROM job WHERE state = 'queued' AND lane = $1 LIMIT 1", [lane]);
  if (!waiting) await sql.query('DELETE FROM fair WHERE lane = $1', [lane]);
  const [now] = await sql.query("SELECT tag FROM fair WHERE lane = $1 AND repository = ''", [lane]);
  const [row] = await sql.query(
    `${PUT} fair.tag >= excluded.tag THEN fair.tag + 1 ELSE excluded.tag END RETURNING tag`,
    [lane, repository, Number(now?.tag ?? 0)],
  );
  return Number(row?.tag);
}

const PUT = `INSERT INTO fair (lane, repository, tag) VALUES ($1, $2, $3) ON CONFLICT (lane, repository)
DO UPDATE SET tag = CASE WHEN`;
