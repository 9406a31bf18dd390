// SPDX-License-Identifier: GPL-2.0-or-later
// Follows a news group. The cursor is the last article read.
import { dateOf, oneLine } from '../header.ts';
import { BATCH_MAILS, RESCAN_ARTICLES } from '../limits.ts';
import { type Client, nntpSession, type Server } from '../nntp.ts';
import { pause } from './pause.ts';
import type { Batch, Follower } from './values.ts';

/** Articles whose dates are asked for at once, on the way back to a date. */
const OVERVIEW_ARTICLES = 500;

export class NntpFollower implements Follower {
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  async poll(before: string | undefined, since: number | undefined): Promise<Batch> {
    for await (const batch of nntpSession(this.server, (client, group) => next(client, group, before, since)))
      return batch;
    throw new Error(`${oneLine(this.server.name)}: no batch`);
  }

  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return pause(milliseconds, signal);
  }

  close(): void {}
}

async function* next(
  client: Client,
  { low, high }: { low: number; high: number },
  before: string | undefined,
  since: number | undefined,
): AsyncGenerator<Batch> {
  const batch: Batch = { arrivals: [], cursor: String(high), more: false, notes: [] };
  let last: number;
  if (before !== undefined) last = Number(before);
  else if (since !== undefined) last = (await firstSince(client, low, high, since)) - 1;
  else return yield batch;
  if (high < last) {
    batch.notes.push(`the group's numbers went back from ${last} to ${high}: read again`);
    last = Math.max(low - 1, high - RESCAN_ARTICLES);
  } else if (last < low - 1) {
    if (before !== undefined) batch.notes.push(`articles ${last + 1} to ${low - 1} are gone, unread`);
    last = low - 1;
  }
  const to = Math.min(high, last + BATCH_MAILS);
  for (let number = last + 1; number <= to; number++) {
    for await (const { raw, name, tooLarge } of client.article(number)) {
      batch.arrivals.push({ raw, name, ...(tooLarge === undefined ? {} : { tooLarge }) });
    }
  }
  yield { ...batch, cursor: String(Math.max(to, last)), more: to < high };
}

/** The number at which to begin for what was sent since a time: dates only grow roughly, so that all of a block count. */
async function firstSince(client: Client, low: number, high: number, since: number): Promise<number> {
  let first = high + 1;
  while (first > low) {
    const from = Math.max(low, first - OVERVIEW_ARTICLES);
    const { code } = await client.ask(`OVER ${from}-${first - 1}`, [224, 423]);
    const lines = code === 224 ? await client.lines() : [];
    // RFC 3977, 8.3.2: number, subject, from, date, ...
    const dates = lines.map((line) => Date.parse(dateOf(line.split('\t')[3]) ?? ''));
    if (lines.length > 0 && !dates.some((date) => date >= since)) break;
    first = from;
  }
  return first;
}
