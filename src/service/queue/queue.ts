// SPDX-License-Identifier: GPL-2.0-or-later
// The queue. In: submissions. Out: claims, each in one worker's hands at a time, and what became of every job. Jobs are
// done at least once; what an attempt says counts only while the job is its own.
import { randomUUID } from 'node:crypto';
import { InputError } from '../../errors.ts';
import { cleanLine } from '../../report/sanitise.ts';
import { ATTEMPTS_MAX, LANE_SPAN, NAME_MAX, PAYLOAD_BYTES_MAX, REASON_MAX, RETRY_MS, RETRY_MS_MAX } from '../limits.ts';
import { type Database, type Row, type Sql, storable } from '../store/sql.ts';
import { type Claim, type Job, type JobState, LANES, type Lane, type Outcome, type Submission } from '../values.ts';
import type { Dispatcher } from './dispatcher.ts';
import { reached, tagFor } from './fair.ts';

/** Which jobs are cancelled: of all fields given. */
export interface Match {
  kind?: string;
  thread?: string;
  repository?: string;
  owner?: string;
  id?: string;
  /** Only what happened before, milliseconds. */
  before?: number;
}

const COLUMNS =
  'id, key, kind, repository, owner, lane, at, thread, version, title, author, link, state, reason, verdict, attempts, worker, created, started, ended';

export class Queue {
  readonly #database: Database;
  readonly #dispatcher: Dispatcher;
  readonly #bells = new Set<() => void>();

  constructor(database: Database, dispatcher: Dispatcher) {
    this.#database = database;
    this.#dispatcher = dispatcher;
  }

