// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot watch`: sources are listened to side by side; the work is done one thing after the other. Everything that was
// decided is on the disk before anything follows from it: the process may be killed at any moment, and started again.
import { pastArrivals } from '../sources/follow/past.ts';
import type { Arrival } from '../sources/follow/values.ts';
import { BATCH_MAILS } from '../sources/limits.ts';
import { assembleDirty } from './assemble.ts';
import { takeIn } from './intake.ts';
import { DAY_MS, TICK_MS } from './limits.ts';
import { listen } from './listen.ts';
import { obeyOnce } from './obey.ts';
import { Post } from './post.ts';
import { openWatch, type State } from './state.ts';
import type { WatchConfig, WatchPorts } from './values.ts';
import { workOnce } from './work.ts';

export interface WatchOptions {
  /** Does what there is to do now, and ends. */
  once?: boolean;
  /** Reads a range that has gone by first, of every list or of one. */
  backfill?: { range: string; list?: string };
  signal?: AbortSignal;
}

/** Resolves when aborted, or after `once`; false where a source could not be read then. InputError for the state. */
export async function watch(config: WatchConfig, ports: WatchPorts, options: WatchOptions = {}): Promise<boolean> {
  const { once = false, signal = new AbortController().signal } = options;
  const state = await openWatch(config, ports);
  // An ordered end is no attempt that failed.
  const release = () => state.tasks.release();
  process.once('exit', release);
  try {
    state.tasks.reopen();
    state.commands.reopen();
    if (options.backfill) await backfill(state, options.backfill);
    return await run(state, once, signal);
  } finally {
    process.off('exit', release);
    state.close();
  }
}

async function run(state: State, once: boolean, signal: AbortSignal): Promise<boolean> {
  const { config, ports } = state;
  const bell = new Bell();
  const stop = new AbortController();
  const ends = AbortSignal.any([signal, stop.signal]);
  ends.addEventListener('abort', () => bell.ring());
  const sources = config.lists.flatMap((list) => list.follow.map((source) => ({ list, source })));
  let broken: unknown;
  const listening = sources.map(({ list, source }) =>
    listen(state, list, source, { signal: ends, once, onMail: () => bell.ring() }).catch((error: unknown) => {
      broken ??= error;
      stop.abort();
      return false;
    }),
  );
  if (!once) ports.log(`watching ${sources.map(({ source }) => source.name).join(', ')}`);
  const read = once ? await Promise.all(listening) : [];
  const post = new Post(state);
  let pruned = 0;
  while (!ends.aborted) {
    if (Date.now() - pruned > DAY_MS) {
      state.mails.prune(Date.now());
      pruned = Date.now();
    }
    const more = await assembleDirty(state);
    await post.lookUp();
    const sent = await post.send();
    if (more || sent) continue;
    if ((await obeyOnce(state)) || (await workOnce(state))) continue;
    if (once) break;
    await bell.wait(TICK_MS);
  }
  stop.abort();
  await Promise.all(listening);
  if (broken !== undefined) throw broken;
  return read.every(Boolean);
}

async function backfill(state: State, { range, list: name }: NonNullable<WatchOptions['backfill']>): Promise<void> {
  for (const list of state.config.lists) {
    if (name !== undefined && list.name !== name) continue;
    const { since: _since, ...all } = list;
    const [source] = list.follow;
    if (!source) continue;
    let [read, kept] = [0, 0];
    let batch: Arrival[] = [];
    const flush = async () => {
      kept += (await takeIn(state, all, batch)).kept;
      read += batch.length;
      batch = [];
    };
    for await (const arrival of pastArrivals(source.place, range)) {
      batch.push(arrival);
      if (batch.length >= BATCH_MAILS) await flush();
    }
    await flush();
    state.ports.log(`${source.name}: ${range}: ${read} mails, ${kept} new patch mails`);
  }
}

/** Wakes the work up; a ring while it is awake is not lost. */
class Bell {
  private rung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  async wait(milliseconds: number): Promise<void> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.wake = undefined;
    this.rung = false;
  }
}
