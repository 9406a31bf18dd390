// SPDX-License-Identifier: GPL-2.0-or-later
// Reads .tar.xz archives: all of one as a stream, or the stretch of it that holds one file. An .xz file is a row of
// blocks with an index at its end (The .xz File Format 1.2, chapters 2 to 4); Debian's sources have a block for each
// 24 MiB, so that one file costs the unpacking of one block. Unpacking: the xz program, else the xz-decompress package.
import { spawn } from 'node:child_process';
import { accessSync, constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { InputError } from '../errors.ts';
import { LIMITS } from './limits.ts';

interface Block {
  /** Of the block in the file, header and padding included, in bytes. */
  start: number;
  end: number;
  /** Without the padding, as the index counts it. */
  unpaddedBytes: number;
  /** Of its content in the unpacked stream. */
  from: number;
  to: number;
}

export interface XzIndex {
  /** The 12 bytes that open the stream: magic, flags. */
  header: Buffer;
  blocks: Block[];
  /** Of the whole content, unpacked. */
  bytes: number;
}

/** Reads the index of a one-stream .xz file. Throws InputError where there is none or it breaks the limits. */
export async function readXzIndex(file: string): Promise<XzIndex> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size < 32) throw new InputError('not an xz archive');
    const header = await readAt(handle, 0, 12);
    const footer = await readAt(handle, size - 12, 12);
    if (header.toString('latin1', 0, 6) !== '\xfd7zXZ\0' || footer.toString('latin1', 10) !== 'YZ') {
      throw new InputError('not an xz archive');
    }
    const indexBytes = (footer.readUInt32LE(4) + 1) * 4;
    if (indexBytes > size - 24 || indexBytes > 16 * 1024 * 1024) throw new InputError('damaged xz archive');
    const index = parseIndex(await readAt(handle, size - 12 - indexBytes, indexBytes));
    const last = index.at(-1);
    if ((last?.end ?? 12) + indexBytes + 12 !== size) throw new InputError('xz archive of more than one stream');
    const bytes = last?.to ?? 0;
    if (bytes > LIMITS.archiveBytesMax) throw new InputError('the archive unpacks to more than a kernel can have');
    if (bytes > size * LIMITS.archiveRatioMax) throw new InputError('the archive is packed suspiciously tight');
    return { header, blocks: index, bytes };
  } finally {
    await handle.close();
  }
}

function parseIndex(index: Buffer): Block[] {
  let at = 1;
  const number = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = index[at++];
      if (byte === undefined || shift > 2 ** 49) throw new InputError('damaged xz archive');
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  if (index[0] !== 0 || crc32(index.subarray(0, -4)) !== index.readUInt32LE(index.length - 4)) {
    throw new InputError('damaged xz archive');
  }
  const blocks: Block[] = [];
  let start = 12;
  let from = 0;
  for (let left = number(); left > 0; left--) {
    const unpaddedBytes = number();
    const end = start + Math.ceil(unpaddedBytes / 4) * 4;
    const to = from + number();
    blocks.push({ start, end, unpaddedBytes, from, to });
    start = end;
    from = to;
  }
  return blocks;
}

/** The whole archive, unpacked. Throws InputError where it unpacks to more than its index says. */
export function unpackAll(file: string, index: XzIndex): AsyncGenerator<Buffer> {
  return capped(unpack(createReadStream(file, { highWaterMark: 1024 * 1024 })), index.bytes);
}

/** Bytes [from, to) of the unpacked archive, by unpacking only the blocks that hold them. */
export async function unpackRange(file: string, index: XzIndex, from: number, to: number): Promise<Buffer> {
  const blocks = index.blocks.filter((block) => block.to > from && block.from < to);
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (!first || !last || to > last.to) throw new Error('range outside of the archive');
  const body = createReadStream(file, { start: first.start, end: last.end - 1, highWaterMark: 1024 * 1024 });
  const source = Readable.from(
    (async function* () {
      yield index.header;
      yield* body;
      yield tail(index.header, blocks);
    })(),
  );
  const out = Buffer.alloc(to - from);
  let at = first.from;
  for await (const chunk of capped(unpack(source), last.to - first.from)) {
    const skip = Math.max(0, from - at);
    if (skip < chunk.length && at < to) chunk.copy(out, Math.max(0, at - from), skip, Math.min(chunk.length, to - at));
    at += chunk.length;
  }
  if (at !== last.to) throw new Error('damaged xz archive in the cache');
  return out;
}

/** Index and footer that make a stream of its own of some blocks. */
function tail(header: Buffer, blocks: Block[]): Buffer {
  const bytes = [0];
  const number = (value: number): void => {
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
    bytes.push(left);
  };
  number(blocks.length);
  for (const block of blocks) {
    number(block.unpaddedBytes);
    number(block.to - block.from);
  }
  while (bytes.length % 4 !== 0) bytes.push(0);
  const index = Buffer.from(bytes);
  const footer = Buffer.alloc(16);
  footer.writeUInt32LE(crc32(index), 0);
  footer.writeUInt32LE((index.length + 4) / 4 - 1, 8);
  header.copy(footer, 12, 6, 8);
  footer.writeUInt32LE(crc32(footer.subarray(8, 14)), 4);
  footer.write('YZ', 14, 'latin1');
  return Buffer.concat([index, footer]);
}

async function* capped(stream: AsyncIterable<Uint8Array>, bytesMax: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new InputError('the archive unpacks to more than its index says');
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  }
}

/** Where the xz program lies, if the machine has one. */
function xzProgram(): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const file = join(folder, 'xz');
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder: the next one is asked.
    }
  }
  return undefined;
}

async function* unpack(source: Readable): AsyncGenerator<Uint8Array> {
  const program = xzProgram();
  if (program === undefined) {
    const { XzReadableStream } = (await import('xz-decompress')).default;
    const packed = Readable.toWeb(source) as ConstructorParameters<typeof XzReadableStream>[0];
    yield* new XzReadableStream(packed) as unknown as AsyncIterable<Uint8Array>;
    return;
  }
  const child = spawn(program, ['--decompress', '--stdout', '--threads=0'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { LC_ALL: 'C' },
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(0, LIMITS.messageCharsMax);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  // The end of a child that broke off shows in its exit code; the broken pipe itself says nothing more.
  child.stdin.on('error', () => source.destroy());
  source.on('error', (error) => {
    words = error.message;
    child.kill();
  });
  source.pipe(child.stdin);
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
    if ((await ended) !== 0) throw new InputError(`damaged xz archive (${words.trim() || 'unpacking broke off'})`);
  } finally {
    child.kill();
    source.destroy();
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new InputError('damaged xz archive');
  return buffer;
}
