// SPDX-License-Identifier: GPL-2.0-or-later
// Whose turn it is: start-time fair queuing (Goyal, Vin, Cheng 1996) over the repositories of a lane, each of the same
// weight. A job's tag is one more than that of its repository's job before it, but never less than the tag that the
// lane has reached; smaller tags go first. So the first job of a quiet repository waits for one job of each other at
// most, however long their backlogs are.
import type { Sql } from '../store/sql.ts';
import type { Lane } from '../values.ts';

/** Keeps the largest tag given; with no repository, what the lane has reached. */
export async function reached(sql: Sql, lane: Lane, repository: string, tag: number): Promise<void> {
  await sql.query(
    `INSERT INTO fair (lane, repository, tag) VALUES ($1, $2, $3) ON CONFLICT (lane, repository)
DO UPDATE SET tag = CASE WHEN fair.tag > excluded.tag THEN fair.tag ELSE excluded.tag END`,
    [lane, repository, tag],
  );
}

/** The tag of a repository's next job. */
export async function tagFor(sql: Sql, lane: Lane, repository: string): Promise<number> {
  const [waiting] = await sql.query("SELECT 1 AS one FROM job WHERE state = 'queued' AND lane = $1 LIMIT 1", [lane]);
  if (!waiting) await sql.query('DELETE FROM fair WHERE lane = $1', [lane]);
  const tags = await sql.query('SELECT repository, tag FROM fair WHERE lane = $1 AND repository IN ($2, $3)', [
    lane,
    '',
    repository,
  ]);
  const tagOf = (name: string) => tags.find((row) => row.repository === name)?.tag;
  const [before, now] = [tagOf(repository), Number(tagOf('') ?? 0)];
  return before === undefined ? now : Math.max(now, Number(before) + 1);
}
