// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to an archive, counted: what a mail names is looked up so many times and no more.
import { MAX_LOOKUPS } from './limits.ts';
import type { Library, Message } from './values.ts';

export interface BoundedLibrary extends Library {
  /** Questions that may still be asked. */
  left(): number;
}

/** A library that answers so many questions and no more, and the same one once. */
export function boundedLibrary(library: Library): BoundedLibrary {
  const { search, all } = library;
  const known = new Map<string, Promise<Message[] | undefined>>();
  let left = MAX_LOOKUPS;
  const ask = <T extends Message[] | undefined>(key: string, question: () => Promise<T>, nothing: T): Promise<T> => {
    if (!known.has(key)) {
      if (left === 0) return Promise.resolve(nothing);
      left--;
      known.set(key, question());
    }
    return known.get(key) as Promise<T>;
  };
  return {
    name: library.name,
    left: () => left,
    thread: (id) => ask(`<${id}>`, () => library.thread(id), undefined),
    ...(search ? { search: (query) => ask(query, () => search(query), []) } : {}),
    ...(all ? { all: () => (left > 0 && left-- ? all() : none()) } : {}),
  };
}

async function* none(): AsyncGenerator<Message> {}
