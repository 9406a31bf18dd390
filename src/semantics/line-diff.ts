// SPDX-License-Identifier: GPL-2.0-or-later
// Which lines of one text remain in another: Myers' greedy algorithm over equal lines, common ends cut off first.

import { limits } from './limits.ts';

/** For each line of `after` the index of the line of `before` that it is, or -1 where it is new. */
export function keptLines(before: readonly string[], after: readonly string[]): Int32Array {
  const kept = new Int32Array(after.length).fill(-1);
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) kept[head] = head++;
  let oldEnd = before.length;
  let newEnd = after.length;
  while (oldEnd > head && newEnd > head && before[oldEnd - 1] === after[newEnd - 1]) kept[--newEnd] = --oldEnd;
  if (oldEnd > head && newEnd > head) middle(before, after, head, oldEnd, newEnd, kept);
  return kept;
}

function middle(
  before: readonly string[],
  after: readonly string[],
  head: number,
  oldEnd: number,
  newEnd: number,
  kept: Int32Array,
): void {
  const n = oldEnd - head;
  const m = newEnd - head;
  const ceiling = Math.min(n + m, limits.differingLinesMax);
  const reach = new Int32Array(2 * ceiling + 3);
  const middleAt = ceiling + 1;
  // What was reached with d differences, diagonals -d..d, to find the way back.
  const history: Int32Array[] = [];
  for (let d = 0; d <= ceiling; d++) {
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
      let x = down ? at(k + 1) : at(k - 1) + 1;
      while (x < n && x - k < m && before[head + x] === after[head + x - k]) x += 1;
      reach[middleAt + k] = x;
      if (x >= n && x - k >= m) {
        history.push(reach.slice(middleAt - d - 1, middleAt + d + 2));
        walkBack(history, n, m, head, kept);
        return;
      }
    }
    history.push(reach.slice(middleAt - d - 1, middleAt + d + 2));
  }

  function at(k: number): number {
    return reach[middleAt + k] as number;
  }
}

function walkBack(history: readonly Int32Array[], n: number, m: number, head: number, kept: Int32Array): void {
  let x = n;
  let y = m;
  for (let d = history.length - 1; d > 0; d--) {
    const previous = history[d - 1] as Int32Array;
    // previous covers the diagonals -d..d (one more on each side than it reached).
    const at = (k: number): number => (k < -d || k > d ? -1 : (previous[k + d] as number));
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const from = down ? k + 1 : k - 1;
    const fromX = at(from);
    const fromY = fromX - from;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      kept[head + y] = head + x;
    }
    x = fromX;
    y = fromY;
  }
  while (x > 0 && y > 0) {
    x -= 1;
    y -= 1;
    kept[head + y] = head + x;
  }
}
