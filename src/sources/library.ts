// SPDX-License-Identifier: GPL-2.0-or-later
// The archive that a user named as a place to look messages up: what a series depends on is fetched from there. In: INPUT
// and --archive. Out: a Library; nothing is asked before somebody looks something up.
import { basename, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import type { Library, Message } from '../series/values.ts';
import { oneLine } from './header.ts';
import { openArchive, openThread } from './index.ts';
import { type Archive, archiveNamed, locate, NoSuchMessage, type Where } from './locate.ts';

/** The library of `--archive`, else of the archive that the input itself names; undefined where there is neither. */
export async function libraryOf(input: string, where: Where): Promise<Library | undefined> {
  if (where.archive !== undefined) return libraryIn(archiveNamed(where.archive));
  const place = await locate(input, where);
  if (place.kind === 'thread' || place.kind === 'range') return libraryIn(place.archive);
  if (place.kind !== 'path') return undefined;
  const { epochsOf } = await import('./public-inbox.ts');
  const isInbox = (await epochsOf(place.path)).length > 0;
  return isInbox ? libraryIn({ kind: 'folder', path: place.path, name: oneLine(place.path) }) : undefined;
}

function libraryIn(archive: Archive): Library {
  // A report must not tell where something lies on this machine.
  const name = archive.kind === 'folder' ? `the archive ${oneLine(basename(resolve(archive.path)))}` : archive.name;
  const library: Library = {
    name,
    async thread(id) {
      try {
        return await all(openThread(archive, id));
      } catch (error) {
        if (error instanceof NoSuchMessage) return undefined;
        throw error;
      }
    },
  };
  if (archive.kind === 'folder') return { ...library, all: () => openArchive(archive) };
  if (archive.kind === 'http') return { ...library, search: (query) => searched(archive, query) };
  return library;
}

async function searched(archive: Extract<Archive, { kind: 'http' }>, query: string): Promise<Message[]> {
  const { httpSearch } = await import('./http.ts');
  const { parseMessage } = await import('./mime.ts');
  const messages: Message[] = [];
  for await (const { raw, tooLarge } of httpSearch(archive.base, query, archive.name)) {
    const message = tooLarge === undefined ? await parseMessage(raw) : { skipped: 'too large' };
    if (!('skipped' in message)) messages.push(message);
  }
  return messages;
}

async function all(messages: AsyncIterable<Message>): Promise<Message[]> {
  const found: Message[] = [];
  for await (const message of messages) found.push(message);
  if (found.length === 0) throw new InputError('the thread holds no mail that can be read');
  return found;
}
