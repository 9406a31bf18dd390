// SPDX-License-Identifier: GPL-2.0-or-later
// Bodies of patches kept until their series is asked for: an mbox of 200 MB may be all patches, and one series of
// it is wanted. In: texts. Out: the same texts, from compressed blocks; no file is written.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { InputError } from '../errors.ts';
import { BLOCK_BYTES, MAX_KEPT_BYTES } from './limits.ts';

/** Where a text lies. */
export interface Place {
  block: number;
  /** Bytes within the block. */
  start: number;
  end: number;
}

export class Pack {
  private readonly sealed: Buffer[] = [];
  private readonly open = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  private openBytes = 0;
  private keptBytes = 0;
  private last: { block: number; content: Buffer } | undefined;

  /** Keeps a text. InputError where the limit of the whole is passed. */
  put(text: string): Place {
    const size = Buffer.byteLength(text);
    if (size > BLOCK_BYTES) {
      this.seal();
      this.add(Buffer.from(text));
      return { block: this.sealed.length - 1, start: 0, end: size };
    }
    if (this.openBytes + size > BLOCK_BYTES) this.seal();
    const start = this.openBytes;
    this.openBytes += this.open.write(text, start);
    return { block: this.sealed.length, start, end: this.openBytes };
  }

  /** Gives a text back. */
  get({ block, start, end }: Place): string {
    const packed = this.sealed[block];
    if (packed === undefined) return this.open.toString('utf8', start, end);
    if (this.last?.block !== block) this.last = { block, content: inflateRawSync(packed) };
    return this.last.content.toString('utf8', start, end);
  }

  private seal(): void {
    if (this.openBytes > 0) this.add(this.open.subarray(0, this.openBytes));
    this.openBytes = 0;
  }

  private add(content: Buffer): void {
    const packed = deflateRawSync(content, { level: 1 });
    this.keptBytes += packed.length;
    if (this.keptBytes > MAX_KEPT_BYTES) throw new InputError('the input holds too many patches: split it');
    this.sealed.push(packed);
  }
}
