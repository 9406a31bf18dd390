// SPDX-License-Identifier: GPL-2.0-or-later
// Two trees -> the lines of the second that the first does not have, in files that its image was made of.
import type { Image } from '../kernel/values.ts';
import { readerOf } from '../recipes/index.ts';
import { keptLines } from '../semantics/line-diff.ts';
import type { SourceTree } from '../tree/values.ts';

/** In: the image of the second tree. Out: lines by file, counted from 1; and the blocks that have code of them. */
export async function changedBetween(
  first: SourceTree,
  second: SourceTree,
  image: Image,
): Promise<{ lines: number; blocks: [number, number][] }> {
  const { Lines } = await import('../kernel/lines.ts');
  const lines = Lines.load(image.linesFile);
  const [before, after] = [readerOf(first), readerOf(second)];
  const changed = new Map<string, Set<number>>();
  for (const file of lines.files) {
    const [old, now] = [before(file), after(file)];
    if (now === undefined || old === now) continue;
    const kept = keptLines((old ?? '').split('\n'), now.split('\n'));
    const fresh = new Set([...kept].flatMap((from, i) => (from < 0 ? [i + 1] : [])));
    if (fresh.size > 0) changed.set(file, fresh);
  }
  const blocks = lines.blocksOn(changed);
  return { lines: executable(lines.coverage([], new Set(changed.keys())), changed), blocks };
}

/** How many lines have code. */
function executable(
  files: ReadonlyMap<string, { executable: ReadonlySet<number> }>,
  changed: ReadonlyMap<string, ReadonlySet<number>>,
): number {
  let count = 0;
  for (const [file, lines] of changed) for (const line of lines) if (files.get(file)?.executable.has(line)) count++;
  return count;
}
