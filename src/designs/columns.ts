// SPDX-License-Identifier: GPL-2.0-or-later
// Typed arrays that grow: one column a member, one row an object. A row's members are set when the object is handed
// out, so that nothing has to be cleared. Three classes rather than one, so that each access sees one kind of array.

const FIRST_ROWS = 256;

/** Rows after growing to hold row `row`. */
function rowsFor(row: number, rows: number): number {
  return Math.max(row + 1, rows * 2);
}

/** 32-bit whole numbers. */
export class Ints {
  #data = new Int32Array(FIRST_ROWS);

  get(row: number): number {
    return this.#data[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#data.length) {
      const grown = new Int32Array(rowsFor(row, this.#data.length));
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[row] = value;
  }

  /** Adds and gives the sum. */
  add(row: number, by: number): number {
    const sum = this.get(row) + by;
    this.set(row, sum);
    return sum;
  }
}

/** Page numbers and offsets: whole numbers up to 2^53, or infinite. */
export class Floats {
  #data = new Float64Array(FIRST_ROWS);

  get(row: number): number {
    return this.#data[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#data.length) {
      const grown = new Float64Array(rowsFor(row, this.#data.length));
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[row] = value;
  }
}

/** Small numbers and flags, 0 to 255. */
export class Bytes {
  #data = new Uint8Array(FIRST_ROWS);

  get(row: number): number {
    return this.#data[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#data.length) {
      const grown = new Uint8Array(rowsFor(row, this.#data.length));
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[row] = value;
  }
}
