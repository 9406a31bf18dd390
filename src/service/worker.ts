// SPDX-License-Identifier: GPL-2.0-or-later
// A worker: takes one job after the other, gives signs of life, and lets go of a job that was cancelled or is somebody
// else's by now. One that ends in good order gives back what it has not finished.
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../errors.ts';
import { JobCancelled } from '../github/values.ts';
import { BEAT_MS, DEAF_MS, GRACE_MS, POLL_MS, TROUBLE_MS_MAX } from './limits.ts';
import type { Queue } from './queue/queue.ts';
import type { Database } from './store/sql.ts';
import type { Claim, Outcome } from './values.ts';

export interface Handler {
  /**
   * Does a job. InputError: no attempt would help, it is parked; any other error is tried again. The signal is aborted
   * with JobCancelled where somebody cancelled the job, else where it is no longer this worker's or the worker ends.
   */
  run(claim: Claim, signal: AbortSignal): Promise<Outcome>;
  /** Tells the world that the job is given up, before it is parked. */
  giveUp?(claim: Claim, reason: string): Promise<void>;
}

/** What a worker tells: for logs and metrics. */
export interface WorkerEvents {
  started(claim: Claim): void;
  /** `outcome.state` is "lost" where the job was cancelled or taken away meanwhile. */
  ended(claim: Claim, outcome: Outcome | { state: 'lost' }, milliseconds: number): void;
  trouble(error: unknown): void;
}

export interface WorkerOptions {
  queue: Queue;
  database: Database;
  /** Its name: host, process, number. */
  name: string;
  host: string;
  handlers: Readonly<Record<string, Handler>>;
  events: WorkerEvents;
  /** How long a job may go on after the signal, milliseconds. */
  graceMs?: number;
  beatMs?: number;
}

/** Works until the signal, then lets the job at hand end within the grace or gives it back. */
export async function work(options: WorkerOptions, signal: AbortSignal): Promise<void> {
  const { queue, events } = options;
  const bell = new EventTarget();
  const off = queue.onSubmit(() => bell.dispatchEvent(new Event('ring')));
  const presence = new Presence(options);
  let trouble = 0;
  try {
    while (!signal.aborted) {
      try {
        await presence.tell('');
        const claim = await queue.claim(options.name);
        trouble = 0;
        if (claim) await handle(options, presence, claim, signal);
        else await pause(POLL_MS, bell, signal);
      } catch (error) {
        events.trouble(error);
        await pause(Math.min(TROUBLE_MS_MAX, POLL_MS * 2 ** trouble++), bell, signal);
      }
    }
    await presence.leave();
  } finally {
    off();
  }
}

async function handle(options: WorkerOptions, presence: Presence, claim: Claim, stop: AbortSignal): Promise<void> {
  const { queue, events, handlers, graceMs = GRACE_MS, beatMs = BEAT_MS } = options;
  const begun = performance.now();
  const control = new AbortController();
  let lost = false;
  const beats = setInterval(() => {
    presence.tell(claim.id).catch(events.trouble);
    // A store that cannot be reached says nothing about the job; what is written at its end is fenced anyway.
    queue
      .beat(claim)
      .then((mine) => {
        if (mine) return;
        lost = true;
        return why(options, claim).then((reason) => control.abort(reason));
      })
      .catch(events.trouble);
  }, beatMs);
  let grace: NodeJS.Timeout | undefined;
  const stopping = () => {
    grace = setTimeout(() => control.abort(new Error('the worker ends')), graceMs);
  };
  stop.addEventListener('abort', stopping);
  if (stop.aborted) stopping();
  events.started(claim);
  let outcome: Outcome;
  try {
    outcome = await Promise.race([attempt(handlers[claim.kind], claim, control.signal), deaf(control.signal)]);
  } catch (error) {
    outcome = outcomeOf(error, control.signal);
  } finally {
    clearInterval(beats);
    clearTimeout(grace);
    stop.removeEventListener('abort', stopping);
  }
  // The world is told first: a process that ends in between tells it again, and nobody waits for ever.
  if (!lost && queue.parks(claim, outcome)) await givenUp(options, claim, outcome);
  const written = !lost && (await settled(options, claim, outcome));
  events.ended(claim, written ? outcome : { state: 'lost' }, performance.now() - begun);
}

async function attempt(handler: Handler | undefined, claim: Claim, signal: AbortSignal): Promise<Outcome> {
  if (claim.exhausted) return { state: 'parked', reason: claim.reason };
  if (!handler) return { state: 'parked', reason: `this rmapbot knows no job of the kind "${claim.kind}"` };
  return handler.run(claim, signal);
}

/** Rejects some time after the signal: a job that does not hear it is not waited for. */
function deaf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const later = () => setTimeout(() => reject(signal.reason), DEAF_MS).unref();
    if (signal.aborted) later();
    else signal.addEventListener('abort', later, { once: true });
  });
}

async function givenUp({ handlers, events }: WorkerOptions, claim: Claim, outcome: Outcome): Promise<void> {
  const reason = 'reason' in outcome ? outcome.reason : '';
  try {
    await handlers[claim.kind]?.giveUp?.(claim, reason);
  } catch (error) {
    events.trouble(error);
  }
}

async function why({ database }: WorkerOptions, { id }: Claim): Promise<Error> {
  const [row] = await database.query('SELECT state, reason FROM job WHERE id = $1', [id]);
  return row?.state === 'cancelled' ? new JobCancelled(String(row.reason)) : new Error('the job is another worker’s');
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) return { state: 'released' };
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof InputError) return { state: 'parked', reason };
  const { retryAfterMs: after } = (error ?? {}) as { retryAfterMs?: unknown };
  return { state: 'failed', reason, ...(typeof after === 'number' ? { after } : {}) };
}

/** Writes the outcome; while the store is away, again and again: a review is minutes of work. */
async function settled({ queue, events }: WorkerOptions, claim: Claim, outcome: Outcome): Promise<boolean> {
  for (let trouble = 0; ; trouble++) {
    try {
      return await queue.settle(claim, outcome);
    } catch (error) {
      events.trouble(error);
      if (trouble >= 8) throw error;
      await sleep(Math.min(TROUBLE_MS_MAX, 250 * 2 ** trouble));
    }
  }
}

async function pause(milliseconds: number, bell: EventTarget, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  bell.addEventListener('ring', () => woken.abort(), { once: true, signal: woken.signal });
  await sleep(milliseconds, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
  });
  woken.abort();
}

/** The row by which others see that this worker is there, written no more often than signs of life are. */
class Presence {
  readonly #options: WorkerOptions;
  readonly #started = Date.now();
  #told = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  async tell(job: string): Promise<void> {
    const { database, name, host } = this.#options;
    const now = Date.now();
    if (now - this.#told < BEAT_MS) return;
    this.#told = now;
    await database.query(
      `INSERT INTO worker (id, host, started, seen, job) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (id) DO UPDATE SET seen = excluded.seen, job = excluded.job`,
      [name, host, this.#started, now, job],
    );
  }

  async leave(): Promise<void> {
    await this.#options.database.query('DELETE FROM worker WHERE id = $1', [this.#options.name]);
  }
}
