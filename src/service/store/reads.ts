// SPDX-License-Identifier: GPL-2.0-or-later
// What pages and metrics ask of the store. Foreign words become values, never text of a query.
import { PAGE_ROWS } from '../limits.ts';
import { JOB_COLUMNS, jobOf } from '../queue/queue.ts';
import { JOB_STATES, type Job, type JobState, LANES } from '../values.ts';
import type { Sql, Value } from './sql.ts';

export async function queueCounts(sql: Sql): Promise<{ state: JobState; count: number }[]> {
  const rows = await sql.query('SELECT state, COUNT(*) AS n FROM job GROUP BY state');
  return JOB_STATES.map((state) => ({ state, count: Number(rows.find((row) => row.state === state)?.n ?? 0) }));
}

export interface JobFilter {
  states?: readonly JobState[];
  verdict?: string;
  repository?: string;
  thread?: string;
  /** Words of title, author or repository, all of which must be there. */
  search?: string;
  /** Jobs whose review there is. */
  reviewed?: boolean;
  /** In the order in which they are done, not the latest first. */
  byTurn?: boolean;
  page?: number;
}

const TURN = `CASE lane ${LANES.map((lane, index) => `WHEN '${lane}' THEN ${index}`).join(' ')} END, tag, created, id`;

/** One page of jobs, the latest first, and whether there are more. */
export async function findJobs(sql: Sql, filter: JobFilter): Promise<{ jobs: Job[]; more: boolean }> {
  const where: string[] = [];
  const values: Value[] = [];
  const value = (one: Value) => `$${values.push(one)}`;
  if (filter.states?.length) where.push(`state IN (${filter.states.map(value).join(', ')})`);
  for (const name of ['verdict', 'repository', 'thread'] as const) {
    const one = filter[name];
    if (one !== undefined && one !== '') where.push(`${name} = ${value(one)}`);
  }
  if (filter.reviewed) where.push("verdict <> ''");
  for (const word of (filter.search ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8)) {
    const like = value(`%${word.replace(/[\\%_]/g, '\\$&')}%`);
    where.push(`LOWER(title || ' ' || author || ' ' || repository || ' ' || thread) LIKE ${like} ESCAPE '\\'`);
  }
  const skip = Math.max(0, Math.min(10_000, (filter.page ?? 1) - 1)) * PAGE_ROWS;
  const rows = await sql.query(
    `SELECT ${JOB_COLUMNS} FROM job${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}
ORDER BY ${filter.byTurn ? TURN : 'created DESC, id'} LIMIT ${PAGE_ROWS + 1} OFFSET ${skip}`,
    values,
  );
  return { jobs: rows.slice(0, PAGE_ROWS).map(jobOf), more: rows.length > PAGE_ROWS };
}

export async function jobById(sql: Sql, id: string): Promise<Job | undefined> {
  const [row] = await sql.query(`SELECT ${JOB_COLUMNS} FROM job WHERE id = $1`, [id]);
  return row && jobOf(row);
}

/** All jobs of one series or pull request, by version and time; no more than a page can show. */
export async function historyOf(sql: Sql, thread: string): Promise<Job[]> {
  const rows = await sql.query(
    `SELECT ${JOB_COLUMNS} FROM job WHERE thread = $1 ORDER BY version, created LIMIT ${PAGE_ROWS * 4}`,
    [thread],
  );
  return rows.map(jobOf);
}

/** JSON of the review of a job. */
export async function reviewOf(sql: Sql, job: string): Promise<string | undefined> {
  const [row] = await sql.query('SELECT content FROM review WHERE job = $1', [job]);
  return row && String(row.content);
}

export interface WorkerRow {
  id: string;
  host: string;
  started: number;
  seen: number;
  job: string;
}

export async function workers(sql: Sql): Promise<WorkerRow[]> {
  const rows = await sql.query('SELECT id, host, started, seen, job FROM worker ORDER BY id');
  return rows.map((row) => ({
    id: String(row.id),
    host: String(row.host),
    started: Number(row.started),
    seen: Number(row.seen),
    job: String(row.job),
  }));
}

/** Removes jobs at their ends, with their reviews, and workers that have not been seen, since before a time. */
export async function prune(sql: Sql, before: number): Promise<void> {
  const old = "SELECT id FROM job WHERE state IN ('done', 'parked', 'cancelled') AND ended < $1";
  await sql.query(`DELETE FROM review WHERE job IN (${old})`, [before]);
  await sql.query(`DELETE FROM job WHERE id IN (${old})`, [before]);
  await sql.query("DELETE FROM busy WHERE job NOT IN (SELECT id FROM job WHERE state = 'active')");
  await sql.query('DELETE FROM worker WHERE seen < $1', [Date.now() - 86_400_000]);
}
