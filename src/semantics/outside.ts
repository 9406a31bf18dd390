// SPDX-License-Identifier: GPL-2.0-or-later
// What lies between the functions of a C file, piece by piece: types with a body, and what the parser cannot read.

import { limits } from './limits.ts';
import type { OutlineFunction, OutlineStruct, OutlineUnreadable } from './outline.ts';
import { errorsOf, type Node, type Parser, withTree } from './parser.ts';
import type { Prepared } from './prepass.ts';

/** A type, with its place in the file. */
export interface PlacedStruct extends Omit<OutlineStruct, 'hash'> {
  start: number;
  end: number;
}

/** What was read of a text, lines from 0 and offsets from its start; undefined where the parser gave up. */
export interface Piece {
  structs: PlacedStruct[];
  unreadable: OutlineUnreadable[];
}

/** By text. */
export type Pieces = Map<string, Piece | undefined>;

/** In: a prepared file and its functions. Undefined where the parser gave up on a piece. */
export function readOutside(
  parser: Parser,
  { text, visible, all }: Prepared,
  functions: readonly OutlineFunction[],
  pieces: Pieces,
): Piece | undefined {
  const structs: PlacedStruct[] = [];
  const unreadable: OutlineUnreadable[] = [];
  let token = 0;
  let from = 0;
  let line = 1;
  for (const made of [...functions, undefined]) {
    const to = made?.start ?? text.length;
    const first = visible[token];
    if (first !== undefined && first.start < to) {
      const piece = pieceOf(parser, text.slice(from, to), pieces);
      if (piece === undefined) return undefined;
      const moved = <T extends { startLine: number; endLine: number }>(one: T): T => ({
        ...one,
        startLine: one.startLine + line,
        endLine: one.endLine + line,
      });
      for (const one of piece.structs) structs.push({ ...moved(one), start: one.start + from, end: one.end + from });
      unreadable.push(...piece.unreadable.map(moved));
    }
    if (made === undefined) break;
    from = made.end;
    line = made.endLine;
    while ((visible[token]?.start ?? text.length) < from) token += 1;
  }
  if (unreadable.length <= limits.errorsMax) return { structs, unreadable };
  const last = unreadable[limits.errorsMax - 1] as OutlineUnreadable;
  const rest = { ...last, endLine: all.lines, why: 'the parser fails from here on' };
  return { structs, unreadable: [...unreadable.slice(0, limits.errorsMax - 1), rest] };
}

function pieceOf(parser: Parser, text: string, pieces: Pieces): Piece | undefined {
  if (!pieces.has(text)) pieces.set(text, withTree(parser, text, readPiece));
  return pieces.get(text);
}

function readPiece(root: Node): Piece {
  const structs: PlacedStruct[] = [];
  const strays: OutlineUnreadable[] = [];
  for (const child of root.namedChildren) {
    const holds = child.type === 'declaration' || child.type === 'type_definition';
    const type = holds ? child.childForFieldName('type') : child;
    if (type !== null) structOf(type, child, structs);
    if (/^function_definition$|_statement$/.test(child.type) && child.type !== 'expression_statement') {
      const why = 'the parser sees code here that the brackets do not show';
      strays.push({ startLine: child.startPosition.row, endLine: child.endPosition.row, why });
    }
  }
  const errors = errorsOf(root, limits.errorsMax + 1).map(({ startPosition, endPosition }) => ({
    startLine: startPosition.row,
    endLine: endPosition.row,
    why: 'the parser fails here',
  }));
  return { structs, unreadable: [...errors, ...strays] };
}

function structOf(type: Node, whole: Node, structs: PlacedStruct[]): void {
  const kind = /^(struct|union|enum)_specifier$/.exec(type.type)?.[1] as OutlineStruct['kind'] | undefined;
  if (kind === undefined || type.childForFieldName('body') === null) return;
  const name = type.childForFieldName('name')?.text ?? whole.childForFieldName('declarator')?.text;
  if (name === undefined) return;
  const { startIndex: start, endIndex: end } = type;
  structs.push({ kind, name, startLine: type.startPosition.row, endLine: type.endPosition.row, start, end });
}
