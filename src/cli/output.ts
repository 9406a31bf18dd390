// SPDX-License-Identifier: GPL-2.0-or-later
// Results to files: looked at before the work begins, written whole or not at all.
import { randomUUID } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../errors.ts';

const REASON: Readonly<Record<string, string>> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'no such folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'the name is too long',
};

/** Throws InputError where a result could not be written to the path: better now than after a minute's work. */
export function checkTarget(path: string): void {
  try {
    const known = statSync(path, { throwIfNoEntry: false });
    if (known?.isDirectory()) throw Object.assign(new Error('folder'), { code: 'EISDIR' });
    if (known) accessSync(path, constants.W_OK);
    if (!known || known.isFile()) {
      const folder = dirname(path);
      if (!statSync(folder).isDirectory()) throw Object.assign(new Error('folder'), { code: 'ENOTDIR' });
      accessSync(folder, constants.W_OK);
    }
  } catch (error) {
    throw writeError(path, error);
  }
}

/** Writes a text: a file appears whole, under its name, or not at all. Devices and pipes are written as they are. */
export async function writeResult(path: string, text: string): Promise<void> {
  const known = statSync(path, { throwIfNoEntry: false });
  const part = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    if (known && !known.isFile()) await writeFile(path, text);
    else {
      await writeFile(part, text);
      await rename(part, path);
    }
  } catch (error) {
    await rm(part, { force: true });
    throw writeError(path, error);
  }
}

/** Prints to standard output and waits until it is taken. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

function writeError(path: string, error: unknown): InputError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new InputError(`cannot write ${path}: ${REASON[code] ?? (code || message)}`);
}
