// SPDX-License-Identifier: GPL-2.0-or-later
// Kbuild Makefiles, as far as lists of objects go (Documentation/kbuild/makefiles.rst). In: a Makefile's text, symbols.
// Out: the objects and sub-folders that are built in. Nothing is executed; what is not a list of objects is passed over.
import { MAKEFILE_DEPTH_MAX, MAKEFILE_WORDS_MAX } from './limits.ts';

/** Lists by variable name with CONFIG_ symbols filled in: "obj-y", "mmu-y", "page-alloc-y". */
type Lists = Map<string, string[]>;

export interface KbuildObjects {
  /** Names without ".o", relative to the Makefile's folder. */
  objects: string[];
  /** Folders with a Makefile of their own, without the slash. */
  folders: string[];
}

/** What `obj-y`, `obj-m` and `lib-y` come to: composite objects resolved to their parts. */
export function kbuildObjects(makefile: string, symbols: ReadonlyMap<string, string>): KbuildObjects {
  const lists = readLists(makefile, symbols);
  const objects = new Set<string>();
  const folders = new Set<string>();
  let words = 0;
  const add = (word: string, depth: number): void => {
    if (depth > MAKEFILE_DEPTH_MAX || ++words > MAKEFILE_WORDS_MAX) return;
    const reference = /^\$\(([\w-]+)\)$/.exec(word);
    if (reference !== null) for (const part of lists.get(reference[1] as string) ?? []) add(part, depth + 1);
    else if (/^[\w.-]+\/$/.test(word)) folders.add(word.slice(0, -1));
    else if (/^[\w./-]+\.o$/.test(word) && !word.split('/').includes('..')) {
      const name = word.slice(0, -2);
      const parts = ['-y', '-m', '-objs'].flatMap((suffix) => lists.get(name + suffix) ?? []);
      if (parts.length === 0) objects.add(name);
      // A composite may name itself among its parts: then it is a source file.
      for (const part of parts) {
        if (part === word) objects.add(name);
        else add(part, depth + 1);
      }
    }
  };
  for (const list of ['obj-y', 'obj-m', 'lib-y']) for (const word of lists.get(list) ?? []) add(word, 0);
  return { objects: [...objects].sort(), folders: [...folders].sort() };
}

function readLists(makefile: string, symbols: ReadonlyMap<string, string>): Lists {
  const lists: Lists = new Map();
  const fill = (text: string) =>
    text.replace(/\$[({]CONFIG_(\w+)[)}]/g, (_, name: string) => (symbols.has(name) ? (symbols.get(name) ?? '') : ''));
  // Open conditionals: whether this branch is taken, and whether any before it was.
  const open: { taken: boolean; done: boolean }[] = [];
  for (const raw of makefile.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    const condition = /^(else\s+)?(ifdef|ifndef|ifeq|ifneq)\b\s*(.*)$/.exec(line);
    if (condition !== null) {
      const holds = evaluate(condition[2] as string, condition[3] as string, symbols, fill);
      const top = condition[1] === undefined ? undefined : open.pop();
      open.push({ taken: holds && !(top?.done ?? false), done: holds || (top?.done ?? false) });
    } else if (line === 'else') {
      const top = open.pop();
      if (top !== undefined) open.push({ taken: !top.done, done: true });
    } else if (line === 'endif') open.pop();
    else if (open.every(({ taken }) => taken)) {
      const assignment = /^([\w.${}()-]+?)\s*(\+=|:=|=|\?=)\s*(.*)$/.exec(line);
      if (assignment === null) continue;
      const [, name, operator, value] = assignment as unknown as [string, string, string, string];
      const key = fill(name);
      const words = fill(value)
        .split(/\s+/)
        .filter((word) => word !== '');
      if (operator === '?=' && lists.has(key)) continue;
      lists.set(key, operator === '+=' ? [...(lists.get(key) ?? []), ...words].slice(0, MAKEFILE_WORDS_MAX) : words);
    }
  }
  return lists;
}

function evaluate(
  kind: string,
  rest: string,
  symbols: ReadonlyMap<string, string>,
  fill: (text: string) => string,
): boolean {
  if (kind === 'ifdef' || kind === 'ifndef') {
    const on = symbols.has(rest.replace(/^CONFIG_/, ''));
    return kind === 'ifdef' ? on : !on;
  }
  const sides = /^\(\s*([^,]*?)\s*,\s*(.*?)\s*\)$/.exec(rest);
  const equal = sides !== null && fill(sides[1] ?? '') === fill(sides[2] ?? '');
  return kind === 'ifeq' ? equal : !equal;
}