  /** Keeps a job, on the disk when it returns; `fresh` is false where its key was taken before. */
  async submit(submission: Submission): Promise<{ id: string; fresh: boolean }> {
    const payload = JSON.stringify(submission.payload);
    if (Buffer.byteLength(payload) > PAYLOAD_BYTES_MAX)
      throw new InputError(`a job of more than ${PAYLOAD_BYTES_MAX} bytes`);
    const { key, kind, repository, owner, lane, at, thread, version, title, author, link } = submission;
    const id = randomUUID();
    const result = await this.#database.transaction(async (sql) => {
      const tag = await tagFor(sql, lane, repository);
      const values = [id, key, kind, repository, owner, lane, tag, at, thread, version];
      const said = [title, author, link].map((text) => storable(cleanLine(text, NAME_MAX)));
      const [row] = await sql.query(
        `INSERT INTO job (id, key, kind, repository, owner, lane, tag, at, thread, version, title, author, link, payload,
  state, reason, verdict, attempts, worker, created, started, ended)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'queued', '', '', 0, '', $15, 0, 0)
ON CONFLICT (key) DO NOTHING RETURNING id`,
        [...values, ...said, storable(payload), Date.now()],
      );
      if (!row) {
        const [known] = await sql.query('SELECT id FROM job WHERE key = $1', [key]);
        return { id: String(known?.id), fresh: false };
      }
      await reached(sql, lane, repository, tag);
      await this.#dispatcher.put(sql, id, (LANES.length - LANES.indexOf(lane)) * LANE_SPAN - tag);
      return { id, fresh: true };
    });
    for (const ring of this.#bells) ring();
    return result;
  }

  /** The next job for a worker, or undefined. A job whose workers ended too often is parked on the way. */
  async claim(worker: string): Promise<Claim | undefined> {
    for (;;) {
      const next = await this.#database.transaction((sql) => this.#claimOnce(sql, worker));
      if (next !== 'parked') return next;
    }
  }

  async #claimOnce(sql: Sql, worker: string): Promise<Claim | 'parked' | undefined> {
    const taken = await this.#dispatcher.take(sql);
    if (!taken) return undefined;
    const [row] = await sql.query(
      `UPDATE job SET state = 'active', attempts = attempts + 1, worker = $2, started = $3 WHERE id = $1
RETURNING ${COLUMNS}, tag, payload`,
      [taken.id, worker, Date.now()],
    );
    if (!row) throw new Error(`the queue holds a job that is not there: ${taken.id}`);
    const job = jobOf(row);
    if (job.attempts > ATTEMPTS_MAX) {
      await this.#dispatcher.finish(sql, taken);
      const last = job.reason === '' ? '' : `; before that: ${job.reason}`;
      await this.#end(sql, job.id, 'parked', `its worker ended ${ATTEMPTS_MAX} times${last}`, '');
      return 'parked';
    }
    await reached(sql, job.lane, '', Number(row.tag));
    return { ...job, payload: JSON.parse(String(row.payload)) as unknown, attempt: taken.attempt };
  }

  /** A sign of life; false where the job was cancelled or is another worker's. */
  beat({ id, attempt }: Claim): Promise<boolean> {
    return this.#dispatcher.beat({ id, attempt });
  }

  /** Writes how an attempt ended; false where the job is no longer this attempt's: then nothing is written. */
  settle(claim: Claim, outcome: Outcome): Promise<boolean> {
    const { id, attempts } = claim;
    return this.#database.transaction(async (sql) => {
      const parks = outcome.state === 'failed' && attempts >= ATTEMPTS_MAX;
      if (outcome.state === 'released' || (outcome.state === 'failed' && !parks)) {
        const after = outcome.state === 'failed' ? (outcome.after ?? restBefore(attempts + 1)) : 0;
        if (!(await this.#dispatcher.putBack(sql, claim, after))) return false;
        const reason = outcome.state === 'failed' ? told(outcome.reason) : claim.reason;
        const made = outcome.state === 'failed' ? attempts : attempts - 1;
        await sql.query("UPDATE job SET state = 'queued', reason = $2, attempts = $3, worker = '' WHERE id = $1", [
          id,
          reason,
          made,
        ]);
        return true;
      }
      if (!(await this.#dispatcher.finish(sql, claim))) return false;
      const done = outcome.state === 'done';
      await this.#end(sql, id, done ? 'done' : 'parked', outcome.reason, done ? outcome.verdict : '');
      if (done && outcome.review !== undefined) {
        const keep =
          'INSERT INTO review (job, content) VALUES ($1, $2) ON CONFLICT (job) DO UPDATE SET content = excluded.content';
        await sql.query(keep, [id, storable(outcome.review)]);
      }
      return true;
    });
  }

  /** Cancels jobs that wait or are at work; their workers learn it by their next sign of life. Returns how many. */
  cancel(match: Match, why: string): Promise<number> {
    const { before, ...equal } = match;
    const fields = Object.entries(equal).filter(([, value]) => value !== undefined);
    if (fields.length === 0) throw new Error('cancel: which jobs?');
    const where = fields.map(([name], index) => `${name} = $${index + 1}`);
    if (before !== undefined) where.push(`at < $${fields.length + 1}`);
    const values = [...fields.map(([, value]) => value as string), ...(before === undefined ? [] : [before])];
    return this.#database.transaction(async (sql) => {
      const found = await sql.query(
        `SELECT id FROM job WHERE ${where.join(' AND ')} AND state IN ('queued', 'active')`,
        values,
      );
      const ids = found.map(({ id }) => String(id));
      await this.#dispatcher.drop(sql, ids);
      for (const id of ids) await this.#end(sql, id, 'cancelled', why, '');
      return ids.length;
    });
  }

  /** A job that was parked or cancelled is tried anew, for a person who asks; false where it is neither. */
  async again(id: string): Promise<boolean> {
    return this.#database.transaction(async (sql) => {
      const [row] = await sql.query(
        `UPDATE job SET key = key || '#' || $2 WHERE id = $1 AND state IN ('parked', 'cancelled') RETURNING ${COLUMNS}, payload, tag`,
        [id, String(Date.now())],
      );
      if (!row) return false;
      const fresh = randomUUID();
      const { key: old, lane } = jobOf(row);
      const key = old.slice(0, old.lastIndexOf('#'));
      await sql.query(
        `INSERT INTO job (id, key, kind, repository, owner, lane, tag, at, thread, version, title, author, link, payload,
  state, reason, verdict, attempts, worker, created, started, ended)
SELECT $2, $3, kind, repository, owner, lane, tag, at, thread, version, title, author, link, payload,
  'queued', '', '', 0, '', $4, 0, 0 FROM job WHERE id = $1`,
        [id, fresh, key, Date.now()],
      );
      await this.#dispatcher.put(sql, fresh, (LANES.length - LANES.indexOf(lane)) * LANE_SPAN - Number(row.tag));
      return true;
    });
  }

  /** Called when a job was submitted by this process: workers in it need not wait for their next look. */
  onSubmit(ring: () => void): () => void {
    this.#bells.add(ring);
    return () => this.#bells.delete(ring);
  }

  async #end(sql: Sql, id: string, state: JobState, reason: string, verdict: string): Promise<void> {
    await sql.query('UPDATE job SET state = $2, reason = $3, verdict = $4, ended = $5 WHERE id = $1', [
      id,
      state,
      told(reason),
      verdict,
      Date.now(),
    ]);
  }
}

const told = (reason: string) => storable(cleanLine(reason, REASON_MAX));

/** How long a job rests before an attempt, milliseconds: longer each time, and not all that failed together at once. */
export function restBefore(attempt: number, chance = Math.random()): number {
  return Math.min(RETRY_MS_MAX, Math.round(RETRY_MS * 2 ** (attempt - 2) * (1 + chance)));
}

export function jobOf(row: Row): Job {
  const text = (name: string) => String(row[name] ?? '');
  const number = (name: string) => Number(row[name] ?? 0);
  return {
    id: text('id'),
    key: text('key'),
    kind: text('kind'),
    repository: text('repository'),
    owner: text('owner'),
    lane: text('lane') as Lane,
    at: number('at'),
    thread: text('thread'),
    version: number('version'),
    title: text('title'),
    author: text('author'),
    link: text('link'),
    state: text('state') as JobState,
    reason: text('reason'),
    verdict: text('verdict'),
    attempts: number('attempts'),
    worker: text('worker'),
    created: number('created'),
    started: number('started'),
    ended: number('ended'),
  };
}

export { COLUMNS as JOB_COLUMNS };
