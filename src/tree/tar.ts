// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a tar stream (ustar, GNU long names, pax paths) piece by piece. In: chunks. Out: members, with the position
// of their content in the stream, so that one member can be had later without reading the rest.
import { InputError } from '../errors.ts';
import { LIMITS } from './limits.ts';

export interface TarMember {
  path: string;
  type: 'file' | 'directory' | 'symlink' | 'other';
  /** Of the content, in bytes. */
  size: number;
  /** Where the content begins in the unpacked stream, in bytes. */
  offset: number;
  executable: boolean;
  /** Where a symlink points. */
  target: string;
}

/** What to do with a member: nothing, or take its content piece by piece; `end` is called after the last piece. */
export interface TarSink {
  data(chunk: Buffer): void;
  end(): void;
}

const BLOCK = 512;

/** A reader of one stream. `member` is called for each member and may hand back a sink for its content. */
export class TarReader {
  #member: (member: TarMember) => TarSink | undefined;
  #held: Buffer = Buffer.alloc(0);
  #offset = 0;
  #left = 0;
  #padding = 0;
  #sink: TarSink | undefined;
  #count = 0;
  #path: string | undefined;
  #target: string | undefined;
  #size: number | undefined;
  #ended = false;

  constructor(member: (member: TarMember) => TarSink | undefined) {
    this.#member = member;
  }

  /** Takes the next piece of the stream. Throws InputError where it is no tar archive or breaks a limit. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const take = Math.min(this.#left, chunk.length - at);
        this.#sink?.data(chunk.subarray(at, at + take));
        this.#left -= take;
        at += take;
        if (this.#left === 0) this.#finish();
      } else if (this.#padding > 0) {
        const take = Math.min(this.#padding, chunk.length - at);
        this.#padding -= take;
        at += take;
      } else {
        const take = Math.min(BLOCK - this.#held.length, chunk.length - at);
        const piece = chunk.subarray(at, at + take);
        const block = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
        at += take;
        if (block.length < BLOCK) this.#held = Buffer.from(block);
        else {
          this.#held = Buffer.alloc(0);
          this.#header(block, this.#offset + at);
        }
      }
    }
    this.#offset += chunk.length;
  }

  /** To be called behind the last piece. Throws InputError where the archive is cut off. */
  end(): void {
    if (!this.#ended || this.#left > 0) throw new InputError('the archive is cut off');
  }

  #header(block: Buffer, offset: number): void {
    if (this.#ended) return;
    if (block.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    let sum = 0;
    for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (block[i] ?? 0);
    if (text(block, 148, 8).trim() !== sum.toString(8).padStart(6, '0'))
      throw new InputError('not a tar archive, or a damaged one');
    if (++this.#count > LIMITS.archiveMembersMax) throw new InputError('the archive has too many members');
    const kind = String.fromCharCode(block[156] ?? 0);
    // A size given by pax holds for the member that follows, never for another extension header.
    const extension = /[xgLK]/.test(kind);
    const size = (extension ? undefined : this.#size) ?? octal(block, 124, 12);
    this.#left = /[1-6]/.test(kind) ? 0 : size;
    this.#padding = (BLOCK - (this.#left % BLOCK)) % BLOCK;
    if (extension) {
      if (size > LIMITS.tarExtraBytesMax) throw new InputError('the archive has an oversized header');
      this.#sink = this.#extension(kind);
    } else {
      const prefix = text(block, 257, 6).startsWith('ustar') && block[262] === 0 ? text(block, 345, 155) : '';
      const name = text(block, 0, 100);
      this.#sink = this.#member({
        path: this.#path ?? (prefix === '' ? name : `${prefix}/${name}`),
        type: kind === '0' || kind === '\0' ? 'file' : kind === '5' ? 'directory' : kind === '2' ? 'symlink' : 'other',
        size: this.#left,
        offset,
        executable: (octal(block, 100, 8) & 0o100) !== 0,
        target: this.#target ?? text(block, 157, 100),
      });
      this.#path = this.#target = this.#size = undefined;
    }
    if (this.#left === 0) this.#finish();
  }

  #finish(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end();
  }

  /** A sink for an extension header: 'L' and 'K' hold a long path or target, 'x' pax records; 'g' is passed over. */
  #extension(kind: string): TarSink {
    const pieces: Buffer[] = [];
    return {
      data: (chunk) => pieces.push(Buffer.from(chunk)),
      end: () => {
        const body = Buffer.concat(pieces);
        if (kind === 'L') this.#path = text(body, 0, body.length);
        else if (kind === 'K') this.#target = text(body, 0, body.length);
        else if (kind === 'x') this.#pax(body);
      },
    };
  }

  /** Pax records: "LENGTH KEY=VALUE\n", the length counting itself. */
  #pax(body: Buffer): void {
    let at = 0;
    while (at < body.length) {
      const blank = body.indexOf(32, at);
      const length = Number(body.toString('latin1', at, blank < 0 ? at : blank));
      if (blank < 0 || !Number.isInteger(length) || length < 5 || at + length > body.length) {
        throw new InputError('the archive has a damaged header');
      }
      const record = body.toString('utf8', blank + 1, at + length - 1);
      const equals = record.indexOf('=');
      const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
      if (key === 'path') this.#path = value;
      else if (key === 'linkpath') this.#target = value;
      else if (key === 'size') {
        if (!/^\d{1,15}$/.test(value)) throw new InputError('the archive has a damaged header');
        this.#size = Number(value);
      }
      at += length;
    }
  }
}

function text(block: Buffer, at: number, length: number): string {
  const end = block.indexOf(0, at);
  return block.toString('utf8', at, end < 0 || end > at + length ? at + length : end);
}

function octal(block: Buffer, at: number, length: number): number {
  if (((block[at] ?? 0) & 0x80) !== 0) throw new InputError('the archive has a member of more than 8 GiB');
  const digits = text(block, at, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new InputError('the archive has a damaged header');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}
