// SPDX-License-Identifier: GPL-2.0-or-later
// Text of a tree with a series laid over it. In: tree, overlay, path. Out: text, or undefined where there is no such file.
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors.ts';
import type { Overlay, SourceTree } from '../../tree/values.ts';
import { HostRoot } from '../host-root.ts';
import { FILE_BYTES_MAX } from './limits.ts';

/** Reads text files by tree-relative path. */
export interface TreeReader {
  /** The file's text; undefined where it does not exist, was deleted, or leads out of the tree. InputError if too large. */
  text(file: string): Promise<string | undefined>;
  /** Names of the regular files in a folder, sorted; empty where there is no such folder. */
  list(folder: string): Promise<string[]>;
}

/** A plain relative path: no root, no "..", no empty or "." part, no control characters or backslash. */
export function isTreePath(file: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (file === '' || /[\u0000-\u001f\\]/.test(file)) return false;
  return file.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Names of regular files in a folder that really lies under `root`. */
async function namesIn(root: string, folder: string): Promise<string[]> {
  try {
    const real = await realpath(path.join(root, folder));
    if (!real.startsWith(root + path.sep)) return [];
    const entries = await readdir(real, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new InputError(`${folder}: cannot be read (${code})`);
  }
}

/** Reads a tree with an overlay on top. */
export function treeReader(tree: SourceTree, overlay: Overlay): TreeReader {
  const host = new HostRoot(tree.root, overlay);
  return {
    async text(file) {
      if (!isTreePath(file)) throw new InputError(`${JSON.stringify(file)}: not a path inside the tree`);
      const entry = host.lookup(file);
      if (entry?.kind !== 'file') return undefined;
      if (entry.size > FILE_BYTES_MAX) throw new InputError(`${file}: larger than ${FILE_BYTES_MAX} bytes`);
      return host.read(entry.real).toString('utf8');
    },
    async list(folder) {
      if (!isTreePath(folder)) throw new InputError(`${JSON.stringify(folder)}: not a path inside the tree`);
      const names = new Set(await namesIn(host.root, folder));
      for (const [file, content] of overlay) {
        if (path.posix.dirname(file) !== folder) continue;
        if (content === null) names.delete(path.posix.basename(file));
        else names.add(path.posix.basename(file));
      }
      return [...names].sort();
    },
  };
}
