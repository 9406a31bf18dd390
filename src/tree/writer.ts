// SPDX-License-Identifier: GPL-2.0-or-later
// Writes files of a stranger's tree under a folder of ours. Files first, links last: no write ever goes through a link.
import { lstatSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { InputError } from '../errors.ts';
import { linkStaysInside, parentsOf, pathFault, printable } from './paths.ts';

/** Fills a new, empty folder. Paths must have passed pathFault. */
export class TreeWriter {
  readonly #root: string;
  readonly #folders = new Set<string>();
  readonly #links: { path: string; target: string }[] = [];

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true });
  }

  /** Writes one regular file. Throws InputError where the path is taken by a folder or leads through a file. */
  file(path: string, content: Buffer, executable: boolean): void {
    orConflict(path, () => {
      this.#folder(dirname(path));
      writeFileSync(join(this.#root, path), content, { mode: executable ? 0o755 : 0o644 });
    });
  }

  #folder(path: string): void {
    if (this.#folders.has(path)) return;
    mkdirSync(join(this.#root, path), { recursive: true });
    this.#folders.add(path);
  }

  /** Notes a symbolic link, to be made by `finish` if it stays inside. */
  link(path: string, target: string): void {
    if (linkStaysInside(path, target)) this.#links.push({ path, target });
  }

  /** Makes the links, then takes away every one that leads nowhere or, through other links, outside. */
  finish(): void {
    const names = new Set(this.#links.map((link) => link.path));
    const real = this.#links.filter(({ path }) => !parentsOf(path).some((parent) => names.has(parent)));
    // No link exists yet, so that no folder can be made through one.
    for (const { path } of real) orConflict(path, () => this.#folder(dirname(path)));
    const made: string[] = [];
    for (const { path, target } of real) {
      if (lstatSync(join(this.#root, path), { throwIfNoEntry: false })) continue;
      symlinkSync(target, join(this.#root, path));
      made.push(path);
    }
    // Taking one away can leave another leading nowhere: until nothing changes.
    for (let astray = made; astray.length > 0; ) {
      astray = made.filter((path) => !leadsInside(this.#root, path));
      for (const path of astray) {
        rmSync(join(this.#root, path));
        made.splice(made.indexOf(path), 1);
      }
    }
  }
}

/** Turns a clash of a file with a folder into the InputError that it is. */
function orConflict(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EISDIR' && code !== 'ENOTDIR' && code !== 'EEXIST') throw error;
    throw new InputError(`the tree has ${printable(path)} both as a file and as a folder`);
  }
}

/** Adds one regular file to a tree that others may be reading: whole or not at all. `part`: a free name beside the tree. */
export function addFile(root: string, path: string, content: Buffer, executable: boolean, part: string): void {
  const fault = pathFault(path);
  if (fault !== undefined) throw new Error(`path ${fault}`);
  const folder = join(root, dirname(path));
  mkdirSync(folder, { recursive: true });
  if (realpathSync.native(folder) !== folder) throw new InputError(`${printable(path)} lies behind a symbolic link`);
  writeFileSync(part, content, { mode: executable ? 0o755 : 0o644, flag: 'wx' });
  renameSync(part, join(root, path));
}

/** By the system's own resolution: Node's JavaScript one takes ".." behind a link for a step back in the name. */
function leadsInside(root: string, path: string): boolean {
  try {
    const real = realpathSync.native(join(root, path));
    return real.startsWith(realpathSync.native(root) + sep);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') return false;
    throw error;
  }
}
