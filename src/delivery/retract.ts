// SPDX-License-Identifier: GPL-2.0-or-later
// A retraction: the answer to our own answer, to the same people. In: what was sent, and a person's reason. Out: the
// mail. And what a finding is known by, so that a retracted one is not posted again.
import { promisify } from 'node:util';
import { cleanLine, guardColumnZero } from '../report/sanitise.ts';
import { wrap } from '../report/text.ts';
import type { Review } from '../review/values.ts';
import type { ReplyMail } from './compose.ts';
import { REASON_MAX } from './limits.ts';
import type { OutboxEntry } from './outbox.ts';

/** What a finding says, without the words: the invariant and the innermost place. Each once. */
export function signaturesOf({ findings }: Review): string[] {
  const told = findings.filter(({ status }) => status === 'introduced' || status === 'bisectability');
  return [...new Set(told.map(({ invariant, where }) => `${invariant} ${where[0]?.function ?? ''}`.trim()))];
}

/** Composes the retraction of a mail of ours. */
export async function composeRetraction(entry: OutboxEntry, why: string, date: Date = new Date()): Promise<ReplyMail> {
  const { simpleParser } = await import('mailparser');
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const ours = await simpleParser(entry.raw, { skipHtmlToText: true, skipTextToHtml: true });
  const field = (name: string) =>
    /^[^:]*:\s*(.*)$/s.exec(ours.headerLines.find(({ key }) => key === name)?.line ?? '')?.[1];
  const headers: Record<string, string> = {
    'Auto-Submitted': 'auto-replied',
    Precedence: 'bulk',
    'X-Patchwork-Hint': 'ignore',
  };
  const references = [ours.references ?? []].flat();
  const text = [
    ...wrap('The report above is wrong and is taken back by the people who run this bot.'),
    '',
    ...wrap(cleanLine(why, REASON_MAX)),
    '',
    ...wrap('What it found will not be reported again. This is rmapbot, a bot; the decision was made by a person.'),
  ];
  const composer = new MailComposer({
    from: field('from') ?? entry.sender,
    ...(ours.replyTo ? { replyTo: ours.replyTo.text } : {}),
    to: field('to') ?? '',
    cc: field('cc') ?? '',
    subject: ours.subject ?? '',
    messageId: `<retraction-${entry.id}>`,
    inReplyTo: `<${entry.id}>`,
    references: [...references, `<${entry.id}>`],
    date,
    headers,
    text: guardColumnZero(`${text.join('\n')}\n`),
    newline: 'unix',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const node = composer.compile();
  const raw: Buffer = await promisify(node.build.bind(node))();
  return { messageId: `retraction-${entry.id}`, recipients: entry.recipients, raw };
}
