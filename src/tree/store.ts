// SPDX-License-Identifier: GPL-2.0-or-later
// The folder of fetched trees. An entry is made in a temporary folder of the same file system and appears by one
// rename, whole or not at all; what a dead process left there is swept when the next one begins.
//   trees/NAME/entry.json  what it is      trees/NAME/source/    the materialised files
//   trees/NAME/files.tsv   all its files   trees/NAME/archive.tar.xz or objects.git
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { withDiskFull } from './errors.ts';
import { LIMITS } from './limits.ts';
import type { Progress } from './values.ts';

const ENTRY = z.object({
  schema: z.literal(1),
  /** The name that fetches it again: "debian:7.3", "git:v7.2@https://...". */
  name: z.string(),
  label: z.string(),
  version: z.string(),
  identity: z.string(),
  /** Where files that are not materialised come from; for `borrowed` the object store of a user's repository. */
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('archive') }),
    z.object({ kind: z.literal('partial-clone'), protocol: z.enum(['https', 'file']) }),
    z.object({ kind: z.literal('borrowed'), objects: z.string() }),
  ]),
});

/** The text of entry.json; one that is not JSON is no entry. */
const CARD = z.string().transform((text, context) => {
  try {
    return ENTRY.parse(JSON.parse(text));
  } catch (error) {
    context.addIssue({ code: 'custom', message: String(error) });
    return z.NEVER;
  }
});

export type Entry = z.infer<typeof ENTRY>;

export function entryFolder(cache: string, key: string): string {
  return join(cache, 'trees', key);
}

/** The entry in a folder of the cache; undefined where there is none that we can read (another version's, damaged). */
export function readEntry(folder: string): Entry | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, 'entry.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return CARD.safeParse(text).data;
}

/** Runs `work` with a temporary folder in the cache that is gone afterwards, whatever happens. */
export async function withTemporary<T>(cache: string, work: (folder: string) => Promise<T>): Promise<T> {
  let folder: string | undefined;
  try {
    await mkdir(join(cache, 'tmp'), { recursive: true });
    await sweep(cache);
    folder = await mkdtemp(join(cache, 'tmp', `${process.pid}-${HOST}-`));
    return await work(folder);
  } catch (error) {
    throw withDiskFull(error);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the temporary folders of processes that are no more; of another host's, those that are very old. */
async function sweep(cache: string): Promise<void> {
  for (const name of await readdir(join(cache, 'tmp'))) {
    const [, pid, host = HOST] = /^(\d+)-(?:([0-9a-f]{8})-)?/.exec(name) ?? [];
    const folder = join(cache, 'tmp', name);
    if (pid === undefined) continue;
    const gone = host === HOST ? !isAlive(Number(pid)) : await isOld(folder);
    if (gone) await rm(folder, { recursive: true, force: true });
  }
}

async function isOld(folder: string): Promise<boolean> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found !== undefined && Date.now() - found.mtimeMs > LIMITS.temporaryAgeMsMax;
}

/**
 * Makes the entry `key`: `make` fills an empty folder, which then appears in the place of what was there.
 * Another process that makes the same entry is waited for; `again` is asked then whether its work will do.
 */
export async function makeEntry(
  cache: string,
  key: string,
  options: { make: (folder: string) => Promise<void>; again: () => boolean; say: Progress },
): Promise<void> {
  await withTemporary(cache, async (temporary) => {
    await withLock(cache, key, options.say, async () => {
      if (options.again()) return;
      const made = join(temporary, 'entry');
      await mkdir(made);
      await options.make(made);
      await replaceEntry(cache, key, temporary, made);
    });
  });
}

/** Runs `work` while no other process, and nobody else in this one, does so under the same name. */
export async function withLock<T>(cache: string, name: string, say: Progress, work: () => Promise<T>): Promise<T> {
  await mkdir(join(cache, 'tmp'), { recursive: true });
  const unlock = await lock(join(cache, 'tmp', `${name}.lock`), say);
  try {
    return await work();
  } finally {
    await unlock();
  }
}

async function replaceEntry(cache: string, key: string, temporary: string, made: string): Promise<void> {
  await mkdir(join(cache, 'trees'), { recursive: true });
  await moveAway(entryFolder(cache, key), join(temporary, 'old'));
  await rename(made, entryFolder(cache, key));
}

/** Takes an entry away; false where there was none. */
export async function dropEntry(cache: string, key: string): Promise<boolean> {
  return withTemporary(cache, (temporary) => moveAway(entryFolder(cache, key), join(temporary, 'old')));
}

async function moveAway(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** This machine or container: process ids mean nothing on another one that shares the cache. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Locks that this process holds: a process before it may have had its id (the first one of a container has). */
const held = new Set<string>();

/**
 * Waits for the lock file, whose content is its holder's pid and host, and which the holder touches all the time; one
 * whose holder is dead is taken over. Two waiters may take over at once in a rare race: then both do the work and the
 * second rename wins, which is harmless.
 */
async function lock(file: string, say: Progress): Promise<() => Promise<void>> {
  const until = Date.now() + LIMITS.lockWaitMsMax;
  for (let said = false; ; ) {
    try {
      await writeFile(file, `${process.pid} ${HOST}\n`, { flag: 'wx' });
      return holding(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (await isStale(file)) {
      await rm(file, { force: true });
      continue;
    }
    if (Date.now() > until) throw new Error('another process has been fetching this tree for too long');
    if (!said) say('waiting for another process that fetches the same tree');
    said = true;
    await sleep(200);
  }
}

/** Gives what lets go of it. */
function holding(file: string): () => Promise<void> {
  held.add(file);
  const touch = (): void => {
    const now = new Date();
    // Where it is gone, somebody thought us dead: nothing that can be mended here.
    utimes(file, now, now).catch(() => clearInterval(beats));
  };
  const beats = setInterval(touch, LIMITS.lockBeatMs).unref();
  return async () => {
    clearInterval(beats);
    held.delete(file);
    await rm(file, { force: true });
  };
}

async function isStale(file: string): Promise<boolean> {
  try {
    const text = await readFile(file, 'utf8');
    const ageMs = Date.now() - (await stat(file)).mtimeMs;
    // An empty file is a lock whose holder has not written its pid yet, or died in between.
    if (text === '') return ageMs > 10_000;
    const [pid, host] = text.trim().split(' ');
    if (host !== undefined && ageMs > LIMITS.lockSilenceMsMax) return true;
    if (host !== undefined && host !== HOST) return false;
    if (Number(pid) === process.pid) return !held.has(file);
    // A very old one has a pid that belongs to somebody else by now.
    return ageMs > LIMITS.lockWaitMsMax || !isAlive(Number(pid));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What a folder holds, in bytes as the files are long. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const item of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, item.name);
    if (item.isDirectory()) bytes += await folderBytes(path);
    else if (item.isFile()) bytes += (await stat(path)).size;
  }
  return bytes;
}
