// SPDX-License-Identifier: GPL-2.0-or-later
// The queue. In: submissions. Out: claims, each in one worker's hands at a time, and what became of every job. Jobs are
// done at least once; what an attempt says counts only while the job is its own.
import { randomUUID } from 'node:crypto';
import { InputError } from '../../errors.ts';
import { cleanLine } from '../../report/sanitise.ts';
import {
  ATTEMPTS_MAX,
  BUSY_REST_MS,
  GIVING_UP_MAX,
  LANE_SPAN,
  NAME_MAX,
  PAYLOAD_BYTES_MAX,
  REASON_MAX,
  RETRY_MS,
  RETRY_MS_MAX,
} from '../limits.ts';
import { type Database, type Row, type Sql, storable } from '../store/sql.ts';
import { type Claim, type Job, type JobState, LANES, type Lane, type Outcome, type Submission } from '../values.ts';
import type { Dispatcher } from './dispatcher.ts';
import { nextTag, reached } from './fair.ts';

/** Which jobs are cancelled: of all fields given. */
export interface Match {
  kind?: string;
  thread?: string;
  repositoryId?: string;
  owner?: string;
  id?: string;
  /** Only what happened before, milliseconds. */
  before?: number;
}

const COLUMN = { kind: 'kind', thread: 'thread', repositoryId: 'repository_id', owner: 'owner', id: 'id' } as const;

const COLUMNS =
  'id, key, kind, repository, repository_id, owner, lane, at, thread, version, title, author, link, state, reason, verdict, attempts, worker, created, started, ended';

export class Queue {
  readonly #database: Database;
  readonly #dispatcher: Dispatcher;
  readonly #bells = new Set<() => void>();

  /** Whether the store is a server's, where a row that is written is locked until the end of the transaction. */
  get #shared(): boolean {
    return this.#database.kind === 'postgres';
  }

  constructor(database: Database, dispatcher: Dispatcher) {
    this.#database = database;
    this.#dispatcher = dispatcher;
  }

  /** Keeps a job, on the disk when it returns; `fresh` is false where its key was taken before. */
  async submit(submission: Submission): Promise<{ id: string; fresh: boolean }> {
    const payload = JSON.stringify(submission.payload);
    if (Buffer.byteLength(payload) > PAYLOAD_BYTES_MAX)
      throw new InputError(`a job of more than ${PAYLOAD_BYTES_MAX} bytes`);
    const { key, kind, repository, repositoryId, owner, lane, at, thread, version, title, author, link } = submission;
    const id = randomUUID();
    // On a server, others would wait for the row of this repository until our transaction is on the disk.
    const early = this.#shared ? await nextTag(this.#database, lane, repositoryId) : undefined;
    const result = await this.#database.transaction(async (sql) => {
      const tag = early ?? (await nextTag(sql, lane, repositoryId));
      const values = [id, key, kind, storable(repository), repositoryId, owner, lane, tag, at, thread, version];
      const said = [title, author, link].map((text) => storable(cleanLine(text, NAME_MAX)));
      const [row] = await sql.query(
        `INSERT INTO job (id, key, kind, repository, repository_id, owner, lane, tag, at, thread, version, title, author, link, payload,
  state, reason, verdict, attempts, worker, created, started, ended)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'queued', '', '', 0, '', $16, 0, 0)
ON CONFLICT (key) DO NOTHING RETURNING id`,
        [...values, ...said, storable(payload), Date.now()],
      );
      if (!row) {
        const [known] = await sql.query('SELECT id FROM job WHERE key = $1', [key]);
        return { id: String(known?.id), fresh: false };
      }
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
      if (next === 'another') continue;
      if (next && this.#shared) await reached(this.#database, next.claim.lane, next.tag);
      return next?.claim;
    }
  }

  async #claimOnce(sql: Sql, worker: string): Promise<{ claim: Claim; tag: number } | 'another' | undefined> {
    // A claim that a crash of the server undoes is a job that waits: no need to wait for its disk.
    if (this.#shared) await sql.query('SET LOCAL synchronous_commit TO off');
    const taken = await this.#dispatcher.take(sql);
    if (!taken) return undefined;
    if (!(await isNext(sql, taken.id))) {
      await this.#dispatcher.putBack(sql, taken, BUSY_REST_MS);
      return 'another';
    }
    const [row] = await sql.query(
      `UPDATE job SET state = 'active', attempts = attempts + 1, worker = $2, started = $3 WHERE id = $1
RETURNING ${COLUMNS}, tag, payload`,
      [taken.id, worker, Date.now()],
    );
    if (!row) throw new Error(`the queue holds a job that is not there: ${taken.id}`);
    const job = jobOf(row);
    if (job.attempts > ATTEMPTS_MAX + GIVING_UP_MAX) {
      await this.#dispatcher.finish(sql, taken);
      await this.#end(sql, job.id, 'parked', exhaustion(job), '');
      return 'another';
    }
    if (!this.#shared) await reached(sql, job.lane, Number(row.tag));
    const exhausted = job.attempts > ATTEMPTS_MAX;
    const reason = exhausted ? exhaustion(job) : job.reason;
    return {
      claim: { ...job, reason, payload: JSON.parse(String(row.payload)), attempt: taken.attempt, exhausted },
      tag: Number(row.tag),
    };
  }

  /** A sign of life; false where the job was cancelled or is another worker's. */
  beat({ id, attempt }: Claim): Promise<boolean> {
    return this.#dispatcher.beat({ id, attempt });
  }

  /** Whether an attempt that ends so is the last: the job is parked. */
  parks({ attempts }: Claim, { state }: Outcome): boolean {
    return state === 'parked' || (state === 'failed' && attempts >= ATTEMPTS_MAX);
  }

  /** Writes how an attempt ended; false where the job is no longer this attempt's: then nothing is written. */
  settle(claim: Claim, outcome: Outcome): Promise<boolean> {
    const { id, attempts } = claim;
    return this.#database.transaction(async (sql) => {
      if (outcome.state === 'released' || (outcome.state === 'failed' && !this.parks(claim, outcome))) {
        const after =
          outcome.state === 'failed' ? Math.min(RETRY_MS_MAX, outcome.after ?? restBefore(attempts + 1)) : 0;
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
    const where = fields.map(([name], index) => `${COLUMN[name as keyof typeof COLUMN]} = $${index + 1}`);
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
        `INSERT INTO job (id, key, kind, repository, repository_id, owner, lane, tag, at, thread, version, title, author, link, payload,
  state, reason, verdict, attempts, worker, created, started, ended)
SELECT $2, $3, kind, repository, repository_id, owner, lane, tag, at, thread, version, title, author, link, payload,
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

/** Whether nothing else of the job's thread is at work; from then on it is this job that is. */
async function isNext(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql.query(
    `INSERT INTO busy (thread, job) SELECT CASE WHEN thread = '' THEN id ELSE thread END, id FROM job WHERE id = $1
ON CONFLICT (thread) DO UPDATE SET job = excluded.job WHERE busy.job = excluded.job
OR NOT EXISTS (SELECT 1 FROM job WHERE job.id = busy.job AND job.state = 'active') RETURNING job`,
    [id],
  );
  return rows.length > 0;
}

function exhaustion({ reason }: Job): string {
  return `its worker ended ${ATTEMPTS_MAX} times${reason === '' ? '' : `; before that: ${reason}`}`;
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
    repositoryId: text('repository_id'),
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
