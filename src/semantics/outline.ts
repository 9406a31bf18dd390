// SPDX-License-Identifier: GPL-2.0-or-later
// C text -> its functions, types and macros, each with its lines and a hash of its tokens. The parser's tree is held
// against a second, bracket-only reading; what the parser did not see as that reading does is listed as unreadable.

import { createHash } from 'node:crypto';
import { limits } from './limits.ts';
import { cParser, type Node, withTree } from './parser.ts';
import { type Prepared, prepare } from './prepass.ts';
import type { Segment } from './segments.ts';
import { type Token, tokenize } from './tokens.ts';

export interface OutlineFunction {
  /** SYSCALL_DEFINE3(madvise, ...) is sys_madvise, COMPAT_SYSCALL_DEFINE compat_sys_...; else as written. */
  name: string;
  /** From the first token of the definition to its closing brace; lines from 1, both included. */
  startLine: number;
  endLine: number;
  /** Offset of the definition's first character, of its opening brace, and behind its closing brace. */
  start: number;
  bodyStart: number;
  end: number;
  /** Over the tokens of the whole definition, directives included: comments and white space do not count. */
  bodyHash: string;
  static: boolean;
}

export interface OutlineStruct {
  kind: 'struct' | 'union' | 'enum';
  name: string;
  startLine: number;
  endLine: number;
  hash: string;
}

export interface OutlineMacro {
  name: string;
  startLine: number;
  endLine: number;
  hash: string;
}

export interface OutlineUnreadable {
  /** The function concerned, if it is within one. */
  name?: string;
  startLine: number;
  endLine: number;
  why: string;
}

export interface Outline {
  functions: OutlineFunction[];
  structs: OutlineStruct[];
  macros: OutlineMacro[];
  unreadable: OutlineUnreadable[];
  /** Over all tokens that belong to none of the above: declarations, variables, includes, conditionals. */
  restHash: string;
  /** The file as a whole could not be read: no function and no struct is known. */
  failed?: true;
}

/** Outlines one C file. Never throws on bad C: see Outline.unreadable. */
export async function outline(source: string): Promise<Outline> {
  const bytes = source.length;
  if (bytes > limits.sourceBytesMax) return unreadableFile(source, `larger than ${limits.sourceBytesMax} bytes`, []);
  const prepared = prepare(source);
  const macros = macrosOf(source);
  if (typeof prepared === 'string') return unreadableFile(source, prepared, macros);
  const parser = await cParser();
  const read = withTree(parser, prepared.text, (root) => fromTree(prepared, root));
  if (read === undefined) return unreadableFile(source, 'the parser gave up', macros);
  return { ...read, macros, restHash: restHash(prepared, [...read.functions, ...read.structs, ...macros]) };
}

function unreadableFile(source: string, why: string, macros: OutlineMacro[]): Outline {
  const lines = source.split('\n').length;
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const unreadable = [{ startLine: 1, endLine: lines, why }];
  return { functions: [], structs: [], macros, unreadable, restHash: hash, failed: true };
}

function fromTree(prepared: Prepared, root: Node): Omit<Outline, 'macros' | 'restHash'> {
  const definitions = new Map<number, Node>();
  const structs: OutlineStruct[] = [];
  const errors: Node[] = [];
  collect(root, prepared, definitions, structs);
  if (root.hasError) collectErrors(root, errors);
  const unreadable: OutlineUnreadable[] = [];
  const functions: OutlineFunction[] = [];
  for (const segment of prepared.segments) {
    if (segment.kind !== 'function') continue;
    const made = functionOf(prepared, segment);
    functions.push(made);
    const node = definitions.get(made.bodyStart);
    const error = errors.find((candidate) => candidate.startIndex >= made.start && candidate.endIndex <= made.end);
    const why =
      node === undefined ? 'the parser sees no function here' : error && `the parser fails at line ${row(error)}`;
    if (why) unreadable.push({ name: made.name, startLine: made.startLine, endLine: made.endLine, why });
  }
  for (const error of errors) {
    if (functions.some((made) => error.startIndex >= made.start && error.endIndex <= made.end)) continue;
    unreadable.push({ startLine: row(error), endLine: error.endPosition.row + 1, why: 'the parser fails here' });
  }
  return { functions, structs, unreadable };
}

