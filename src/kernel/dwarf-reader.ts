// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the little-endian scalars of DWARF (version 4, 32-bit format), whose LEB128 numbers are WebAssembly's.
import { WasmReader } from './wasm-reader.ts';

export class DwarfReader extends WasmReader {
  fixed(bytes: number): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < bytes; index++) {
      value += this.byte() * scale;
      scale *= 256;
    }
    return value;
  }

  /** A zero-terminated string. */
  string(): string {
    const start = this.at;
    while (this.byte() !== 0);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, this.at - 1 - start).toString('utf8');
  }

  /** The end of a unit that begins here, its length being read. */
  unitEnd(): number {
    const length = this.fixed(4);
    if (length >= 0xffff_fff0) throw new RangeError('DWARF: 64-bit format');
    const end = this.at + length;
    if (end > this.end) throw new RangeError('DWARF: unit too long');
    return end;
  }
}
