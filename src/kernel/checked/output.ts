// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes as they are written, in a buffer that grows, and where each offset of the original has moved to.

export class Output {
  #bytes: Uint8Array;
  length = 0;

  constructor(expected: number) {
    this.#bytes = new Uint8Array(Math.max(64, expected));
  }

  #room(count: number): void {
    if (this.length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.length + count, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.length));
    this.#bytes = larger;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.length++] = value;
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    this.#room(to - from);
    this.#bytes.set(bytes.subarray(from, to), this.length);
    this.length += to - from;
  }

  /** Unsigned LEB128 of a JavaScript integer. */
  u(value: number): void {
    let rest = value;
    do {
      const low = rest % 128;
      rest = Math.floor(rest / 128);
      this.byte(rest > 0 ? low | 0x80 : low);
    } while (rest > 0);
  }

  /** Signed LEB128 of a JavaScript integer. */
  s(value: number): void {
    let rest = value;
    for (;;) {
      const low = ((rest % 128) + 128) % 128;
      rest = Math.floor(rest / 128);
      const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
      this.byte(done ? low : low | 0x80);
      if (done) return;
    }
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

/** Where code has moved to. Offsets count from the start of the code section's content, before and after. */
export class Moves {
  readonly #from: number[] = [];
  readonly #shift: number[] = [];

  /** What lies at `from` or behind it, up to the next note, lies `shift` further on. Notes come in ascending order. */
  note(from: number, shift: number): void {
    if (this.#from.at(-1) === from) this.#shift[this.#shift.length - 1] = shift;
    else {
      this.#from.push(from);
      this.#shift.push(shift);
    }
  }

  /** Takes over the notes of a part that lay at `from` and lies at `to` now; its own offsets count from its start. */
  append(part: Moves, from: number, to: number): void {
    this.note(from, to - from);
    for (let i = 0; i < part.#from.length; i++)
      this.note(from + (part.#from[i] ?? 0), to - from + (part.#shift[i] ?? 0));
  }

  /** The new offset of what lay at an old one; code inserted before an instruction belongs to it. */
  to(offset: number): number {
    let low = 0;
    let high = this.#from.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#from[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return offset + (this.#shift[low - 1] ?? 0);
  }
}
