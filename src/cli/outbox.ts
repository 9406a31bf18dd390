// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot outbox ...`: answers that wait for a person's word; `rmapbot review --queue` puts them in.
import { join } from 'node:path';
import { stateRoot } from '../cache-dir.ts';
import {
  composeRetraction,
  Outbox,
  type OutboxEntry,
  offer,
  type ReplyPolicy,
  readPolicy,
  sendApproved,
} from '../delivery/index.ts';
import { InputError } from '../errors.ts';
import { cleanLine, cleanLines } from '../report/sanitise.ts';
import { table } from '../report/text.ts';
import type { Review } from '../review/values.ts';
import type { Series } from '../series/values.ts';
import { print } from './output.ts';

export interface OutboxOptions {
  outbox?: string;
}

/** `outbox.db` in the state folder. */
function outboxPath(options: OutboxOptions): string {
  return options.outbox ?? join(stateRoot(), 'outbox.db');
}

async function withOutbox<T>(options: OutboxOptions, work: (outbox: Outbox) => T | Promise<T>): Promise<T> {
  const outbox = new Outbox(outboxPath(options));
  try {
    return await work(outbox);
  } finally {
    outbox.close();
  }
}

/** Checks that a policy names somebody: before the review, not after it. */
export async function queuePolicy(path: string | undefined): Promise<ReplyPolicy> {
  const policy = await readPolicy(path);
  if (policy.to.length + policy.cc.length === 0 && !policy.toAuthor) {
    throw new InputError('--queue: the policy names nobody to answer to');
  }
  return policy;
}

/** Queues an answer and says so. Only findings are answered, and clean results where the policy asks for them. */
export async function queue(
  review: Review,
  series: Series,
  policy: ReplyPolicy,
  options: OutboxOptions,
): Promise<string> {
  return withOutbox(options, async (outbox) => {
    const offered = await offer(outbox, review, series, policy);
    return 'why' in offered ? `not queued: ${offered.why}` : `queued: ${offered.id}`;
  });
}

/** One line an entry. */
export async function outboxList(options: OutboxOptions): Promise<void> {
  const entries = await withOutbox(options, (outbox) => outbox.list());
  if (entries.length === 0) return print('the outbox is empty\n');
  const columns = ['id', 'state', 'changed', 'verdict', 'subject'].map((title) => ({ title, align: 'left' as const }));
  const rows = entries.map((one) => [
    short(one),
    one.state,
    one.changed,
    cleanLine(one.verdict),
    cleanLine(one.subject, 60),
  ]);
  await print(`${table(columns, rows, '').join('\n')}\n`);
}

/** The whole mail, and what became of it. */
export async function outboxShow(id: string, options: OutboxOptions): Promise<void> {
  const entry = await withOutbox(options, (outbox) => outbox.find(id));
  const note = entry.note === '' ? '' : `: ${cleanLine(entry.note)}`;
  await print(
    `${entry.state}${note}\nto ${cleanLine(entry.recipients.join(', '))}\n\n${cleanLines(entry.raw.toString('utf8'))}`,
  );
}

/** May be sent. */
export async function outboxApprove(id: string, options: OutboxOptions): Promise<void> {
  const entry = await withOutbox(options, (outbox) => outbox.decide(id, 'approved', ''));
  await print(`approved: ${short(entry)}\n`);
}

/** Will not be sent. */
export async function outboxDrop(id: string, options: OutboxOptions & { why: string }): Promise<void> {
  const entry = await withOutbox(options, (outbox) => outbox.decide(id, 'dropped', options.why));
  await print(`dropped: ${short(entry)}\n`);
}

/** Takes back what was sent: the thread is told, by a mail that `send` sends. */
export async function outboxRetract(id: string, options: OutboxOptions & { why: string }): Promise<void> {
  const why = cleanLine(options.why);
  const done = await withOutbox(options, async (outbox) => {
    const entry = outbox.find(id);
    const { messageId, recipients, raw } = await composeRetraction(entry, why);
    const mail = {
      id: messageId,
      subject: entry.subject,
      verdict: 'retraction',
      sender: entry.sender,
      signatures: [],
      list: entry.list,
    };
    outbox.retract(entry.id, { ...mail, recipients, raw }, why);
    return messageId;
  });
  await print(`approved: ${done}\n`);
}

/** Sends what is approved. Exit code 3 where something was not sent. */
export async function outboxSend(options: OutboxOptions & { replyPolicy: string }): Promise<void> {
  const { smtp } = await readPolicy(options.replyPolicy);
  if (!smtp) throw new InputError('outbox send: the policy has no smtp');
  const results = await withOutbox(options, (outbox) => sendApproved(outbox, smtp));
  const lines = results.map(({ id, state, note }) => `${state}: ${id}${note === '' ? '' : `: ${note}`}\n`);
  process.exitCode = results.every(({ state }) => state === 'sent') ? 0 : 3;
  await print(lines.length === 0 ? 'nothing to send\n' : lines.join(''));
}

/** Enough of the id to name the entry: without the domain. */
const short = ({ id }: OutboxEntry) => id.slice(0, Math.max(1, id.indexOf('@')));
