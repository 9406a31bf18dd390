// SPDX-License-Identifier: GPL-2.0-or-later
// One function of a prepared file -> its syntax tree as plain values, which outlive the parser's own.

import type { OutlineFunction, OutlineUnreadable } from './outline.ts';
import { errorsOf, type Node, type Parser, withTree } from './parser.ts';
import type { Prepared } from './prepass.ts';

export interface Syntax {
  /** tree-sitter-c's name of the node. */
  type: string;
  /** What it is to its parent: "left", "body", ...; empty where the grammar gives no name. */
  field: string;
  /** Offsets in the file. */
  start: number;
  end: number;
  /** From 1, in the file. */
  line: number;
  parent?: Syntax;
  children: Syntax[];
}

/** A function's tree, or why the parser does not see exactly this function without an error. */
export function syntaxOf(parser: Parser, prepared: Prepared, made: OutlineFunction): Syntax | string {
  return read(parser, prepared, made, (root) => plain(root, made));
}

/** Nothing where the parser reads the function. */
export function unreadableFunction(parser: Parser, prepared: Prepared, made: OutlineFunction): OutlineUnreadable[] {
  const why = read(parser, prepared, made, () => true);
  const { name, startLine, endLine } = made;
  return typeof why === 'string' ? [{ name, startLine, endLine, why }] : [];
}

function read<T>(parser: Parser, { text }: Prepared, made: OutlineFunction, take: (root: Node) => T): T | string {
  const { startLine, start, bodyStart, end } = made;
  const result = withTree(parser, text.slice(start, end), (root): T | string => {
    const [error] = errorsOf(root, 1);
    if (error !== undefined) return `the parser fails at line ${startLine + error.startPosition.row}`;
    const body = root.namedChildren[0]?.childForFieldName('body');
    return body?.startIndex === bodyStart - start ? take(root) : 'the parser sees no function here';
  });
  return result ?? 'the parser gave up';
}

/** Iterative: hostile C nests deep. */
function plain(root: Node, { start, startLine }: OutlineFunction): Syntax {
  const cursor = root.walk();
  const here = (parent?: Syntax): Syntax => ({
    type: cursor.nodeType,
    field: cursor.currentFieldName ?? '',
    start: start + cursor.startIndex,
    end: start + cursor.endIndex,
    line: startLine + cursor.startPosition.row,
    ...(parent === undefined ? {} : { parent }),
    children: [],
  });
  try {
    const top = here();
    let node = top;
    for (;;) {
      if (cursor.gotoFirstChild()) {
        const child = here(node);
        node.children.push(child);
        node = child;
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (!cursor.gotoParent() || node.parent === undefined) return top;
        node = node.parent;
      }
      const parent = node.parent;
      if (parent === undefined) return top;
      const sibling = here(parent);
      parent.children.push(sibling);
      node = sibling;
    }
  } finally {
    cursor.delete();
  }
}

/** All nodes of a tree, in the order of the text. */
export function* nodesOf(top: Syntax): Generator<Syntax> {
  const open = [top];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node;
    for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i] as Syntax);
  }
}

/** The child that is this to its parent. */
export const part = (node: Syntax, field: string): Syntax | undefined =>
  node.children.find((child) => child.field === field);
