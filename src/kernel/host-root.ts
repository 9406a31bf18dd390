// SPDX-License-Identifier: GPL-2.0-or-later
// One folder of the host, read only, with an overlay on top. In: relative paths as the compiler asks for them.
// Out: file contents, but never of anything that does not really lie under the folder: symbolic links are followed
// only to places inside it, and only regular files are opened.
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Overlay } from '../tree/values.ts';
import { SOURCE_FILE_BYTES } from './limits.ts';

/** What a relative path stands for. `real` is the path after symbolic links, relative to the same root. */
export type Entry = { kind: 'file'; real: string; size: number } | { kind: 'dir'; real: string };

const EMPTY: Overlay = new Map();

export class HostRoot {
  readonly root: string;
  readonly overlay: Overlay;
  readonly #overlayFolders = new Set<string>();
  readonly #folders = new Map<string, string | undefined>([['', '']]);
  readonly #entries = new Map<string, Entry | undefined>();
  readonly #contents = new Map<string, Buffer>();

  /** root: an existing folder of the host. overlay: files that differ from it. */
  constructor(root: string, overlay: Overlay = EMPTY) {
    this.root = realpathSync(root);
    this.overlay = overlay;
    for (const [file, content] of overlay) {
      if (content === null) continue;
      for (let at = file.lastIndexOf('/'); at > 0; at = file.lastIndexOf('/', at - 1)) {
        this.#overlayFolders.add(file.slice(0, at));
      }
    }
  }

  /** What lies at a normalised relative path ("" is the root itself); undefined where nothing (of ours) does. */
  lookup(relative: string): Entry | undefined {
    if (relative === '') return { kind: 'dir', real: '' };
    const known = this.#entries.get(relative);
    if (known !== undefined || this.#entries.has(relative)) return known;
    const entry = this.#find(relative);
    this.#entries.set(relative, entry);
    return entry;
  }

  /** The content of a file found by lookup(). Throws if it vanished since. */
  read(real: string): Buffer {
    const laid = this.overlay.get(real);
    if (laid) return laid;
    let content = this.#contents.get(real);
    if (content === undefined) {
      content = this.#readHost(real);
      this.#contents.set(real, content);
    }
    return content;
  }

  #readHost(real: string): Buffer {
    const file = openSync(path.join(this.root, real), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(file);
      if (size > SOURCE_FILE_BYTES) throw new Error(`${real}: larger than ${SOURCE_FILE_BYTES} bytes`);
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  }

  #find(relative: string): Entry | undefined {
    const folder = this.#folder(path.posix.dirname(relative).replace(/^\.$/, ''));
    if (folder === undefined) return undefined;
    const name = path.posix.basename(relative);
    return this.#at(folder === '' ? name : `${folder}/${name}`);
  }

  /** A path whose folder is already real. */
  #at(candidate: string): Entry | undefined {
    const laid = this.overlay.get(candidate);
    if (laid) return { kind: 'file', real: candidate, size: laid.length };
    if (this.#overlayFolders.has(candidate)) return { kind: 'dir', real: candidate };
    if (laid === null) return undefined;
    const stat = lstatSync(path.join(this.root, candidate), { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) return this.#throughLink(candidate);
    if (stat?.isDirectory()) return { kind: 'dir', real: candidate };
    if (stat?.isFile() && stat.size <= SOURCE_FILE_BYTES) return { kind: 'file', real: candidate, size: stat.size };
    return undefined;
  }

  #throughLink(candidate: string): Entry | undefined {
    let target: string;
    try {
      target = realpathSync(path.join(this.root, candidate));
    } catch {
      return undefined; // dangling, a loop, or a target we may not look at: for the compiler it does not exist
    }
    const real = path.relative(this.root, target);
    if (real === '..' || real.startsWith(`..${path.sep}`) || path.isAbsolute(real)) return undefined;
    return real === '' ? { kind: 'dir', real } : this.#at(real.split(path.sep).join('/'));
  }

  #folder(relative: string): string | undefined {
    if (this.#folders.has(relative)) return this.#folders.get(relative);
    const entry = this.#find(relative);
    const real = entry?.kind === 'dir' ? entry.real : undefined;
    this.#folders.set(relative, real);
    return real;
  }
}
