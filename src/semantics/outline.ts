// SPDX-License-Identifier: GPL-2.0-or-later
// C text -> its functions, types and macros, each with its lines and a hash of its tokens. Extents come from brackets
// (segments.ts); the parser reads each function and all that lies between them, and what it cannot read as what the
// brackets say it is, is listed as unreadable.

import { createHash } from 'node:crypto';
import { limits } from './limits.ts';
import { type Pieces, readOutside } from './outside.ts';
import { cParser } from './parser.ts';
import { type Prepared, prepare } from './prepass.ts';
import type { Segment } from './segments.ts';
import { unreadableFunction } from './syntax.ts';
import { firstTokenAt, type Token, type Tokens, tokenize } from './tokens.ts';

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
  /** What prepare() made of them, where the caller has that too. */
  prepared?: Prepared | string;
  /** Which functions the parser reads, all by default; of the others only extent and hash are told, never readability. */
  parse?: (made: OutlineFunction) => boolean;
  /** What lies between functions, as it was read before: versions of one file share most of it. */
  pieces?: Pieces;
}

/** Outlines one C file. Never throws on bad C: see Outline.unreadable. */
export async function outline(source: string, options: OutlineOptions = {}): Promise<Outline> {
  const { tokens = tokenize(source), parse = () => true } = options;
  const macros = macrosOf(tokens);
  if (source.length > limits.sourceBytesMax) {
    return unreadableFile(tokens, `larger than ${limits.sourceBytesMax} bytes`, macros);
  }
  const prepared = options.prepared ?? prepare(tokens);
  if (typeof prepared === 'string') return unreadableFile(tokens, prepared, macros);
  const parser = await cParser();
  const functions = prepared.segments
    .filter((segment) => segment.kind === 'function')
    .map((segment) => functionOf(prepared, segment));
  const unreadable = functions.flatMap((made) => (parse(made) ? unreadableFunction(parser, prepared, made) : []));
  const outside = readOutside(parser, prepared, functions, options.pieces ?? new Map());
  if (outside === undefined) return unreadableFile(tokens, 'the parser gave up', macros);
  const structs = outside.structs.map(({ kind, name, startLine, endLine, start, end }) => {
    return { kind, name, startLine, endLine, hash: hashTokens(prepared, start, end) };
  });
  const rest = restHash(prepared, [...functions, ...structs, ...macros]);
  return { functions, structs, macros, unreadable: [...unreadable, ...outside.unreadable], restHash: rest };
}

function unreadableFile(tokens: Tokens, why: string, macros: OutlineMacro[]): Outline {
  const unreadable = [{ startLine: 1, endLine: tokens.lines, why }];
  const hash = digest(tokens.tokens.map((token) => token.text));
  return { functions: [], structs: [], macros, unreadable, restHash: hash, failed: true };
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
  for (let i = firstTokenAt(tokens, start); i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token.start >= end) break;
    texts.push(token.text);
  }
  return digest(texts);
}

function restHash(prepared: Prepared, known: readonly { startLine: number; endLine: number }[]): string {
  const taken = new Uint8Array(prepared.all.lines + 2);
  for (const { startLine, endLine } of known) taken.fill(1, startLine, endLine + 1);
  return digest(prepared.all.tokens.filter((token) => taken[token.line] === 0).map((token) => token.text));
}

const digest = (texts: readonly string[]): string =>
  createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16);
