// SPDX-License-Identifier: GPL-2.0-or-later
// The list of all files of a fetched tree, materialised or not: one line each, "kind TAB size TAB where TAB path".
// Kind: f file, x executable, l symbolic link. Where: offset in the unpacked archive, or git's blob id.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ListedFile {
  kind: 'f' | 'x' | 'l';
  /** In bytes; 0 where git did not say. */
  size: number;
  where: string;
  path: string;
}

export const LIST_FILE = 'files.tsv';

/** One line of the list. The path must have passed pathFault (no tab, no line end). */
export function listLine(file: ListedFile): string {
  return `${file.kind}\t${file.size}\t${file.where}\t${file.path}\n`;
}

/** Looks paths up in a list. It is taken apart at the first question: 95,000 lines in some 60 ms, then no cost. */
export class FileList {
  readonly #text: string;
  #places: Map<string, number> | undefined;
  #folders = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  static read(folder: string): FileList {
    return new FileList(readFileSync(join(folder, LIST_FILE), 'utf8'));
  }

  find(path: string): ListedFile | undefined {
    const at = this.#index().get(path);
    if (at === undefined) return undefined;
    const [kind, size, where] = this.#text.slice(at, this.#text.indexOf('\n', at)).split('\t');
    return { kind: kind as ListedFile['kind'], size: Number(size), where: where ?? '', path };
  }

  hasFolder(path: string): boolean {
    this.#index();
    return this.#folders.has(path);
  }

  #index(): Map<string, number> {
    if (this.#places) return this.#places;
    this.#places = new Map();
    const text = this.#text;
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at);
      const path = text.slice(text.lastIndexOf('\t', end) + 1, end);
      this.#places.set(path, at);
      for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
        const folder = path.slice(0, slash);
        if (this.#folders.has(folder)) break;
        this.#folders.add(folder);
      }
      at = end + 1;
    }
    return this.#places;
  }
}
