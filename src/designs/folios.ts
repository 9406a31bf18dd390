// SPDX-License-Identifier: GPL-2.0-or-later
// The folios of the shared world: rows by page frame. A folio is known by its first frame; what belongs to each of its
// pages (content, mapcount, exclusive mark) stands at that page's frame.
import { Bytes, Floats, Ints } from './columns.ts';
import { LIMITS } from './limits.ts';
import type { Anchor, Folio } from './values.ts';

const LIVE = 1;
const ANON = 2;

export class Folios {
  readonly index = new Floats();
  /** Page-table entries that map it; one for a huge entry. */
  readonly maps = new Ints();
  readonly hugeMaps = new Ints();
  readonly references = new Ints();
  /** The file whose page cache it is in; 0 for none. */
  readonly file = new Ints();
  /** The swap slot of its first page while it is in the swap cache; 0 for none. */
  readonly slot = new Ints();
  /** 1 after MADV_FREE: reclaim may drop it as long as no entry is dirty. */
  readonly lazy = new Bytes();
  /** Of each page. */
  readonly pageMaps = new Ints();
  readonly exclusive = new Bytes();
  readonly tag = new Ints();
  live = 0;
  readonly #head = new Ints();
  readonly #order = new Bytes();
  readonly #state = new Bytes();
  readonly #anchor = new Ints();
  /** Anchors that folios had when the present step began, of those that have another one now. */
  readonly #before = new Map<Folio, Anchor>();
  /** Free frames by order; those given back first come first. */
  readonly #free = new Map<number, { frames: number[]; next: number }>();
  #high = 0;

  reset(): void {
    for (let frame = 1; frame <= this.#high; frame++) this.#state.set(frame, 0);
    this.#high = 0;
    this.live = 0;
    this.#free.clear();
    this.#before.clear();
  }

  /** Throws when there are no frames left. */
  take(order: number, anon: boolean, index: number): Folio {
    const free = this.#free.get(order);
    let head: number;
    if (free !== undefined && free.next < free.frames.length) {
      head = free.frames[free.next++] as number;
      if (free.next * 2 > free.frames.length && free.next > 4096) {
        free.frames.splice(0, free.next);
        free.next = 0;
      }
    } else {
      head = this.#high + 1;
      this.#high += 2 ** order;
      if (this.#high > LIMITS.frames) throw new RangeError('out of page frames');
    }
    this.#before.delete(head);
    this.#state.set(head, LIVE | (anon ? ANON : 0));
    this.#order.set(head, order);
    this.#anchor.set(head, 0);
    this.index.set(head, index);
    this.maps.set(head, 0);
    this.hugeMaps.set(head, 0);
    this.references.set(head, 0);
    this.file.set(head, 0);
    this.slot.set(head, 0);
    this.lazy.set(head, 0);
    for (let i = 0; i < 2 ** order; i++) this.#page(head + i, head);
    this.live++;
    return head;
  }

  #page(frame: number, head: Folio): void {
    this.#head.set(frame, head);
    this.pageMaps.set(frame, 0);
    this.exclusive.set(frame, 0);
    this.tag.set(frame, 0);
  }

  give(folio: Folio): void {
    if (!this.isLive(folio)) throw new Error(`folio ${folio} freed twice`);
    this.#state.set(folio, 0);
    this.live--;
    const order = this.#order.get(folio);
    const free = this.#free.get(order);
    if (free === undefined) this.#free.set(order, { frames: [folio], next: 0 });
    else free.frames.push(folio);
  }

  /** Makes single pages of a large folio; each keeps contents and exclusive mark, and has the folio's anchor. */
  shatter(folio: Folio): void {
    const pages = 2 ** this.#order.get(folio);
    this.#order.set(folio, 0);
    for (let i = 1; i < pages; i++) {
      const page = folio + i;
      this.#state.set(page, this.#state.get(folio));
      this.#order.set(page, 0);
      this.#head.set(page, page);
      this.#anchor.set(page, this.#anchor.get(folio));
      this.index.set(page, this.index.get(folio) + i);
      this.maps.set(page, 0);
      this.hugeMaps.set(page, 0);
      this.references.set(page, 0);
      this.file.set(page, 0);
      this.slot.set(page, 0);
      this.lazy.set(page, 0);
      this.live++;
    }
  }

  isLive(folio: Folio): boolean {
    return (this.#state.get(folio) & LIVE) !== 0;
  }

  isAnon(folio: Folio): boolean {
    return (this.#state.get(folio) & ANON) !== 0;
  }

  /** The folio that a frame belongs to. */
  of(frame: number): Folio {
    return this.#head.get(frame);
  }

  order(folio: Folio): number {
    return this.#order.get(folio);
  }

  pages(folio: Folio): number {
    return 2 ** this.#order.get(folio);
  }

  anchor(folio: Folio): Anchor {
    return this.#anchor.get(folio);
  }

  setAnchor(folio: Folio, anchor: Anchor): void {
    const before = this.#anchor.get(folio);
    if (before === anchor) return;
    if (before !== 0 && this.maps.get(folio) > 0 && !this.#before.has(folio)) this.#before.set(folio, before);
    this.#anchor.set(folio, anchor);
  }

  /** Where the folio said to look when the present step began: what a walk has read that waited for the step's end. */
  anchorBefore(folio: Folio): Anchor {
    return this.#before.get(folio) ?? this.#anchor.get(folio);
  }

  /** A step begins. */
  step(): void {
    if (this.#before.size > 0) this.#before.clear();
  }

  *all(): Iterable<Folio> {
    for (let frame = 1; frame <= this.#high; frame++) if (this.isLive(frame)) yield frame;
  }
}
