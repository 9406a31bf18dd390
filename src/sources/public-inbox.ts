// SPDX-License-Identifier: GPL-2.0-or-later
// A public-inbox v2 archive (public-inbox-v2-format(5)): git epochs, one commit a message, the mail as blob `m`; a commit
// with the blob `d` takes the mail of that content back. In: a folder. Out: raw mails, oldest epoch first.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError } from '../errors.ts';
import { readError } from './bytes.ts';
import { gitBlobs, gitLines } from './git.ts';
import { readHeader } from './header.ts';
import { MAX_MESSAGES } from './limits.ts';
import { daysOf, type Range } from './locate.ts';
import type { NamedMessage } from './maildir.ts';
import { ThreadMembers } from './members.ts';

/** The epochs of an archive or mirror, oldest first: FOLDER/git/N.git, FOLDER/N.git, or one epoch itself. */
export async function epochsOf(folder: string): Promise<string[]> {
  for (const parent of [join(folder, 'git'), folder]) {
    let names: string[];
    try {
      names = await readdir(parent);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      throw readError(error, parent);
    }
    const epochs = names
      .filter((name) => /^\d{1,5}\.git$/.test(name))
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    if (epochs.length > 0) return epochs.map((name) => join(parent, name));
  }
  const parts = await Promise.all(
    ['HEAD', 'objects', 'refs'].map((name) => stat(join(folder, name)).catch(() => undefined)),
  );
  return parts.every((part) => part !== undefined) ? [folder] : [];
}

/** The mails received in a range of days; all without one. InputError where a repository is no archive. */
export async function* inboxMessages(epochs: readonly string[], range?: Range): AsyncGenerator<NamedMessage> {
  for (const { epoch, blobs } of await messagesOf(epochs, range)) yield* messages(epoch, blobs);
}

/** The thread of a Message-ID, over all epochs. */
export async function* inboxThread(epochs: readonly string[], id: string, range?: Range): AsyncGenerator<NamedMessage> {
  const all = await messagesOf(epochs, range);
  const members = new ThreadMembers<{ epoch: string; blob: string }>();
  for (const { epoch, blobs } of all) {
    for await (const { id: blob, content } of gitBlobs(epoch, blobs)) members.add({ epoch, blob }, readHeader(content));
  }
  const found = Map.groupBy(members.of(id), ({ epoch }) => epoch);
  for (const [epoch, of] of found)
    yield* messages(
      epoch,
      of.map(({ blob }) => blob),
    );
}

async function* messages(epoch: string, blobs: readonly string[]): AsyncGenerator<NamedMessage> {
  for await (const { id, content, tooLarge } of gitBlobs(epoch, blobs)) {
    const name = `blob ${id.slice(0, 12)} of ${basename(epoch)}`;
    yield { raw: content, offset: 0, name, ...(tooLarge === undefined ? {} : { tooLarge }) };
  }
}

/** Blob ids by epoch, in the order of arrival, without the mails that were taken back. */
async function messagesOf(epochs: readonly string[], range?: Range): Promise<{ epoch: string; blobs: string[] }[]> {
  const days = range === undefined ? { from: 0, to: Number.MAX_SAFE_INTEGER } : daysOf(range);
  const lists = epochs.map((epoch) => ({ epoch, blobs: new Set<string>() }));
  let count = 0;
  for (const { epoch, blobs } of lists) {
    let time = 0;
    let any = false;
    const log = [
      'log',
      '--reverse',
      '--raw',
      '--no-abbrev',
      '--no-renames',
      '--root',
      '--format=%ct',
      'HEAD',
      '--',
      'm',
      'd',
    ];
    for await (const line of gitLines(epoch, log)) {
      if (/^\d+$/.test(line)) time = Number(line);
      const change = /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [AM]\t([md])$/.exec(line);
      const [, blob = '', kind] = change ?? [];
      if (kind === 'd') for (const list of lists) list.blobs.delete(blob);
      if (kind === undefined) continue;
      any = true;
      if (kind !== 'm' || time < days.from || time > days.to) continue;
      blobs.add(blob);
      if (++count > MAX_MESSAGES)
        throw new InputError(`the archive holds more than ${MAX_MESSAGES} messages: give --range`);
    }
    if (!any) throw new InputError(`${basename(epoch)} is a git repository, but no public-inbox archive`);
  }
  return lists.map(({ epoch, blobs }) => ({ epoch, blobs: [...blobs] }));
}
