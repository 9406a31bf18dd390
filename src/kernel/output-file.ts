// SPDX-License-Identifier: GPL-2.0-or-later
// A file in memory that grows by doubling: the compiler writes objects in tens of thousands of small pieces.
import { OUTPUT_BYTES } from './limits.ts';

export class OutputFile {
  #bytes: Uint8Array;
  #size: number;

  constructor(content?: Uint8Array) {
    this.#bytes = content ?? new Uint8Array(4096);
    this.#size = content?.length ?? 0;
  }

  get size(): number {
    return this.#size;
  }

  /** The content; valid until the next write. */
  content(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Writes at an offset, zero-filling a gap. False where the file would outgrow its limit. */
  write(offset: number, piece: Uint8Array): boolean {
    const end = offset + piece.length;
    if (end > OUTPUT_BYTES) return false;
    this.#reserve(end);
    this.#bytes.set(piece, offset);
    if (end > this.#size) this.#size = end;
    return true;
  }

  /** Cuts or zero-extends. False where the file would outgrow its limit. */
  resize(size: number): boolean {
    if (size > OUTPUT_BYTES) return false;
    this.#reserve(size);
    if (size < this.#size) this.#bytes.fill(0, size, this.#size);
    this.#size = size;
    return true;
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }
}
