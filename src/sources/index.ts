// SPDX-License-Identifier: GPL-2.0-or-later
// The sources room. In: what the user named (mbox, gzipped or not, a Maildir, "-", one RFC 5322 message, a public-inbox
// repository, a Message-ID or a range in an archive over HTTP, NNTP, IMAP). Out: its messages, one after the other, and
// what had to be skipped. A new kind of source is one more branch of rawMessages(): everything behind it only knows raw
// mails. What only one kind needs is loaded when it is used.
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { InputError } from '../errors.ts';
import type { Message, MessageSource } from '../series/values.ts';
import { fileBytes, plainBytes, readError } from './bytes.ts';
import { messageIdOf, oneLine, readHeader } from './header.ts';
import { MAX_MESSAGE_BYTES, MAX_MESSAGES, MAX_WARNINGS } from './limits.ts';
import {
  type Archive,
  isSafeId,
  type Locator,
  locate,
  NoSuchMessage,
  numbersOf,
  type Range,
  type Where,
} from './locate.ts';
import { maildirMessages, type NamedMessage } from './maildir.ts';
import { parseMessage } from './mime.ts';
import { type RawMessage, splitMessages } from './split.ts';

/**
 * Opens an input. Nothing is read before the first message is asked for; memory stays bounded whatever its size.
 * `archive` and `range`: see locate.ts. Iterating throws InputError: no such file, unreadable, no Maildir, empty, no
 * mail in it, damaged gzip, too large, a server that cannot be reached or does not have the message.
 */
export function openSource(input: string, opts: { stdin?: Readable } & Where = {}): MessageSource {
  const warnings: string[] = [];
  const name = input === '-' ? 'standard input' : oneLine(input);
  const raws = async function* () {
    yield* rawMessages(await locate(input, opts), name, opts.stdin ?? process.stdin);
  };
  return { warnings, [Symbol.asyncIterator]: () => readMessages(raws(), name, warnings) };
}

/** The thread of a Message-ID that stands in a mail. NoSuchMessage where the archive does not have it. */
export async function* openThread(archive: Archive, id: string): AsyncGenerator<Message> {
  if (!isSafeId(id)) throw new NoSuchMessage(archive.name, oneLine(id).slice(0, 200));
  yield* readMessages(threadMessages({ archive, id, kind: 'thread' }), archive.name, []);
}

/** All mails of a public-inbox repository. */
export async function* openArchive({ path, name }: Extract<Archive, { kind: 'folder' }>): AsyncGenerator<Message> {
  yield* readMessages(pathMessages(path, name, undefined), name, []);
}

async function* readMessages(
  raws: AsyncIterable<NamedMessage>,
  name: string,
  warnings: string[],
): AsyncGenerator<Message> {
  let seen = 0;
  let skipped = 0;
  for await (const raw of raws) {
    const message = raw.tooLarge
      ? { skipped: `is larger than ${MAX_MESSAGE_BYTES} bytes (${raw.tooLarge})` }
      : await parseMessage(raw.raw);
    if ('skipped' in message) {
      // Bytes that do not even begin like a mail: the input is something else.
      if (seen === 0 && readHeader(raw.raw) === undefined) throw new InputError(notMail(raw.raw, name));
      if (skipped < MAX_WARNINGS) warnings.push(`${nameOf(raw)} ${message.skipped}: skipped`);
      else if (skipped === MAX_WARNINGS) warnings.push('more messages were skipped');
      skipped++;
    }
    if (++seen > MAX_MESSAGES) throw new InputError(`${name} holds more than ${MAX_MESSAGES} messages`);
    if (!('skipped' in message)) yield message;
  }
  if (seen === 0) throw new InputError(`${name} holds no mail`);
}

async function* rawMessages(where: Locator, name: string, stdin: Readable): AsyncGenerator<NamedMessage> {
  if (where.kind === 'stdin') yield* numbered(splitMessages(plainBytes(stdin, name)));
  else if (where.kind === 'path') yield* pathMessages(where.path, name, where.range);
  else if (where.kind === 'range') {
    const { archive } = where;
    const { from, to } = numbersOf(where.range);
    if (archive.kind === 'nntp') yield* (await import('./nntp.ts')).nntpRange(archive, from, to);
    else if (archive.kind === 'imap') yield* (await import('./imap.ts')).imapRange(archive, from, to);
  } else yield* threadMessages(where);
}

async function* threadMessages({
  archive,
  id,
  range,
}: Extract<Locator, { kind: 'thread' }>): AsyncGenerator<NamedMessage> {
  let any = false;
  for await (const raw of found()) {
    any = true;
    yield raw;
  }
  if (!any) throw new NoSuchMessage(archive.name, id);

  async function* found(): AsyncGenerator<NamedMessage> {
    if (archive.kind === 'folder') {
      const { epochsOf, inboxThread } = await import('./public-inbox.ts');
      const epochs = await epochsOf(archive.path);
      if (epochs.length === 0) throw new InputError(`${archive.name} is no public-inbox repository`);
      yield* inboxThread(epochs, id, range);
      return;
    }
    if (range) throw new InputError(`--range: a Message-ID says enough for ${archive.name}`);
    if (archive.kind === 'http')
      yield* numbered((await import('./http.ts')).httpThread(archive.base, id, archive.name));
    else if (archive.kind === 'nntp') yield* (await import('./nntp.ts')).nntpThread(archive, id);
    else yield* (await import('./imap.ts')).imapThread(archive, id);
  }
}

async function* pathMessages(path: string, name: string, range: Range | undefined): AsyncGenerator<NamedMessage> {
  if ((await kindOf(path, name)) === 'folder') {
    const { epochsOf, inboxMessages } = await import('./public-inbox.ts');
    const epochs = await epochsOf(path);
    if (epochs.length > 0) {
      yield* inboxMessages(epochs, range);
      return;
    }
  }
  if (range) throw new InputError(`--range: ${name} is no public-inbox repository`);
  if ((await kindOf(path, name)) === 'folder') yield* maildirMessages(path, name);
  else yield* numbered(splitMessages(fileBytes(path, name)));
}

async function* numbered(messages: AsyncIterable<RawMessage>): AsyncGenerator<NamedMessage> {
  for await (const raw of messages) yield { ...raw, name: `the message at byte ${raw.offset}` };
}

async function kindOf(input: string, name: string): Promise<'file' | 'folder'> {
  try {
    const info = await stat(input);
    if (info.isDirectory()) return 'folder';
    if (info.isFile() || info.isFIFO()) return 'file';
  } catch (error) {
    throw readError(error, name);
  }
  throw new InputError(`${name} is neither a file nor a Maildir`);
}

function notMail(raw: Buffer, name: string): string {
  if (/^(diff --git |--- |commit [0-9a-f]{40})/.test(raw.toString('latin1', 0, 64))) {
    return `${name} is a bare diff, not a mail: write it with git format-patch`;
  }
  return `${name} is neither an mbox nor a mail`;
}

function nameOf(raw: NamedMessage): string {
  const fields = readHeader(raw.raw)?.fields;
  const id = messageIdOf(fields?.get('message-id'));
  return id === undefined ? raw.name : `${raw.name} (${oneLine(id).slice(0, 200)})`;
}
