// SPDX-License-Identifier: GPL-2.0-or-later
// Review -> the answer in the thread, as an RFC 5322 message: plain text, threaded, marked as a bot's in every way that
// bots and lists look for (RFC 3834, patchwork's headers), its Message-ID the same whenever it is written again.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { mailText } from '../report/mail.ts';
import { cleanLine, cleanLines, guardColumnZero } from '../report/sanitise.ts';
import { wrap } from '../report/text.ts';
import type { Review } from '../review/values.ts';
import type { Series } from '../series/values.ts';
import { QUOTE_MAX, REFERENCES_MAX, SUBJECT_MAX } from './limits.ts';
import type { Mailbox, ReplyPolicy } from './policy.ts';

export interface ReplyMail {
  /** Without brackets. */
  messageId: string;
  /** Addresses of all recipients, each once. */
  recipients: string[];
  /** The whole message, lines ending in LF. */
  raw: Buffer;
}

/** Message-IDs that can stand in a header; digests of mails without one cannot. */
const SAFE_ID = /^[!-;=?-~]+@[!-;=?-~]+$/;

/** A command that somebody gave in the thread, and that is answered. */
export interface Asked {
  /** Of the mail that held it, without brackets. */
  messageId: string;
  subject: string;
  references: string[];
  from: Mailbox;
  /** The lines to quote. */
  lines: string[];
}

export interface ReplyOptions {
  date?: Date;
  /** The mail to answer instead of the series' own; its writer is among the recipients. */
  asked?: Asked;
  /** Message-ID that the series had when it was first answered, where its head has changed since. */
  identity?: string;
}

/** Composes the answer. One for a series and version, or for a command: the same ones give the same Message-ID. */
export function composeReply(
  review: Review,
  series: Series,
  policy: ReplyPolicy,
  options: ReplyOptions = {},
): Promise<ReplyMail> {
  return compose(mailText(review), series, policy, { ...options, verdict: review.verdict });
}

/** Composes the answer to a command that asked for no review. In: prose, one paragraph an entry. */
export function composeNote(
  paragraphs: readonly string[],
  series: Series,
  policy: ReplyPolicy,
  options: ReplyOptions & { asked: Asked },
): Promise<ReplyMail> {
  const text = paragraphs.map((one) => `${wrap(one).join('\n')}\n`).join('\n');
  return compose(text, series, policy, { ...options, verdict: 'note' });
}

async function compose(
  text: string,
  series: Series,
  policy: ReplyPolicy,
  { date = new Date(), asked, identity: id = series.id, verdict }: ReplyOptions & { verdict: string },
): Promise<ReplyMail> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const messageId = asked ? commandReplyId(asked.messageId, policy) : replyId({ id, version: series.version }, policy);
  const head = asked ?? series.head ?? { messageId: series.id, subject: series.subject, references: [] };
  const references = [...head.references, head.messageId].filter((id) => SAFE_ID.test(id));
  const to = unique([...(asked ? [asked.from] : []), ...(policy.toAuthor ? [series.author] : []), ...policy.to]).filter(
    ({ address }) => !same(address, policy.from.address),
  );
  const cc = unique(policy.cc).filter(({ address }) => !to.some((one) => same(one.address, address)));
  const composer = new MailComposer({
    from: plain(policy.from),
    ...(policy.replyTo ? { replyTo: plain(policy.replyTo) } : {}),
    to: to.map(plain),
    cc: cc.map(plain),
    subject: replySubject(head.subject),
    messageId: `<${messageId}>`,
    ...(SAFE_ID.test(head.messageId) ? { inReplyTo: `<${head.messageId}>` } : {}),
    ...(references.length > 0 ? { references: nearest(references).map((id) => `<${id}>`) } : {}),
    date,
    headers: {
      'Auto-Submitted': 'auto-replied',
      Precedence: 'bulk',
      'X-Patchwork-Hint': 'ignore',
      'X-Rmapbot-Verdict': verdict,
      ...(policy.stop === undefined ? {} : { 'List-Unsubscribe': { prepared: true, value: `<${policy.stop}>` } }),
    },
    text: quoted(asked) + replyText(text, policy),
    newline: 'unix',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const node = composer.compile();
  const raw: Buffer = await promisify(node.build.bind(node))();
  return { messageId, recipients: [...to, ...cc].map(({ address }) => address), raw };
}

/** What was asked. The mark of a quote keeps it from being a command again. */
function quoted(asked: Asked | undefined): string {
  const lines = (asked?.lines ?? []).map((line) => `> ${cleanLine(line, QUOTE_MAX)}\n`);
  return lines.length === 0 ? '' : `${lines.join('')}\n`;
}

/** The identity of the answer to a command: of the mail that held it. */
export function commandReplyId(command: string, { from }: Pick<ReplyPolicy, 'from'>): string {
  return identity(['command', command], from);
}

/** The identity of the answer: of the series' first mail and its version. */
export function replyId(series: Pick<Series, 'id' | 'version'>, { from }: Pick<ReplyPolicy, 'from'>): string {
  return identity([series.id, series.version], from);
}

function identity(of: unknown[], from: Mailbox): string {
  const key = createHash('sha256').update(JSON.stringify(of)).digest('hex');
  return `${OWN_ID}${key.slice(0, 32)}@${from.address.slice(from.address.lastIndexOf('@') + 1)}`;
}

/** What our Message-IDs begin with. */
export const OWN_ID = 'rmapbot-';

function replySubject(subject: string): string {
  const bare = headerText(subject, SUBJECT_MAX).replace(/^(re\s*:\s*)+/i, '');
  return `Re: ${bare === '' ? '(no subject)' : bare}`;
}

function replyText(text: string, policy: ReplyPolicy): string {
  const ends: string[] = [];
  if (policy.replyTo) ends.push(`Answers to this mail reach people: ${policy.replyTo.address}.`);
  if (policy.stop !== undefined) ends.push(`To get no more of these mails: ${policy.stop}`);
  if (policy.commands) {
    const words = ['rerun', 'scenario NAME', 'base REV', 'stop'].map((one) => `"rmapbot: ${one}"`);
    ends.push(`People who may give commands answer with a line of its own: ${words.join(', ')}.`);
  }
  const foot = ends.flatMap((line) => wrap(line));
  const body = text + (foot.length > 0 ? `\n${foot.join('\n')}\n` : '');
  return guardColumnZero(cleanLines(body));
}

/** The thread's first mail, which readers group by, and those nearest to us. */
function nearest(references: readonly string[]): string[] {
  if (references.length <= REFERENCES_MAX) return [...references];
  return [...references.slice(0, 1), ...references.slice(1 - REFERENCES_MAX)];
}

function plain({ name, address }: Mailbox): Mailbox {
  return { name: headerText(name, 100), address };
}

/** Foreign text in a header: one line, and no encoded word (RFC 2047) that a reader would decode into controls. */
function headerText(text: string, max: number): string {
  return cleanLine(text, max).replaceAll('=?', '= ?');
}

/** Each address once; those that no server would take are left out. */
function unique(all: readonly Mailbox[]): Mailbox[] {
  return all.filter(
    ({ address }, index) =>
      SAFE_ID.test(address) &&
      !/[,;:"()[\]\\]/.test(address) &&
      all.findIndex((one) => same(one.address, address)) === index,
  );
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
