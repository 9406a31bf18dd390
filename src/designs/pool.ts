// SPDX-License-Identifier: GPL-2.0-or-later
// Objects of one kind by number: handed out, given back, counted. 0 is no object. What was given back first is handed
// out again first, so that a stale number meets a dead object for as long as possible.
import { Bytes, Ints } from './columns.ts';

/** Pointers that a world shows: kinds lie far apart, and the three lowest bits are free for tags. */
const KIND_STRIDE = 2 ** 40;
const OBJECT_STRIDE = 64;

export class Pool {
  readonly name: string;
  /** Bytes of one object. */
  readonly size: number;
  live = 0;
  /** Most that were live at once since the last reset. */
  most = 0;
  /** Since the last reset. */
  allocated = 0;
  freed = 0;
  readonly #base: number;
  readonly #next = new Ints();
  readonly #state = new Bytes();
  #high = 0;
  #first = 0;
  #last = 0;

  /** kind: which range of pointers its objects have, from 1. */
  constructor(name: string, size: number, kind: number) {
    this.name = name;
    this.size = size;
    this.#base = kind * KIND_STRIDE;
  }

  reset(): void {
    for (let id = 1; id <= this.#high; id++) this.#state.set(id, 0);
    this.#high = 0;
    this.#first = 0;
    this.#last = 0;
    this.live = 0;
    this.most = 0;
    this.allocated = 0;
    this.freed = 0;
  }

  take(): number {
    if (++this.live > this.most) this.most = this.live;
    this.allocated++;
    let id = this.#first;
    if (id === 0) id = ++this.#high;
    else {
      this.#first = this.#next.get(id);
      if (this.#first === 0) this.#last = 0;
    }
    this.#state.set(id, 1);
    return id;
  }

  /** Throws for what is not live: a model that frees twice is broken. */
  give(id: number): void {
    if (!this.isLive(id)) throw new Error(`${this.name} ${id} freed twice`);
    this.live--;
    this.freed++;
    this.#state.set(id, 0);
    this.#next.set(id, 0);
    if (this.#last === 0) this.#first = id;
    else this.#next.set(this.#last, id);
    this.#last = id;
  }

  isLive(id: number): boolean {
    return id > 0 && id <= this.#high && this.#state.get(id) === 1;
  }

  pointer(id: number): number {
    return id === 0 ? 0 : this.#base + id * OBJECT_STRIDE;
  }

  /** 0 for what is no pointer of this kind. */
  id(pointer: number): number {
    const id = (pointer - this.#base) / OBJECT_STRIDE;
    return Number.isInteger(id) && id > 0 && id <= this.#high ? id : 0;
  }

  /** Numbers of all live objects, ascending. */
  *all(): Iterable<number> {
    for (let id = 1; id <= this.#high; id++) if (this.#state.get(id) === 1) yield id;
  }
}
