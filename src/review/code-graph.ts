// SPDX-License-Identifier: GPL-2.0-or-later
// What an image and the text that it was made of say about files and functions: who calls whom, who includes what.
import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Image } from '../kernel/values.ts';
import { addressesTaken } from '../semantics/index.ts';
import type { Overlay, SourceTree } from '../tree/values.ts';

/** A file of the tree with what lies over it; undefined where there is none. */
async function textOf(tree: SourceTree, overlay: Overlay, path: string): Promise<string | undefined> {
  const laid = overlay.get(path);
  if (laid !== undefined) return laid?.toString('utf8');
  try {
    const full = await realpath(join(tree.root, path));
    return full.startsWith((await realpath(tree.root)) + sep) ? await readFile(full, 'utf8') : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Direct calls as the code has them, inlined ones too, and functions whose address the text of a function takes. */
export async function callGraph(image: Image, tree: SourceTree, overlay: Overlay): Promise<Record<string, string[]>> {
  const [{ Lines }, { readCalls }] = await Promise.all([
    import('../kernel/lines.ts'),
    import('../kernel/wasm-module.ts'),
  ]);
  const lines = Lines.load(image.linesFile);
  const graph = readCalls(await readFile(image.wasmFile));
  const add = (from: string, to: string): void => {
    const known = graph.get(from) ?? new Set<string>();
    graph.set(from, known.add(to));
  };
  for (const [holder, inlined] of lines.inlinedCalls()) add(holder, inlined);
  const isFunction = (name: string): boolean => graph.has(name);
  for (const path of lines.files.filter((file) => file.endsWith('.c') && !file.startsWith('machine:'))) {
    const text = await textOf(tree, overlay, path);
    if (text === undefined) continue;
    for (const [name, taken] of addressesTaken(text, isFunction)) for (const one of taken) add(name, one);
  }
  return Object.fromEntries(
    [...graph].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, all]) => [name, [...all].sort()]),
  );
}

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")/gm;

/** By header: the files that became code in the image and include it themselves. */
export async function includers(
  image: Image,
  tree: SourceTree,
  overlay: Overlay,
  headers: string[],
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>(headers.map((header) => [header, []]));
  if (headers.length === 0) return found;
  const { Lines } = await import('../kernel/lines.ts');
  for (const path of Lines.load(image.linesFile).files.filter((file) => !file.startsWith('machine:'))) {
    const text = await textOf(tree, overlay, path);
    if (text === undefined) continue;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    for (const [, system, own = ''] of text.matchAll(INCLUDE)) {
      const named = system === undefined ? [`${folder}${own}`, `include/${own}`] : [`include/${system}`];
      for (const header of named) found.get(header)?.push(path);
    }
  }
  return found;
}
