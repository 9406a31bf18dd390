// SPDX-License-Identifier: GPL-2.0-or-later
// First pass over the messages: what is a patch or a cover letter, what is an answer. In: messages in any order.
// Out: light records, the bodies in a pack, the trailers of answers at the mails they answer.
import type { Mail } from './group.ts';
import { MAX_ANSWERS_UP, MAX_WARNINGS } from './limits.ts';
import { Pack } from './pack.ts';
import { seemsPatch } from './patch.ts';
import { dependencyText, proseDependencies } from './prose.ts';
import { parseSubject, type Subject } from './subject.ts';
import { Threads } from './thread.ts';
import { furnitureOf, replyTrailers } from './trailers.ts';
import type { Message, Trailer } from './values.ts';

export interface Collection {
  mails: Mail[];
  threads: Threads;
  pack: Pack;
  warnings: string[];
  /** Messages read, duplicates not counted. */
  count: number;
}

/** Reads all messages. */
export async function collect(messages: AsyncIterable<Message> | Iterable<Message>): Promise<Collection> {
  const found: Collection = { mails: [], threads: new Threads(), pack: new Pack(), warnings: [], count: 0 };
  const seen = new Set<number>();
  const answers: { order: string; references: number[]; trailers: Trailer[] }[] = [];
  const doubtful: Mail[] = [];
  /** What answers answer, for those whose own references do not reach a patch. */
  const upwards = new Map<number, number[]>();
  for await (const message of messages) {
    const node = found.threads.node(message.messageId);
    if (seen.has(node)) continue; // the same mail by another list
    seen.add(node);
    found.count++;
    const references = found.threads.link(node, message.references);
    const subject = parseSubject(message.subject);
    if (subject.tooMany) found.warnings.push(`${message.messageId}: its counter promises too many patches: not read`);
    const number = patchNumber(subject, message.body);
    if (number === undefined) {
      if (references.length > 0) upwards.set(node, references);
      answer(message, references);
      continue;
    }
    const mail = record(message, node, references, subject, number);
    if (subject.reply || (number > 0 && references.length > 0 && !seemsPatch(message.body))) doubtful.push(mail);
    else keep(mail);
  }
  // "Re: [PATCH v2 3/5]" with a diff is a patch only if what it answers is of an earlier version; "[PATCH v2 3/5]"
  // without a diff is one only if it does not answer that very patch.
  const byNode = new Map(found.mails.map((mail) => [mail.node, mail]));
  for (const mail of doubtful) {
    const parents = mail.references.toReversed().flatMap((node) => byNode.get(node) ?? []);
    const { version, reply } = mail.subject;
    const isPatch = reply
      ? parents[0] !== undefined && parents[0].subject.version < version
      : !parents.some((parent) => parent.number === mail.number && parent.subject.version === version);
    if (isPatch) {
      keep(mail);
      byNode.set(mail.node, mail);
    } else {
      upwards.set(mail.node, mail.references);
      answer({ ...mail.message, references: [], body: found.pack.get(mail.place) }, mail.references);
    }
  }
  // By date: the order of the input must not matter.
  for (const { references, trailers } of answers.sort((a, b) => (a.order < b.order ? -1 : 1))) {
    answered(references, byNode, upwards)?.replies.push(...trailers);
  }
  if (found.warnings.length > MAX_WARNINGS) {
    const more = found.warnings.length - MAX_WARNINGS;
    found.warnings.splice(MAX_WARNINGS, more, `and ${more} more warnings`);
  }
  return found;

  function answer(message: Message, references: number[]): void {
    const trailers = replyTrailers(message.body);
    if (trailers.length === 0 || references.length === 0) return;
    const order = `${message.date ?? ''} ${message.messageId}`;
    answers.push({ order, references, trailers: trailers.map((trailer) => ({ ...trailer, from: message.messageId })) });
  }

  function record(message: Message, node: number, references: number[], subject: Subject, number: number): Mail {
    const { body, references: _references, ...rest } = message;
    const furniture = furnitureOf(body);
    for (const value of proseDependencies(dependencyText(body, number === 0))) {
      furniture.prerequisites.push({ kind: 'message-id', value });
    }
    const place = found.pack.put(body);
    return { index: found.count, node, references, message: rest, subject, number, place, furniture, replies: [] };
  }

  function keep(mail: Mail): void {
    found.mails.push(mail);
    if (mail.message.flowed && mail.number > 0) {
      found.warnings.push(`${mail.message.messageId}: format=flowed, its patch cannot be used`);
    }
  }
}

/** The nearest patch mail above an answer: in its references, else in those of the answers that they name. */
function answered(
  references: readonly number[],
  byNode: ReadonlyMap<number, Mail>,
  upwards: ReadonlyMap<number, number[]>,
): Mail | undefined {
  const seen = new Set<number>();
  let level: readonly number[] = references;
  while (level.length > 0 && seen.size < MAX_ANSWERS_UP) {
    const nearestFirst = level.toReversed();
    const found = nearestFirst.flatMap((node) => byNode.get(node) ?? [])[0];
    if (found) return found;
    for (const node of level) seen.add(node);
    level = nearestFirst.flatMap((node) => upwards.get(node) ?? []).filter((node) => !seen.has(node));
  }
  return undefined;
}

/** The position in its series that a mail has (0: cover letter); undefined where it is no patch mail. */
function patchNumber(subject: Subject, body: string): number | undefined {
  if (!subject.patch) return undefined;
  const { number, total } = subject;
  if (subject.reply || number === undefined || (number === 0 && total === 0)) {
    if (seemsPatch(body)) return number === undefined || number === 0 ? 1 : number;
    return subject.reply || number === undefined ? undefined : 0;
  }
  return number;
}
