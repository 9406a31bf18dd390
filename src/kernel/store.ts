// SPDX-License-Identifier: GPL-2.0-or-later
// Content-addressed files in the cache folder. In: kind, key, bytes. Out: the same bytes, or undefined. Writers never
// disturb readers (temporary file, then rename); a damaged entry is a miss; the least recently used go first.
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { cacheRoot } from '../cache-dir.ts';
import { CACHE_BYTES } from './limits.ts';

const CHECK_BYTES = 32;

/** Where the room keeps objects and images. */
export function kernelStore(): Store {
  return new Store(path.join(cacheRoot(), 'kernel'));
}

/** Key of anything that can be written as JSON. */
export function keyOf(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

export class Store {
  readonly folder: string;
  readonly #limit: number;

  /** folder: made when first written to. limit: bytes kept by sweep(). */
  constructor(folder: string, limit: number = CACHE_BYTES) {
    this.folder = folder;
    this.#limit = limit;
  }

  /** Where an entry lies, whether or not it exists. */
  file(kind: string, key: string): string {
    return path.join(this.folder, kind, key.slice(0, 2), key.slice(2));
  }

  /** The bytes put there, and marks them as used now. */
  get(kind: string, key: string): Buffer | undefined {
    const file = this.file(kind, key);
    let whole: Buffer;
    try {
      whole = readFileSync(file);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    const content = whole.subarray(CHECK_BYTES);
    if (whole.length < CHECK_BYTES || !checksum(content).equals(whole.subarray(0, CHECK_BYTES))) {
      rmSync(file, { force: true });
      return undefined;
    }
    touch(file);
    return content;
  }

  /** Whether there is such an entry, and marks it as used now. It may still turn out damaged. */
  has(kind: string, key: string): boolean {
    const file = this.file(kind, key);
    const there = existsSync(file);
    if (there) touch(file);
    return there;
  }

  put(kind: string, key: string, content: Uint8Array): void {
    writeAtomically(this.file(kind, key), Buffer.concat([checksum(content), content]));
  }

  /** Keys of a kind that begin with a prefix of at least two characters, the latest used first. */
  list(kind: string, prefix: string): string[] {
    const folder = path.join(this.folder, kind, prefix.slice(0, 2));
    return files(folder)
      .filter(({ file }) => path.basename(file).startsWith(prefix.slice(2)))
      .sort((a, b) => b.used - a.used)
      .map(({ file }) => prefix.slice(0, 2) + path.basename(file));
  }

  remove(kind: string, key: string): void {
    rmSync(this.file(kind, key), { force: true });
  }

  /** Deletes the least recently used entries until the rest fits the limit. */
  sweep(): void {
    const all = files(this.folder);
    let total = all.reduce((sum, { size }) => sum + size, 0);
    if (total <= this.#limit) return;
    for (const { file, size } of all.sort((a, b) => a.used - b.used)) {
      if (total <= this.#limit * 0.9) break;
      rmSync(file, { force: true });
      total -= size;
    }
  }
}

/** Writes a whole file, or nothing. */
export function writeAtomically(file: string, content: Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function checksum(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch (error) {
    if (!isMissing(error)) throw error; // swept by another process just now: its content is already read
  }
}

function files(folder: string): { file: string; size: number; used: number }[] {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true }) as string[];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return names.flatMap((name) => {
    const file = path.join(folder, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat?.isFile() ? [{ file, size: stat.size, used: stat.mtimeMs }] : [];
  });
}
