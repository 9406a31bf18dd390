// SPDX-License-Identifier: GPL-2.0-or-later
// The object cache. In: what is to be compiled (arguments) and the sources as they are now. Out: the object of an
// earlier run that read exactly this. A run is known by its arguments; under it lie manifests, each the list of every
// file that one run read (by content hash), saw to exist, or probed in vain; the first manifest that still holds names
// the object. No compiler and no preprocessor runs for a look-up.
import { MANIFEST_ENTRIES } from './limits.ts';
import { keyOf, type Store } from './store.ts';
import { COMPILER, type Sources } from './vfs.ts';

/** Changes with the form of manifests and contents: entries of another form are never looked at. */
const FORMAT = 2;

/** What is known of a run's result without reading it. */
export interface Found<Meta> {
  /** Hash of arguments and dependencies: equal keys, equal content. */
  key: string;
  meta: Meta;
  /** What it read, saw to exist, or probed in vain. */
  dependencies: [string, string][];
}

export class ObjectCache<Meta> {
  readonly #store: Store;
  readonly #kind: string;
  readonly #sources: Sources;
  readonly #holds = new Map<string, boolean>();

  /** kind: name of the sort of content ("objects"), so that different sorts never meet. */
  constructor(store: Store, kind: string, sources: Sources) {
    this.#store = store;
    this.#kind = `${kind}-${FORMAT}`;
    this.#sources = sources;
  }

  /** An earlier run with these arguments (keyOf of them) that read what is there now, and whose content is there. */
  find(run: string): Found<Meta> | undefined {
    for (const entry of this.#store.list(`${this.#kind}-manifests`, run)) {
      const text = this.#store.get(`${this.#kind}-manifests`, entry);
      if (!text) continue;
      const { key, meta, dependencies } = JSON.parse(text.toString('utf8')) as Found<Meta>;
      if (!dependencies.every(([file, seen]) => this.#matches(file, seen))) continue;
      if (this.#store.has(this.#kind, key)) return { key, meta, dependencies };
    }
    return undefined;
  }

  /** Marks a content as used now. */
  use(key: string): void {
    this.#store.has(this.#kind, key);
  }

  /** The content under a key; undefined where it was swept or damaged. */
  load(key: string): Uint8Array | undefined {
    return this.#store.get(this.#kind, key);
  }

  /** Keeps what a run made. */
  keep(run: string, dependencies: [string, string][], meta: Meta, content: Uint8Array): Found<Meta> {
    const distinct = new Map(dependencies.filter(([file]) => !isOurs(file)));
    const relevant = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1));
    const key = keyOf(run, relevant);
    this.#store.put(this.#kind, key, content);
    const manifest: Found<Meta> = { key, meta, dependencies: relevant };
    const kind = `${this.#kind}-manifests`;
    this.#store.put(kind, `${run}-${key}`, Buffer.from(JSON.stringify(manifest)));
    for (const old of this.#store.list(kind, run).slice(MANIFEST_ENTRIES)) this.#store.remove(kind, old);
    return manifest;
  }

  #matches(file: string, seen: string): boolean {
    const question = `${seen}${file}`;
    let holds = this.#holds.get(question);
    if (holds === undefined) {
      const node = this.#sources.lookup(file);
      if (seen === '-') holds = node === undefined;
      else if (seen === '+') holds = node?.kind === 'file';
      else holds = node?.kind === 'file' && this.#sources.hash(node.id) === seen;
      this.#holds.set(question, holds);
    }
    return holds;
  }
}

/** The precompiled header is in the arguments by its own key. */
function isOurs(file: string): boolean {
  return file.startsWith(`${COMPILER}/`);
}
