// SPDX-License-Identifier: GPL-2.0-or-later
// Files of a fetched tree that were not written out with it. In: a tree, paths. Out: the files, under the tree's root.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { readMembers } from './archive.ts';
import { readCommitFiles } from './commit.ts';
import { ARCHIVE } from './debian.ts';
import { FileList } from './list.ts';
import { parentsOf, pathFault } from './paths.ts';
import { readEntry, withTemporary } from './store.ts';
import type { SourceTree } from './values.ts';
import { addFile } from './writer.ts';

/**
 * Makes sure that the files of the tree with these paths lie under its root; paths that the tree does not have, or has
 * as links, are passed over. Gives the number of files written. The second time costs one look per path.
 */
export async function materialise(tree: SourceTree, paths: readonly string[]): Promise<number> {
  if (tree.origin?.kind !== 'entry') return 0;
  const { folder } = tree.origin;
  const absent = [...new Set(paths)].filter(
    (path) => pathFault(path) === undefined && !lstatSync(join(tree.root, path), { throwIfNoEntry: false }),
  );
  if (absent.length === 0) return 0;
  const list = FileList.read(folder);
  const wanted = absent.flatMap((path) => list.find(path) ?? []).filter((file) => file.kind !== 'l');
  const entry = readEntry(folder);
  if (wanted.length === 0 || !entry) return 0;
  await withTemporary(join(folder, '../..'), async (temporary) => {
    const each = (file: (typeof wanted)[number], content: Buffer): void =>
      addFile(tree.root, file.path, content, file.kind === 'x', join(temporary, 'part'));
    if (entry.source.kind === 'archive') await readMembers(join(folder, ARCHIVE), wanted, each);
    else await readCommitFiles(entry, folder, temporary, wanted, each);
  });
  return wanted.length;
}

/** What the tree has at a path, told without following any link. */
export type PathKind = 'file' | 'absent' | 'folder' | 'symlink' | 'behind-symlink' | 'behind-file' | 'special';

/** Looks paths of a tree up, materialised or not. */
export class PathLookup {
  readonly #tree: SourceTree;
  #list: FileList | undefined;

  constructor(tree: SourceTree) {
    this.#tree = tree;
  }

  kind(path: string): PathKind {
    for (const parent of parentsOf(path)) {
      const kind = this.#here(parent);
      if (kind === 'symlink') return 'behind-symlink';
      if (kind === 'file' || kind === 'special') return 'behind-file';
      if (kind === 'absent') return 'absent';
    }
    return this.#here(path);
  }

  #here(path: string): PathKind {
    const stats = lstatSync(join(this.#tree.root, path), { throwIfNoEntry: false });
    if (stats) {
      if (stats.isSymbolicLink()) return 'symlink';
      return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'special';
    }
    if (this.#tree.origin?.kind !== 'entry') return 'absent';
    this.#list ??= FileList.read(this.#tree.origin.folder);
    const listed = this.#list.find(path);
    if (listed) return listed.kind === 'l' ? 'symlink' : 'file';
    return this.#list.hasFolder(path) ? 'folder' : 'absent';
  }
}
