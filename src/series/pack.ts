// SPDX-License-Identifier: GPL-2.0-or-later
// Bodies of patches kept until their series is asked for: an mbox of 200 MB may be all patches, and one series of
// it is wanted. In: texts. Out: the same texts, from compressed blocks; no file is written.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { InputError } from '../errors.ts';
import { BLOCK_LENGTH, MAX_KEPT_BYTES } from './limits.ts';

/** Where a text lies. */
export interface Place {
  block: number;
  /** Bytes within the block. */
  start: number;
  end: number;
}

export class Pack {
  private readonly blocks: Buffer[] = [];
  private open: Buffer[] = [];
  private openBytes = 0;
  private keptBytes = 0;
  private last: { block: number; content: Buffer } | undefined;

  /** Keeps a text. InputError where the limit of the whole is passed. */
  put(text: string): Place {
    const bytes = Buffer.from(text, 'utf8');
    const place = { block: this.blocks.length, start: this.openBytes, end: this.openBytes + bytes.length };
    this.open.push(bytes);
    this.openBytes += bytes.length;
    if (this.openBytes >= BLOCK_LENGTH) this.seal();
    return place;
  }

  /** Gives a text back. */
  get(place: Place): string {
    return this.content(place.block).toString('utf8', place.start, place.end);
  }

  private content(block: number): Buffer {
    const sealed = this.blocks[block];
    if (sealed === undefined) return Buffer.concat(this.open);
    if (this.last?.block !== block) this.last = { block, content: inflateRawSync(sealed) };
    return this.last.content;
  }

  private seal(): void {
    const sealed = deflateRawSync(Buffer.concat(this.open), { level: 1 });
    this.keptBytes += sealed.length;
    if (this.keptBytes > MAX_KEPT_BYTES) throw new InputError('the input holds too many patches: split it');
    this.blocks.push(sealed);
    this.open = [];
    this.openBytes = 0;
  }
}
