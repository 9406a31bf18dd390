// SPDX-License-Identifier: GPL-2.0-or-later
// What was run once need not be run again: runs are deterministic. Comes in: a key of everything that decides a result.
// Goes out: the result, if it was made before. A file that is damaged counts as absent; the reader checks what it gets.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHED_RESULTS_MAX } from './limits.ts';

export interface Cache {
  get(key: readonly unknown[]): Promise<unknown>;
  put(key: readonly unknown[], value: unknown): Promise<void>;
}

/** A cache that keeps nothing. */
export const noCache: Cache = { get: async () => undefined, put: async () => {} };

/** One JSON file a result, named by the hash of its key and of the program's version, written atomically. */
export function folderCache(folder: string, programVersion: string): Cache {
  const fileOf = (key: readonly unknown[]) => {
    const name = createHash('sha256')
      .update(JSON.stringify([programVersion, ...key]))
      .digest('hex');
    return join(folder, `${name}.json`);
  };
  return {
    async get(key) {
      let text: string;
      try {
        // Hundreds of small files one after the other: a way through the thread pool would take longer than the reading.
        text = readFileSync(fileOf(key), 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
      return parsed(text);
    },
    async put(key, value) {
      const part = join(folder, `.${randomUUID()}.part`);
      await mkdir(folder, { recursive: true });
      try {
        await writeFile(part, JSON.stringify(value));
        await rename(part, fileOf(key));
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // damaged: made again and replaced
  }
}

/** Removes the oldest results beyond the limit. In: the cache's folder. */
export async function pruneCache(folder: string, keep = CACHED_RESULTS_MAX): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length <= keep) return;
  const aged: { path: string; time: number }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined); // another process may prune at the same time
    if (info) aged.push({ path, time: info.mtimeMs });
  }
  aged.sort((a, b) => a.time - b.time);
  // A quarter more than needed, so that not every review has to look at every file.
  const left = Math.ceil(keep * 0.75);
  for (const { path } of aged.slice(0, Math.max(0, aged.length - left))) await rm(path, { force: true });
}
