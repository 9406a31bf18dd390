// SPDX-License-Identifier: GPL-2.0-or-later
// Raw mails -> what is kept of them. Each is looked at once, whichever lists and sources it comes by; the cursor moves in
// the transaction that keeps the mails, so that a process may end between any two instructions.
import { cleanLine } from '../report/sanitise.ts';
import { seemsPatch } from '../series/patch.ts';
import { parseSubject } from '../series/subject.ts';
import type { Message } from '../series/values.ts';
import { contentId } from '../sources/content-id.ts';
import type { Arrival } from '../sources/follow/index.ts';
import { dateOf, type Header, messageIdOf, readHeader } from '../sources/header.ts';
import { parseMessage } from '../sources/mime.ts';
import { requestIn } from './command-lines.ts';
import { isOwnId, passedOver } from './gate.ts';
import { keepCursor, type State } from './state.ts';
import type { ListConfig } from './values.ts';

interface Read {
  message: Message;
  header: Header;
  date: number;
}

/** Keeps what a batch brings. `cursor`: of the source that gave it; absent for a range that is read besides. */
export async function takeIn(
  state: State,
  list: ListConfig,
  arrivals: readonly Arrival[],
  cursor?: { source: string; value: string },
): Promise<{ kept: number }> {
  const read: (Read | { again: string })[] = [];
  for (const arrival of arrivals) {
    const one = await readArrival(state, list, arrival);
    if (one) read.push(one);
  }
  const now = Date.now();
  let kept = 0;
  state.database.transaction(() => {
    for (const one of read) {
      if ('again' in one) state.mails.alsoOn(one.again, list.name);
      else if (keep(state, list, one, now)) kept++;
    }
    if (cursor) keepCursor(state, cursor.source, cursor.value);
  });
  return { kept };
}

async function readArrival(
  state: State,
  list: ListConfig,
  { raw, name, tooLarge }: Arrival,
): Promise<Read | { again: string } | undefined> {
  const called = `${list.name}: ${cleanLine(name, 100)}`;
  const header = readHeader(raw);
  const id = messageIdOf(header?.fields.get('message-id'));
  if (header === undefined || tooLarge !== undefined) {
    const why = tooLarge === undefined ? 'has no header' : `is too large (${tooLarge} bytes)`;
    state.ports.log(`${called}${id === undefined ? '' : ` <${cleanLine(id, 200)}>`} ${why}: passed over`);
    return undefined;
  }
  const date = Date.parse(dateOf(header.fields.get('date')) ?? '') || 0;
  if (list.since !== undefined && date !== 0 && date < list.since) return undefined;
  if (id !== undefined && isOwnId(id) && state.outbox.seen(id, list.name))
    state.ports.log(`${list.name}: <${cleanLine(id, 200)}> was uncertain, and is seen: sent`);
  if (id !== undefined && state.mails.knows(id, date)) return { again: id };
  const message = await parseMessage(raw).catch((error: Error) => ({ skipped: `cannot be read (${error.message})` }));
  if ('skipped' in message) {
    state.ports.log(`${called} ${cleanLine(message.skipped, 300)}: passed over`);
    return undefined;
  }
  return { message, header, date };
}

/** In a transaction. True where it is a patch mail that was not there. */
function keep({ config, ports, mails, commands }: State, list: ListConfig, read: Read, now: number): boolean {
  const { header, date } = read;
  let { message } = read;
  const wire = message.messageId;
  const known = mails.compare(wire, date, message.subject);
  if (known === 'same') {
    mails.alsoOn(wire, list.name);
    return false;
  }
  if (known === 'reused') {
    message = { ...message, messageId: contentId({ ...message, body: '' }) };
    if (mails.compare(message.messageId, date, message.subject) !== 'new') return false;
    ports.log(
      `${list.name}: <${cleanLine(wire, 200)}> is the Message-ID of an earlier mail too: taken for another mail`,
    );
  }
  mails.note(message.messageId, date, message.subject, now);
  const gate = { own: config.bot.from.address, ignore: list.ignore };
  if (passedOver(header.fields, { messageId: wire, from: message.from.address }, gate) !== undefined) return false;
  const subject = parseSubject(message.subject);
  if (subject.patch && (!subject.reply || seemsPatch(message.body))) {
    mails.keep(message, wire, list.name, now);
    return true;
  }
  const request = message.references.length > 0 ? requestIn(message.body) : undefined;
  if (request) {
    const { references, from } = message;
    const asked = { messageId: wire, subject: message.subject, references, from, lines: request.lines };
    commands.add({ asked, request }, now);
  }
  return false;
}
