// SPDX-License-Identifier: GPL-2.0-or-later
// Archives made by hand for tests, honest and hostile: tar headers as we want them, and .xz files of stored
// (uncompressed) LZMA2 chunks, which every unpacker reads.
import { crc32 } from 'node:zlib';

export interface Member {
  path: string;
  body?: string | Buffer;
  /** '0' file, '2' symlink, '5' folder, 'L' long name, 'x' pax, ... */
  kind?: string;
  target?: string;
  mode?: number;
  /** Instead of the body's length. */
  size?: number;
}

export function tarOf(members: Member[], end = true): Buffer {
  const pieces: Buffer[] = [];
  for (const { path, body = '', kind = '0', target = '', mode = 0o644, size } of members) {
    const content = Buffer.from(body);
    const header = Buffer.alloc(512);
    header.write(path, 0, 100);
    header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
    header.write(`${(size ?? content.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(kind, 156);
    header.write(target, 157, 100);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    pieces.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  if (end) pieces.push(Buffer.alloc(1024));
  return Buffer.concat(pieces);
}

function number(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  bytes.push(left);
  return bytes;
}

function withCrc(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(bytes));
  return Buffer.concat([bytes, sum]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** An .xz file with a block for every `blockBytes` of the content. `lie` changes the sizes that the index gives. */
export function xzOf(content: Buffer, blockBytes: number, lie = (bytes: number): number => bytes): Buffer {
  const flags = Buffer.from([0, 1]);
  const blocks: Buffer[] = [];
  const records: number[] = [];
  for (let from = 0; from < content.length; from += blockBytes) {
    const part = content.subarray(from, from + blockBytes);
    const chunks: Buffer[] = [];
    for (let at = 0; at < part.length; at += 65_536) {
      const chunk = part.subarray(at, at + 65_536);
      const size = chunk.length - 1;
      chunks.push(Buffer.from([at === 0 ? 1 : 2, size >> 8, size & 255]), chunk);
    }
    const header = withCrc(Buffer.from([2, 0, 0x21, 1, 0x16, 0, 0, 0]));
    const data = Buffer.concat([header, ...chunks, Buffer.of(0)]);
    const check = Buffer.alloc(4);
    check.writeUInt32LE(crc32(part));
    blocks.push(padded(data), check);
    records.push(...number(data.length + 4), ...number(lie(part.length)));
  }
  const index = withCrc(padded(Buffer.from([0, ...number(blocks.length / 2), ...records])));
  const footer = Buffer.alloc(6);
  footer.writeUInt32LE(index.length / 4 - 1);
  flags.copy(footer, 4);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(footer));
  const magic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]);
  return Buffer.concat([magic, withCrc(flags), ...blocks, index, sum, footer, Buffer.from('YZ')]);
}
