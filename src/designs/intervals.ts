// SPDX-License-Identifier: GPL-2.0-or-later
// Many interval trees over one set of numbered nodes, each node in one tree at most: a treap, ordered by start, each
// node with the largest end below it. Nodes of equal start stay in the order in which they were inserted, as in the
// kernel's interval trees. In: a tree's root (0: empty) and a node. Out: the new root.
import { Floats, Ints } from './columns.ts';

export class IntervalForest {
  readonly #left = new Ints();
  readonly #right = new Ints();
  readonly #up = new Ints();
  readonly #start = new Floats();
  readonly #last = new Floats();
  /** The largest end of the node and all below it. */
  readonly #high = new Floats();

  start(node: number): number {
    return this.#start.get(node);
  }

  last(node: number): number {
    return this.#last.get(node);
  }

  high(node: number): number {
    return this.#high.get(node);
  }

  insert(root: number, node: number, start: number, last: number): number {
    this.#start.set(node, start);
    this.#last.set(node, last);
    this.#high.set(node, last);
    this.#left.set(node, 0);
    this.#right.set(node, 0);
    this.#up.set(node, 0);
    if (root === 0) return node;
    let at = root;
    for (;;) {
      if (this.#high.get(at) < last) this.#high.set(at, last);
      const side = start < this.#start.get(at) ? this.#left : this.#right;
      const below = side.get(at);
      if (below === 0) {
        side.set(at, node);
        this.#up.set(node, at);
        break;
      }
      at = below;
    }
    const rank = priority(node);
    for (let parent = at; parent !== 0 && rank > priority(parent); parent = this.#up.get(node)) this.#raise(node);
    return this.#up.get(node) === 0 ? node : root;
  }

  remove(root: number, node: number): number {
    let top = root;
    for (;;) {
      const left = this.#left.get(node);
      const right = this.#right.get(node);
      if (left === 0 && right === 0) break;
      const child = right === 0 || (left !== 0 && priority(left) > priority(right)) ? left : right;
      this.#raise(child);
      if (this.#up.get(child) === 0) top = child;
    }
    const parent = this.#up.get(node);
    if (parent === 0) return 0;
    if (this.#left.get(parent) === node) this.#left.set(parent, 0);
    else this.#right.set(parent, 0);
    for (let at = parent; at !== 0; at = this.#up.get(at)) this.#measure(at);
    return top;
  }

  /** Nodes whose range meets [first, last], in order, behind those that are in `found` already. */
  overlapping(root: number, first: number, last: number, found: number[]): void {
    if (root === 0 || this.#high.get(root) < first) return;
    this.overlapping(this.#left.get(root), first, last, found);
    const start = this.#start.get(root);
    if (start > last) return;
    if (this.#last.get(root) >= first) found.push(root);
    this.overlapping(this.#right.get(root), first, last, found);
  }

  /** The first node that ends at or behind a place, in a tree of disjoint ranges; 0 for none. */
  atOrBehind(root: number, place: number): number {
    let found = 0;
    for (let at = root; at !== 0; ) {
      if (this.#last.get(at) >= place) {
        found = at;
        at = this.#left.get(at);
      } else at = this.#right.get(at);
    }
    return found;
  }

  /** The last node that starts before a place; 0 for none. */
  before(root: number, place: number): number {
    let found = 0;
    for (let at = root; at !== 0; ) {
      if (this.#start.get(at) < place) {
        found = at;
        at = this.#right.get(at);
      } else at = this.#left.get(at);
    }
    return found;
  }

  /** Changes a node's range where that changes neither its place in the order nor what encloses it. */
  resize(node: number, start: number, last: number): void {
    this.#start.set(node, start);
    this.#last.set(node, last);
    for (let at = node; at !== 0; at = this.#up.get(at)) this.#measure(at);
  }

  /** All nodes in order. */
  *inOrder(root: number): Iterable<number> {
    const above: number[] = [];
    for (let at = root; at !== 0 || above.length > 0; ) {
      for (; at !== 0; at = this.#left.get(at)) above.push(at);
      at = above.pop() ?? 0;
      yield at;
      at = this.#right.get(at);
    }
  }

  #measure(node: number): void {
    const left = this.#left.get(node);
    const right = this.#right.get(node);
    let high = this.#last.get(node);
    if (left !== 0 && this.#high.get(left) > high) high = this.#high.get(left);
    if (right !== 0 && this.#high.get(right) > high) high = this.#high.get(right);
    this.#high.set(node, high);
  }

  /** Rotates a node above its parent. */
  #raise(node: number): void {
    const parent = this.#up.get(node);
    const grand = this.#up.get(parent);
    const [near, far] = this.#left.get(parent) === node ? [this.#left, this.#right] : [this.#right, this.#left];
    const inner = far.get(node);
    near.set(parent, inner);
    if (inner !== 0) this.#up.set(inner, parent);
    far.set(node, parent);
    this.#up.set(parent, node);
    this.#up.set(node, grand);
    if (grand !== 0) {
      if (this.#left.get(grand) === parent) this.#left.set(grand, node);
      else this.#right.set(grand, node);
    }
    this.#high.set(node, this.#high.get(parent));
    this.#measure(parent);
  }
}

/** A number's fixed place in a random order: a treap whose priorities are hashes is balanced whatever is inserted. */
function priority(node: number): number {
  const mixed = Math.imul(node ^ (node >>> 15), 0x2c1b3c6d);
  const again = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return again ^ (again >>> 15);
}
