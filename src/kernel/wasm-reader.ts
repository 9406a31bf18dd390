// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the binary format of WebAssembly: bytes, LEB128 numbers, names, sections.

export class WasmReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    const value = this.at < this.end ? this.bytes[this.at] : undefined;
    if (value === undefined) throw new RangeError('WebAssembly: unexpected end');
    this.at++;
    return value;
  }

  /** Unsigned LEB128 that fits a JavaScript integer. */
  u(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 128;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError('WebAssembly: number too large');
    return value;
  }

  /** Signed LEB128 of up to 64 bits, as a number (exact below 2^53). */
  s(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return byte & 0x40 ? value - scale : value;
    }
  }

  /** Skips one LEB128 number of any size. */
  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  skip(count: number): void {
    this.at += count;
    if (this.at > this.end) throw new RangeError('WebAssembly: unexpected end');
  }

  name(): string {
    const length = this.u();
    const start = this.at;
    this.skip(length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString('utf8');
  }
}

/** A section: its id, for custom ones its name, and where its content lies in the file. */
export interface Section {
  id: number;
  name: string;
  /** Offset of the id byte. */
  header: number;
  start: number;
  end: number;
}

/** The sections of a module. Throws RangeError on anything that is not one. */
export function sections(bytes: Uint8Array): Section[] {
  const reader = new WasmReader(bytes, 8);
  if (Buffer.from(bytes.subarray(0, 8)).toString('hex') !== '0061736d01000000') {
    throw new RangeError('WebAssembly: not a module');
  }
  const found: Section[] = [];
  while (!reader.done) {
    const header = reader.at;
    const id = reader.byte();
    const size = reader.u();
    const end = reader.at + size;
    if (end > bytes.length) throw new RangeError('WebAssembly: section too long');
    const start = reader.at;
    const name = id === 0 ? reader.name() : '';
    found.push({ id, name, header, start: id === 0 ? reader.at : start, end });
    reader.at = end;
  }
  return found;
}
