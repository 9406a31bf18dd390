// SPDX-License-Identifier: GPL-2.0-or-later
// Which mails hang together: a union-find over Message-IDs, absent ones included, so that two answers to a mail that
// is not in the input still meet. In: identifiers and references. Out: numbers, equal for one thread.

import { InputError } from '../errors.ts';
import { MAX_IDENTIFIERS } from './limits.ts';

/** Disjoint sets of small numbers. */
export class Sets {
  private readonly parent: number[] = [];

  /** A new element alone in its set. */
  add(): number {
    return this.parent.push(this.parent.length) - 1;
  }

  find(element: number): number {
    let at = element;
    for (;;) {
      const up = this.parent[at] ?? at;
      if (up === at) return at;
      const upper = this.parent[up] ?? up;
      this.parent[at] = upper;
      at = upper;
    }
  }

  /** Joins two sets; the smaller number stays the name, so names do not depend on the order of joins. */
  join(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)];
    if (x < y) this.parent[y] = x;
    else this.parent[x] = y;
  }
}

export class Threads {
  private readonly nodes = new Map<string, number>();
  private readonly sets = new Sets();
  private ids: string[] | undefined;

  /** The number of a Message-ID. InputError where there are too many. */
  node(id: string): number {
    let node = this.nodes.get(id);
    if (node === undefined) {
      if (this.nodes.size >= MAX_IDENTIFIERS) throw new InputError('the input names too many messages: split it');
      node = this.sets.add();
      this.nodes.set(id, node);
      this.ids = undefined;
    }
    return node;
  }

  /** Notes that a mail answers others; the numbers of those, nearest last. */
  link(node: number, references: readonly string[]): number[] {
    return references.map((id) => {
      const other = this.node(id);
      this.sets.join(node, other);
      return other;
    });
  }

  /** The Message-IDs of mails by number. */
  names(nodes: readonly number[]): string[] {
    this.ids ??= [...this.nodes.keys()]; // numbers are given in the order of the map
    const ids = this.ids;
    return nodes.flatMap((node) => ids[node] ?? []);
  }

  /** The thread of a mail. */
  thread(node: number): number {
    return this.sets.find(node);
  }
}
