// SPDX-License-Identifier: GPL-2.0-or-later
// The lines that a pull request as a whole adds or changes, as its last commit numbers them.
import { scanDiff } from '../series/diff.ts';
import type { ObjectStore } from './objects.ts';

const HOW = ['diff-tree', '-r', '-p', '--unified=0', '--no-ext-diff', '--no-textconv', '--no-color', '--find-renames'];

export async function changedLines(
  store: ObjectStore,
  base: string,
  head: string,
): Promise<Map<string, ReadonlySet<number>>> {
  const diff = (await store.read([...HOW, '--src-prefix=a/', '--dst-prefix=b/', base, head])).toString('utf8');
  const changed = new Map<string, ReadonlySet<number>>();
  for (const { newPath, hunks } of scanDiff(diff.split('\n')).files) {
    if (newPath === undefined) continue;
    const lines = hunks.flatMap(({ newStart, newCount }) => Array.from({ length: newCount }, (_, at) => newStart + at));
    changed.set(newPath, new Set(lines));
  }
  return changed;
}
