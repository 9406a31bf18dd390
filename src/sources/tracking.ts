// SPDX-License-Identifier: GPL-2.0-or-later
// The thread that `b4 review` keeps as a blob in the maintainer's repository. In: b4's tracking file
// (B4_TRACKING_FILE) and the folder that b4 runs its check commands in. Out: the thread's mails, where it is kept.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import type { Message } from '../series/values.ts';
import { readError } from './bytes.ts';
import { gitBlobs } from './git.ts';
import { parseMessage } from './mime.ts';
import { splitMessages } from './split.ts';

const trackingSchema = z.object({
  series: z
    .object({
      'thread-blob': z
        .string()
        .regex(/^[0-9a-f]{40,64}$/)
        .optional(),
    })
    .default({}),
});

/** None where b4 has not stored the thread. InputError where the file is not b4's or the blob is not there. */
export async function trackedThread(file: string, folder: string): Promise<Message[]> {
  let tracking: z.infer<typeof trackingSchema>;
  try {
    tracking = trackingSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw new InputError("B4_TRACKING_FILE is not b4's tracking data");
    }
    throw readError(error, 'B4_TRACKING_FILE');
  }
  const blob = tracking.series['thread-blob'];
  if (blob === undefined) return [];
  const messages: Message[] = [];
  for await (const { content, tooLarge } of gitBlobs(join(resolve(folder), '.git'), [blob])) {
    if (tooLarge !== undefined) throw new InputError(`the thread that b4 keeps has ${tooLarge} bytes: too large`);
    for await (const { raw } of splitMessages(one(content))) {
      const message = await parseMessage(raw);
      if (!('skipped' in message)) messages.push(message);
    }
  }
  return messages;
}

async function* one(content: Buffer): AsyncGenerator<Buffer> {
  if (content.length > 0) yield content;
}
