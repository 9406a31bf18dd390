// SPDX-License-Identifier: GPL-2.0-or-later
// The sources room. In: what the user named (mbox, gzipped or not, a Maildir, "-", one RFC 5322 message).
// Out: its messages, one after the other, and what had to be skipped. A new kind of source is one more branch of
// rawMessages(): everything behind it only knows raw mails.
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { InputError } from '../errors.ts';
import type { Message, MessageSource } from '../series/values.ts';
import { fileBytes, plainBytes, readError } from './bytes.ts';
import { messageIdOf, oneLine, readHeader } from './header.ts';
import { MAX_MESSAGE_BYTES, MAX_MESSAGES, MAX_WARNINGS } from './limits.ts';
import { maildirMessages, type NamedMessage } from './maildir.ts';
import { parseMessage } from './mime.ts';
import { splitMessages } from './split.ts';

/**
 * Opens an input. Nothing is read before the first message is asked for; memory stays bounded whatever its size.
 * Iterating throws InputError: no such file, unreadable, no Maildir, empty, no mail in it, damaged gzip, too large.
 */
export function openSource(input: string, opts: { stdin?: Readable } = {}): MessageSource {
  const warnings: string[] = [];
  return { warnings, [Symbol.asyncIterator]: () => readMessages(input, opts.stdin ?? process.stdin, warnings) };
}

async function* readMessages(input: string, stdin: Readable, warnings: string[]): AsyncGenerator<Message> {
  const name = input === '-' ? 'standard input' : oneLine(input);
  let seen = 0;
  let skipped = 0;
  for await (const raw of rawMessages(input, name, stdin)) {
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

async function* rawMessages(input: string, name: string, stdin: Readable): AsyncGenerator<NamedMessage> {
  if (input !== '-' && (await kindOf(input, name)) === 'folder') {
    yield* maildirMessages(input, name);
    return;
  }
  const bytes = input === '-' ? plainBytes(stdin, name) : fileBytes(input, name);
  for await (const raw of splitMessages(bytes)) yield { ...raw, name: `the message at byte ${raw.offset}` };
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
