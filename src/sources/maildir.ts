// SPDX-License-Identifier: GPL-2.0-or-later
// A Maildir: a folder with cur/ and new/, one mail a file. Out: the raw mails, in the order of their file names.
import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { readError } from './bytes.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import { type RawMessage, splitMessages } from './split.ts';

/** A raw mail and how a warning calls it. */
export interface NamedMessage extends RawMessage {
  name: string;
}

/** The mails of a Maildir. Links and special files are passed over. */
export async function* maildirMessages(folder: string, name: string): AsyncGenerator<NamedMessage> {
  const files = await maildirFiles(folder, name);
  if (files.length === 0) throw new InputError(`${name} is an empty Maildir`);
  files.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  for (const { file, path } of files) yield* messageFile(path, file, name);
}

/** Names and paths of the mails of a Maildir. InputError where it is none. */
export async function maildirFiles(folder: string, name: string): Promise<{ file: string; path: string }[]> {
  const files: { file: string; path: string }[] = [];
  for (const sub of ['cur', 'new']) {
    if (!(await isFolder(join(folder, sub)))) {
      throw new InputError(`${name} is a directory, but not a Maildir (it has no ${sub}/)`);
    }
    try {
      for (const entry of await readdir(join(folder, sub), { withFileTypes: true })) {
        if (!entry.isFile() || entry.name.startsWith('.')) continue;
        files.push({ file: entry.name, path: join(folder, sub, entry.name) });
      }
    } catch (error) {
      throw readError(error, `${name}/${sub}`);
    }
  }
  return files;
}

/** The mail of a file; none where it has gone meanwhile. */
export async function* messageFile(path: string, file: string, name: string): AsyncGenerator<NamedMessage> {
  let whole: Buffer;
  let size: number;
  try {
    await using handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    size = (await handle.stat()).size;
    whole = Buffer.alloc(Math.min(size, MAX_MESSAGE_BYTES));
    const { bytesRead } = await handle.read(whole, 0, whole.length, 0);
    whole = whole.subarray(0, bytesRead);
  } catch (error) {
    // Mail programs rename files while we read: gone is not an error.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw readError(error, `${name}/${file}`);
  }
  if (size > MAX_MESSAGE_BYTES) {
    yield { raw: whole.subarray(0, 64 * 1024), offset: 0, tooLarge: size, name: file };
    return;
  }
  for await (const message of splitMessages(once(whole))) yield { ...message, name: file };
}

async function* once(chunk: Buffer): AsyncGenerator<Buffer> {
  if (chunk.length > 0) yield chunk;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw readError(error, path);
  }
}
