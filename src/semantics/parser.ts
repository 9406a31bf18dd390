// SPDX-License-Identifier: GPL-2.0-or-later
// The C parser: tree-sitter's C grammar in WebAssembly, loaded once per process.

import { createRequire } from 'node:module';
import { Language, type Node, Parser, type Tree } from 'web-tree-sitter';
import { limits } from './limits.ts';

export type { Node, Parser };

let loading: Promise<Parser> | undefined;

/** The parser, loaded at first use. */
export function cParser(): Promise<Parser> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Parser> {
  const resolve = createRequire(import.meta.url).resolve;
  await Parser.init();
  const language = await Language.load(resolve('tree-sitter-c/tree-sitter-c.wasm'));
  const parser = new Parser();
  parser.setLanguage(language);
  return parser;
}

/** Parses prepared text and hands the root to `read`; undefined where the parser gave up within its limits. */
export function withTree<T>(parser: Parser, text: string, read: (root: Node) => T): T | undefined {
  let steps = 0;
  const tree: Tree | null = parser.parse(text, null, { progressCallback: () => ++steps > limits.parseStepsMax });
  if (tree === null) {
    parser.reset();
    return undefined;
  }
  try {
    return read(tree.rootNode);
  } finally {
    tree.delete();
  }
}

/** The places where the parser failed, in order; at most so many. Iterative: hostile C nests deep. */
export function errorsOf(root: Node, most: number): Node[] {
  const errors: Node[] = [];
  const open: Node[] = root.hasError ? [root] : [];
  for (let node = open.pop(); node !== undefined && errors.length < most; node = open.pop()) {
    if (node.isError || node.isMissing) errors.push(node);
    else open.push(...node.children.filter((child) => child.hasError || child.isMissing).reverse());
  }
  return errors;
}
