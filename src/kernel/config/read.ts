// SPDX-License-Identifier: GPL-2.0-or-later
// Text of a tree with a series laid over it. In: tree, overlay, path. Out: text, or undefined where there is no such file.
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../../errors.ts';
import type { Overlay, SourceTree } from '../../tree/values.ts';
import { FILE_BYTES_MAX } from './limits.ts';

/** Reads text files by tree-relative path. */
export interface TreeReader {
  /** The file's text; undefined where it does not exist or was deleted. InputError if it leaves the tree or is too large. */
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

async function realInside(root: string, file: string): Promise<string | undefined> {
  let real: string;
  try {
    real = await realpath(path.join(root, file));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new InputError(`${file}: cannot be read (${code})`);
  }
  const top = await realpath(root);
  if (real !== top && !real.startsWith(top + path.sep)) throw new InputError(`${file}: leads outside the tree`);
  return real;
}

/** Reads a tree with an overlay on top. Answers are kept: a reader sees one state. */
export function treeReader(tree: SourceTree, overlay: Overlay): TreeReader {
  const known = new Map<string, Promise<string | undefined>>();

  async function load(file: string): Promise<string | undefined> {
    if (!isTreePath(file)) throw new InputError(`${JSON.stringify(file)}: not a path inside the tree`);
    const over = overlay.get(file);
    if (over === null) return undefined;
    if (over !== undefined) {
      if (over.length > FILE_BYTES_MAX) throw new InputError(`${file}: larger than ${FILE_BYTES_MAX} bytes`);
      return over.toString('utf8');
    }
    const real = await realInside(tree.root, file);
    if (real === undefined) return undefined;
    const info = await stat(real);
    if (!info.isFile()) return undefined;
    if (info.size > FILE_BYTES_MAX) throw new InputError(`${file}: larger than ${FILE_BYTES_MAX} bytes`);
    return readFile(real, 'utf8');
  }

  return {
    text(file) {
      let answer = known.get(file);
      if (answer === undefined) {
        answer = load(file);
        known.set(file, answer);
      }
      return answer;
    },
    async list(folder) {
      if (!isTreePath(folder)) throw new InputError(`${JSON.stringify(folder)}: not a path inside the tree`);
      const names = new Set<string>();
      const real = await realInside(tree.root, folder);
      if (real !== undefined && (await stat(real)).isDirectory()) {
        for (const entry of await readdir(real, { withFileTypes: true })) if (entry.isFile()) names.add(entry.name);
      }
      for (const [file, content] of overlay) {
        if (path.posix.dirname(file) !== folder) continue;
        if (content === null) names.delete(path.posix.basename(file));
        else names.add(path.posix.basename(file));
      }
      return [...names].sort();
    },
  };
}
