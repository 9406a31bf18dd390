// SPDX-License-Identifier: GPL-2.0-or-later
// Linear memory of a machine: where things lie, and the way back to the state after boot.
//
//   0          poison, then the stack (the linker puts it first)
//   data       the module's variables, up to __heap_base
//   areas      struct page and liveness of every frame, tags of user pages, slab owners of backed frames,
//              the blocks' marks, the view's buffer
//   pool       backed pages, growing
import { GROW_BYTES, MEMORY_BYTES, POISON_BYTE, POISON_BYTES, SPARSE_PAGES, SPARSE_PFN, VIEW_WORDS } from './limits.ts';

const PAGE = 4096;
const WASM_PAGE = 65536;
const POISON = Buffer.alloc(POISON_BYTES, POISON_BYTE);
const LAST_PFN = SPARSE_PFN + SPARSE_PAGES;

/** What was in use at some moment. */
export interface Snapshot {
  /** The first frames that were never handed out then. */
  backed: number;
  sparse: number;
  parts: { at: number; bytes: Uint8Array }[];
}

/** First byte of each area. */
export interface Areas {
  pages: number;
  tags: number;
  owners: number;
  live: number;
  marks: number;
  view: number;
  pool: number;
}

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly areas: Areas;
  readonly #dataStart: number;
  readonly #heapBase: number;
  readonly #pageStruct: number;
  readonly #blocks: number;
  #boot: Snapshot = { backed: 0, sparse: 0, parts: [] };
  #bytes: Uint8Array;
  #numbers: Uint32Array;

  constructor(
    memory: WebAssembly.Memory,
    sizes: { dataStart: number; heapBase: number; pageStruct: number; blocks: number },
  ) {
    this.memory = memory;
    this.#dataStart = sizes.dataStart;
    this.#heapBase = sizes.heapBase;
    this.#pageStruct = sizes.pageStruct;
    this.#blocks = sizes.blocks;
    let at = sizes.heapBase;
    const area = (bytes: number) => {
      const start = Math.ceil(at / PAGE) * PAGE;
      at = start + bytes;
      return start;
    };
    this.areas = {
      pages: area(LAST_PFN * sizes.pageStruct),
      tags: area(SPARSE_PAGES * 8),
      owners: area(SPARSE_PFN * 4),
      live: area(LAST_PFN),
      marks: area(sizes.blocks + 2),
      view: area(VIEW_WORDS * 8),
      pool: area(0),
    };
    this.#bytes = new Uint8Array(memory.buffer);
    this.#numbers = new Uint32Array(memory.buffer);
    this.growTo(this.areas.pool);
    this.bytes.fill(POISON_BYTE, 0, POISON_BYTES);
  }

  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer) this.#refresh();
    return this.#bytes;
  }

  /** 32-bit words: a 64-bit one at byte b is numbers[b / 4] + numbers[b / 4 + 1] * 2^32. */
  get numbers(): Uint32Array {
    if (this.#numbers.buffer !== this.memory.buffer) this.#refresh();
    return this.#numbers;
  }

  #refresh(): void {
    const { buffer } = this.memory;
    this.#bytes = new Uint8Array(buffer);
    this.#numbers = new Uint32Array(buffer);
  }

  /** Grows so that `end` is inside. The new end, or the old one if there is no more. */
  growTo(end: number): number {
    const have = this.memory.buffer.byteLength;
    if (end <= have) return have;
    const wanted = Math.min(MEMORY_BYTES, Math.max(end, have + GROW_BYTES));
    if (end > wanted) return have;
    // A 64-bit memory counts its pages in BigInt.
    (this.memory as unknown as { grow(delta: bigint): bigint }).grow(BigInt(Math.ceil((wanted - have) / WASM_PAGE)));
    return this.memory.buffer.byteLength;
  }

  /** Remembers this state as the one to return to. Frames: the first ones never handed out. */
  save(backed: number, sparse: number): void {
    this.#boot = this.snapshot(backed, sparse);
  }

  /**
   * A copy of all that is in use. Frames: the first ones never handed out. leftOut: ranges of variables that need no copy,
   * as they never change or are written before they are read.
   */
  snapshot(backed: number, sparse: number, leftOut: readonly [number, number][] = []): Snapshot {
    const parts: Snapshot['parts'] = [];
    const keep = (at: number, end: number) => {
      if (end > at) parts.push({ at, bytes: this.bytes.slice(at, end) });
    };
    let at = this.#dataStart;
    for (const [from, to] of leftOut.toSorted(([a], [b]) => a - b)) {
      keep(at, from);
      at = Math.max(at, to);
    }
    keep(at, this.#heapBase);
    for (const [from, to] of this.#frames(backed, sparse)) {
      keep(this.areas.pages + from * this.#pageStruct, this.areas.pages + to * this.#pageStruct);
      keep(this.areas.live + from, this.areas.live + to);
    }
    keep(this.areas.tags, this.areas.tags + (sparse - SPARSE_PFN) * 8);
    const [first] = this.#frames(backed, sparse);
    keep(this.areas.owners + (first?.[0] ?? 0) * 4, this.areas.owners + backed * 4);
    keep(this.areas.pool, backed * PAGE);
    return { backed, sparse, parts };
  }

  /** Back to the saved state, with no block executed. Frames: the first ones never handed out until now. */
  restore(backed: number, sparse: number): void {
    const { marks } = this.areas;
    this.bytes.fill(0, marks, marks + this.#blocks + 2);
    this.goBack(this.#boot, backed, sparse);
  }

  /** Back to a state; blocks that were executed since stay marked. Frames: the first ones never handed out until now. */
  goBack(to: Snapshot, backed: number, sparse: number): void {
    const { bytes, areas } = this;
    const size = this.#pageStruct;
    bytes.fill(0, areas.pages + to.backed * size, areas.pages + backed * size);
    bytes.fill(0, areas.pages + to.sparse * size, areas.pages + sparse * size);
    bytes.fill(0, areas.live + to.backed, areas.live + backed);
    bytes.fill(0, areas.live + to.sparse, areas.live + sparse);
    bytes.fill(0, areas.owners + to.backed * 4, areas.owners + backed * 4);
    for (const { at, bytes: saved } of to.parts) bytes.set(saved, at);
    bytes.fill(POISON_BYTE, 0, POISON_BYTES);
  }

  *#frames(backed: number, sparse: number): Iterable<[number, number]> {
    yield [Math.floor(this.areas.pool / PAGE), backed];
    yield [SPARSE_PFN, sparse];
  }

  /** True if nothing wrote to the pages around NULL. */
  poisonIntact(): boolean {
    return POISON.equals(this.bytes.subarray(0, POISON_BYTES));
  }

  /** NUL-terminated text of the module. */
  text(at: number, most = 512): string {
    const { bytes } = this;
    if (at < POISON_BYTES || at >= bytes.length) return '';
    let end = at;
    while (end < bytes.length && end - at < most && bytes[end] !== 0) end++;
    return Buffer.from(bytes.subarray(at, end)).toString('latin1');
  }
}