const row = (node: Node): number => node.startPosition.row + 1;

/** Function bodies by the offset of their opening brace; types with a body at the outermost level. */
function collect(node: Node, prepared: Prepared, bodies: Map<number, Node>, structs: OutlineStruct[]): void {
  for (const child of node.namedChildren) {
    if (child === null) continue;
    if (child.type === 'function_definition') {
      const body = child.childForFieldName('body');
      if (body !== null) bodies.set(body.startIndex, child);
      const type = child.childForFieldName('type');
      if (type?.childForFieldName('body')) structOf(type, type, prepared, structs);
    } else if (
      child.type === 'declaration' ||
      child.type === 'type_definition' ||
      child.type === 'linkage_specification'
    ) {
      const type = child.childForFieldName('type');
      if (type !== null) structOf(type, child, prepared, structs);
    } else if (child.type === 'ERROR') {
      collect(child, prepared, bodies, structs);
    } else {
      structOf(child, child, prepared, structs);
    }
  }
}

function structOf(type: Node, whole: Node, prepared: Prepared, structs: OutlineStruct[]): void {
  const kind = /^(struct|union|enum)_specifier$/.exec(type.type)?.[1] as OutlineStruct['kind'] | undefined;
  if (kind === undefined || type.childForFieldName('body') === null) return;
  const name = type.childForFieldName('name')?.text ?? whole.childForFieldName('declarator')?.text;
  if (name === undefined) return;
  const { startIndex, endIndex } = type;
  const hash = hashTokens(prepared, startIndex, endIndex);
  structs.push({ kind, name, startLine: row(type), endLine: type.endPosition.row + 1, hash });
}

function collectErrors(node: Node, errors: Node[]): void {
  for (const child of node.children) {
    if (child === null || !(child.hasError || child.isMissing)) continue;
    if (child.isError || child.isMissing) errors.push(child);
    else collectErrors(child, errors);
  }
}

function functionOf(prepared: Prepared, segment: Segment): OutlineFunction {
  const first = prepared.visible[segment.first] as Token;
  const open = prepared.visible[segment.open ?? segment.last] as Token;
  const last = prepared.visible[segment.last] as Token;
  const head = prepared.visible.slice(segment.first, segment.nameAt).map((token) => token.text);
  return {
    name: nameOf(segment),
    startLine: first.line,
    endLine: last.line,
    start: first.start,
    bodyStart: open.start,
    end: last.end,
    bodyHash: hashTokens(prepared, first.start, last.end),
    static: head.includes('static'),
  };
}

function nameOf({ name = '', macro }: Segment): string {
  if (macro === undefined) return name;
  if (/^COMPAT_SYSCALL_DEFINE\d$/.test(macro)) return `compat_sys_${name}`;
  return /SYSCALL_DEFINE\d$/.test(macro) ? `sys_${name}` : name;
}

/** Every "#define", object-like or function-like. */
function macrosOf(source: string): OutlineMacro[] {
  const { tokens, directives } = tokenize(source);
  return directives.flatMap((directive) => {
    const name = tokens[directive.first + 2]?.text;
    if (directive.keyword !== 'define' || name === undefined) return [];
    const text = tokens.slice(directive.first, directive.behind).map((token) => token.text);
    return [{ name, startLine: directive.startLine, endLine: directive.endLine, hash: digest(text) }];
  });
}

function hashTokens(prepared: Prepared, start: number, end: number): string {
  const { tokens } = prepared.all;
  const texts: string[] = [];
  for (let i = firstAt(tokens, start); i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token.start >= end) break;
    texts.push(token.text);
  }
  return digest(texts);
}

function firstAt(tokens: readonly Token[], start: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((tokens[middle] as Token).start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function restHash(prepared: Prepared, known: readonly { startLine: number; endLine: number }[]): string {
  const taken = new Uint8Array(prepared.all.lines + 2);
  for (const { startLine, endLine } of known) taken.fill(1, startLine, endLine + 1);
  return digest(prepared.all.tokens.filter((token) => taken[token.line] === 0).map((token) => token.text));
}

const digest = (texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16);
