// SPDX-License-Identifier: GPL-2.0-or-later
// Opens what the user named as a stream of bytes: a file, a pipe or standard input, gzip undone by its magic number.
// Out: chunks, bounded in size and in compression ratio. Errors: InputError in one line.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../errors.ts';
import { MAX_GZIP_RATIO, MAX_INPUT_BYTES, MIN_BOMB_BYTES, READ_BYTES } from './limits.ts';

/** The bytes of a file, decompressed where it is gzip. `name` is what errors call it. */
export function fileBytes(path: string, name: string): AsyncIterable<Buffer> {
  return plainBytes(createReadStream(path, { highWaterMark: READ_BYTES }), name);
}

/** The bytes of a stream, decompressed where it is gzip. */
export async function* plainBytes(stream: Readable, name: string): AsyncGenerator<Buffer> {
  const read = { bytes: 0 };
  const chunks = bounded(stream, name, read);
  const first = await atLeast(chunks, 2);
  if (first.length === 0) throw new InputError(`${name} is empty`);
  const all = joined(first, chunks);
  if (first[0] === 0x1f && first[1] === 0x8b) yield* gunzip(all, name, read);
  else yield* all;
}

/** Turns read errors into InputErrors and refuses input without end. */
async function* bounded(stream: Readable, name: string, read: { bytes: number }): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) {
      const bytes: Buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      read.bytes += bytes.length;
      if (read.bytes > MAX_INPUT_BYTES) throw new InputError(`${name} is larger than ${MAX_INPUT_BYTES} bytes`);
      yield bytes;
    }
  } catch (error) {
    throw readError(error, name);
  }
}

async function* gunzip(chunks: AsyncIterable<Buffer>, name: string, read: { bytes: number }): AsyncGenerator<Buffer> {
  const source = Readable.from(chunks, { objectMode: false });
  const unzip = createGunzip({ chunkSize: READ_BYTES });
  source.on('error', (error) => unzip.destroy(error));
  source.pipe(unzip);
  let out = 0;
  try {
    for await (const chunk of unzip as AsyncIterable<Buffer>) {
      out += chunk.length;
      if (out > MAX_INPUT_BYTES) throw new InputError(`${name} is larger than ${MAX_INPUT_BYTES} bytes when unpacked`);
      if (out > MIN_BOMB_BYTES && out > read.bytes * MAX_GZIP_RATIO) {
        throw new InputError(`${name} unpacks to more than ${MAX_GZIP_RATIO} times its size: refused`);
      }
      yield chunk;
    }
  } catch (error) {
    throw readError(error, name);
  } finally {
    source.destroy();
    unzip.destroy();
  }
  if (out === 0) throw new InputError(`${name} is empty`);
}

/** The first chunks joined until they hold `count` bytes; fewer only at the end of the input. */
async function atLeast(chunks: AsyncGenerator<Buffer>, count: number): Promise<Buffer> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length < count) {
    const next = await chunks.next();
    if (next.done) break;
    first = first.length === 0 ? next.value : Buffer.concat([first, next.value]);
  }
  return first;
}

async function* joined(first: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* chunks;
}

/** One clear line for what the system or zlib says. */
export function readError(error: unknown, name: string): Error {
  if (error instanceof InputError || !(error instanceof Error)) return error as Error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return new InputError(`${name}: no such file`);
  if (code === 'EACCES' || code === 'EPERM') return new InputError(`${name}: not allowed to read it`);
  if (code === 'ELOOP' || code === 'ENAMETOOLONG' || code === 'EIO' || code === 'EISDIR') {
    return new InputError(`${name}: cannot be read (${code})`);
  }
  if (code.startsWith('Z_')) return new InputError(`${name}: damaged or cut off gzip data (${error.message})`);
  return error;
}
