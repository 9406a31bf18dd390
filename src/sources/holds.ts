// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a place has a message: an archive of any kind, or a Maildir.
import { stat } from 'node:fs/promises';
import { messageIdOf, readHeader } from './header.ts';
import { openSource } from './index.ts';
import { archiveNamed, NoSuchMessage } from './locate.ts';
import { maildirFiles, messageFile } from './maildir.ts';

import { epochsOf } from './public-inbox.ts';

/** `since`: it came not before, milliseconds. InputError where the place cannot be asked. */
export async function holdsMessage(place: string, id: string, since: number): Promise<boolean> {
  const archive = archiveNamed(place);
  if (archive.kind !== 'folder') return asked(place, id);
  if ((await epochsOf(archive.path)).length > 0) {
    // Not the whole history: a day more, for clocks that differ.
    return asked(place, id, `${new Date(since).toISOString().slice(0, 10)}..`);
  }
  for (const { file, path } of await maildirFiles(archive.path, archive.name)) {
    const info = await stat(path).catch(() => undefined); // renamed meanwhile: it is read under its old name in vain
    if (info && info.ctimeMs < since) continue;
    for await (const { raw } of messageFile(path, file, archive.name))
      if (messageIdOf(readHeader(raw)?.fields.get('message-id')) === id) return true;
  }
  return false;
}

async function asked(archive: string, id: string, range?: string): Promise<boolean> {
  try {
    const where = range === undefined ? { archive } : { archive, range };
    for await (const message of openSource(`<${id}>`, where)) if (message.messageId === id) return true;
  } catch (error) {
    if (!(error instanceof NoSuchMessage)) throw error;
  }
  return false;
}
