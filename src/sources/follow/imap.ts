// SPDX-License-Identifier: GPL-2.0-or-later
// Follows a folder over IMAP, on one connection, told by IDLE (RFC 2177). The cursor is UIDVALIDITY and the last UID.
import type { ImapFlow } from 'imapflow';
import { z } from 'zod';
import { type imapConnection, imapMails, imapSearch } from '../imap.ts';
import { BATCH_MAILS, RESCAN_MS } from '../limits.ts';
import type { Archive } from '../locate.ts';
import { pause } from './pause.ts';
import type { Batch, Follower } from './values.ts';

const cursorSchema = z.object({ validity: z.string(), uid: z.number() });

type Connection = Awaited<ReturnType<typeof imapConnection>>;

export class ImapFollower implements Follower {
  private readonly server: Extract<Archive, { kind: 'nntp' | 'imap' }>;
  private connection: Connection | undefined;
  private changed = false;

  constructor(server: Extract<Archive, { kind: 'nntp' | 'imap' }>) {
    this.server = server;
  }

  async poll(before: string | undefined, since: number | undefined): Promise<Batch> {
    if (!this.connection) {
      const { imapConnection } = await import('../imap.ts');
      this.connection = await imapConnection(this.server);
      this.connection.client.on('exists', () => {
        this.changed = true;
      });
    }
    const { client, failure } = this.connection;
    try {
      return await this.next(client, before === undefined ? undefined : cursorSchema.parse(JSON.parse(before)), since);
    } catch (error) {
      this.close();
      throw failure(error);
    }
  }

  private async next(
    client: ImapFlow,
    known: z.infer<typeof cursorSchema> | undefined,
    since: number | undefined,
  ): Promise<Batch> {
    // Selecting again, so that nothing rests on what the server cared to tell on its own.
    const box = await client.mailboxOpen(this.server.folder, { readOnly: true });
    this.changed = false;
    const validity = String(box.uidValidity);
    const batch: Batch = { arrivals: [], cursor: '', more: false, notes: [] };
    let last = box.uidNext - 1;
    if (known?.validity === validity) last = known.uid;
    else {
      const days = RESCAN_MS / 86_400_000;
      if (known) batch.notes.push(`the folder was renumbered; read again from ${days} days before`);
      const from = known ? Date.now() - RESCAN_MS : since;
      const found = from === undefined ? [] : await imapSearch(client, { since: new Date(from) });
      if (found.length > 0) last = Math.min(...found) - 1;
    }
    // "N:*" names the last message even where N is greater (RFC 3501, 6.4.8).
    const found = box.exists === 0 ? [] : await imapSearch(client, { uid: `${last + 1}:*` });
    const uids = found.filter((uid) => uid > last).sort((a, b) => a - b);
    const now = uids.slice(0, BATCH_MAILS);
    for await (const { raw, name, tooLarge } of imapMails(client, now)) {
      batch.arrivals.push({ raw, name, ...(tooLarge === undefined ? {} : { tooLarge }) });
    }
    const uid = now.at(-1) ?? last;
    return { ...batch, cursor: JSON.stringify({ validity, uid }), more: uids.length > now.length };
  }

  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    const client = this.connection?.client;
    if (!client || this.changed || !client.usable)
      return client && this.changed ? undefined : pause(milliseconds, signal);
    const woken = new AbortController();
    const wake = () => woken.abort();
    for (const event of ['exists', 'close', 'error'] as const) client.once(event, wake);
    // Ends with the next command; where it ends by an error, the next poll meets that error.
    client.idle().catch(wake);
    await pause(milliseconds, AbortSignal.any([signal, woken.signal]));
    for (const event of ['exists', 'close', 'error'] as const) client.off(event, wake);
  }

  close(): void {
    this.connection?.client.close();
    this.connection = undefined;
  }
}
