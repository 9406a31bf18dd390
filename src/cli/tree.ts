// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot tree get|list|remove`: kernel trees in the cache.
import { cleanLine } from '../report/sanitise.ts';
import { table } from '../report/text.ts';
import { type FetchedTree, fetchTree, listTrees, removeTree } from '../tree/index.ts';
import { print } from './output.ts';
import { progressLine } from './progress.ts';

/** Fetches a tree and says what it takes up. */
export async function treeGet(name: string, options: { refresh: boolean }): Promise<void> {
  const line = progressLine();
  let tree: FetchedTree;
  try {
    const onProgress = (text: string) => line.show(text);
    tree = await fetchTree(name, { cwd: process.cwd(), refresh: options.refresh, onProgress });
  } finally {
    line.clear();
  }
  await print(`${cleanLine(tree.label)}, ${cleanLine(tree.version)}, ${size(tree.bytes)}\n`);
}

/** One line a tree. */
export async function treeList(): Promise<void> {
  const trees = await listTrees();
  if (trees.length === 0) return print('no trees in the cache\n');
  const rows = trees.map((tree) => [
    cleanLine(tree.name),
    cleanLine(tree.label),
    cleanLine(tree.version),
    size(tree.bytes),
    tree.fetched.slice(0, 10),
  ]);
  const columns = ['name', 'tree', 'version'].map((title) => ({ title, align: 'left' as const }));
  const lines = table([...columns, { title: 'size', align: 'right' }, { title: 'fetched', align: 'left' }], rows, '');
  await print(`${lines.join('\n')}\n`);
}

/** Removes a tree. */
export async function treeRemove(name: string): Promise<void> {
  await removeTree(name);
  await print(`removed ${cleanLine(name)}\n`);
}

/** 1536 -> "1.5 KiB". */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
