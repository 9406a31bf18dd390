// SPDX-License-Identifier: GPL-2.0-or-later
// C text -> its functions, types and macros, each with its lines and a hash of its tokens. Extents come from brackets
// (segments.ts); the parser reads each function and all that lies between them, and what it cannot read as what the
// brackets say it is, is listed as unreadable.

import { createHash } from 'node:crypto';
import { limits } from './limits.ts';
import { cParser, type Node, type Parser, withTree } from './parser.ts';
import { type Prepared, prepare } from './prepass.ts';
import type { Segment } from './segments.ts';
import { type Token, type Tokens, tokenize } from './tokens.ts';

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

export interface OutlineOptions {
  /** The file's tokens, where the caller has them already. */
  tokens?: Tokens;
  /** Which functions the parser reads, all by default; of the others only extent and hash are told, never readability. */
  parse?: (made: OutlineFunction) => boolean;
}

/** Outlines one C file. Never throws on bad C: see Outline.unreadable. */
export async function outline(source: string, options: OutlineOptions = {}): Promise<Outline> {
  const { tokens = tokenize(source), parse = () => true } = options;
  const macros = macrosOf(tokens);
  if (source.length > limits.sourceBytesMax) {
    return unreadableFile(tokens, `larger than ${limits.sourceBytesMax} bytes`, macros);
  }
  const prepared = prepare(tokens);
  if (typeof prepared === 'string') return unreadableFile(tokens, prepared, macros);
  const parser = await cParser();
  const functions = prepared.segments
    .filter((segment) => segment.kind === 'function')
    .map((segment) => functionOf(prepared, segment));
  const unreadable = functions.flatMap((made) => (parse(made) ? unreadableFunction(parser, prepared, made) : []));
  const outside = withTree(parser, withoutFunctions(prepared, functions), (root) => readOutside(root, prepared));
  if (outside === undefined) return unreadableFile(tokens, 'the parser gave up', macros);
  const { structs } = outside;
  const rest = restHash(prepared, [...functions, ...structs, ...macros]);
  return { functions, structs, macros, unreadable: [...unreadable, ...outside.unreadable], restHash: rest };
}

function unreadableFile(tokens: Tokens, why: string, macros: OutlineMacro[]): Outline {
  const unreadable = [{ startLine: 1, endLine: tokens.lines, why }];
  const hash = digest(tokens.tokens.map((token) => token.text));
  return { functions: [], structs: [], macros, unreadable, restHash: hash, failed: true };
}

/** Nothing where the parser sees exactly this function and no error in it. */
function unreadableFunction(parser: Parser, prepared: Prepared, made: OutlineFunction): OutlineUnreadable[] {
  const { name, startLine, endLine, start, bodyStart, end } = made;
  const text = prepared.text.slice(start, end);
  const why = withTree(parser, text, (root) => {
    const [error] = errorsOf(root);
    if (error !== undefined) return `the parser fails at line ${startLine + error.startPosition.row}`;
    const body = root.namedChildren[0]?.childForFieldName('body');
    return body?.startIndex === bodyStart - start ? '' : 'the parser sees no function here';
  });
  return why === '' ? [] : [{ name, startLine, endLine, why: why ?? 'the parser gave up' }];
}

function withoutFunctions({ text }: Prepared, functions: readonly OutlineFunction[]): string {
  const out: string[] = [];
  let at = 0;
  for (const { start, end } of functions) {
    out.push(
      text.slice(at, start),
      text.slice(start, end).replace(/[^\n]+/g, (run) => ' '.repeat(run.length)),
    );
    at = end;
  }
  out.push(text.slice(at));
  return out.join('');
}

const row = (node: Node): number => node.startPosition.row + 1;

/** Types with a body at the outermost level, and what the parser cannot read there. */
function readOutside(root: Node, prepared: Prepared): Pick<Outline, 'structs' | 'unreadable'> {
  const structs: OutlineStruct[] = [];
  const strays: OutlineUnreadable[] = [];
  for (const child of root.namedChildren) {
    const holds = child.type === 'declaration' || child.type === 'type_definition';
    const type = holds ? child.childForFieldName('type') : child;
    if (type !== null) structOf(type, child, prepared, structs);
    if (/^function_definition$|_statement$/.test(child.type) && child.type !== 'expression_statement') {
      const why = 'the parser sees code here that the brackets do not show';
      strays.push({ startLine: row(child), endLine: child.endPosition.row + 1, why });
    }
  }
  const errors = errorsOf(root);
  const many = errors.length === limits.errorsMax;
  const unreadable = errors.map((error, i) => {
    const rest = many && i === errors.length - 1;
    const endLine = (rest ? root.endPosition : error.endPosition).row + 1;
    return { startLine: row(error), endLine, why: rest ? 'the parser fails from here on' : 'the parser fails here' };
  });
  return { structs, unreadable: [...unreadable, ...strays.slice(0, limits.errorsMax)] };
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

/** The places of errors, in order; at most limits.errorsMax. Iterative: hostile C nests deep. */
function errorsOf(root: Node): Node[] {
  const errors: Node[] = [];
  const open: Node[] = root.hasError ? [root] : [];
  for (let node = open.pop(); node !== undefined && errors.length < limits.errorsMax; node = open.pop()) {
    if (node.isError || node.isMissing) errors.push(node);
    else open.push(...node.children.filter((child) => child.hasError || child.isMissing).reverse());
  }
  return errors;
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
function macrosOf({ tokens, directives }: Tokens): OutlineMacro[] {
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
