// SPDX-License-Identifier: GPL-2.0-or-later
// The identity of a mail that has none of its own.
import { createHash } from 'node:crypto';
import type { Message } from '../series/values.ts';

/** In place of a Message-ID: a digest of what does not change on its way through lists. */
export function contentId(message: Message): string {
  const hash = createHash('sha256');
  for (const part of [message.from.address, message.date ?? '', message.subject, message.body]) {
    hash.update(`${part.length}:`).update(part);
  }
  return `sha256:${hash.digest('hex')}`;
}
