// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of the sources room share: bytes in, messages out.
import { Readable } from 'node:stream';
import type { Message } from '../../src/series/values.ts';
import { openSource } from '../../src/sources/index.ts';
import { type RawMessage, splitMessages } from '../../src/sources/split.ts';

/** All that an asynchronous sequence holds. */
export async function gather<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of sequence) all.push(one);
  return all;
}

/** Splits `text` handed over in chunks of the given sizes, repeated; the first chunk holds `head` bytes. */
export async function split(
  text: Buffer | string,
  sizes: number[] = [65536],
  { limit, head = 0 }: { limit?: number; head?: number } = {},
): Promise<RawMessage[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    if (head > 0) yield bytes.subarray(0, head);
    for (let at = head, i = 0; at < bytes.length; i++) {
      const size = sizes[i % sizes.length] ?? 1;
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }
  return gather(splitMessages(chunks(), limit));
}

/** All messages of an input given on standard input. */
export async function readAll(bytes: Buffer | string): Promise<{ messages: Message[]; warnings: readonly string[] }> {
  const source = openSource('-', { stdin: Readable.from([Buffer.from(bytes)]) });
  return { messages: await gather(source), warnings: source.warnings };
}

/** The one message of an input. */
export async function readOne(bytes: Buffer | string): Promise<Message> {
  const { messages } = await readAll(bytes);
  if (messages.length !== 1 || !messages[0]) throw new Error(`${messages.length} messages`);
  return messages[0];
}
