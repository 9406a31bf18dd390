// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel C -> C that a parser without a preprocessor reads, of the same length: every offset and line stays.
// Directives, annotations and declaring macros become blanks; SYSCALL_DEFINEn(), loop macros and types as macro
// arguments are rewritten in place.

import { visibleTokens } from './conditionals.ts';
import { limits } from './limits.ts';
import { type Pairs, pairBrackets, type Segment, segments } from './segments.ts';
import type { Token, Tokens } from './tokens.ts';
import { builtinTypes, isAnnotation, isLoopMacro, isShouted, keywords, storage, takesArguments } from './words.ts';

export interface Prepared {
  /** Same length and same line ends as the source. */
  text: string;
  all: Tokens;
  /** The tokens that are left of it, before rewriting. */
  visible: Token[];
  segments: Segment[];
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Prepares one file. A string says why it cannot be: unbalanced or too deep brackets. */
export function prepare(all: Tokens): Prepared | string {
  const kept = visibleTokens(all);
  const edits: Edit[] = all.directives.map(({ start, end }) => ({ start, end, text: '' }));
  const shown = all.tokens.filter((token, i) => {
    if (!kept[i] && token.directive < 0) edits.push({ start: token.start, end: token.end, text: '' });
    return kept[i];
  });
  const visible = dropAnnotations(shown, edits);
  const pairs = pairBrackets(visible, limits.nestingMax);
  if (typeof pairs === 'string') return pairs;
  const found = segments(visible, pairs);
  for (const segment of found) {
    if (segment.kind === 'invocation') blank(visible, segment.first, segment.last, edits);
    if (segment.kind === 'other') rewriteMembers(visible, pairs, segment, edits);
    if (segment.kind === 'function') {
      rewriteHead(visible, pairs, segment, edits);
      rewriteBody(visible, pairs, segment, edits);
    }
  }
  return { text: apply(all.source, edits), all, visible, segments: found };
}

function dropAnnotations(tokens: readonly Token[], edits: Edit[]): Token[] {
  const left: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if (token.kind !== 'word' || !isAnnotation(token.text)) {
      left.push(token);
      continue;
    }
    let last = i;
    if (takesArguments(token.text) && tokens[i + 1]?.text === '(') {
      let depth = 0;
      for (last = i + 1; last < tokens.length; last++) {
        if (tokens[last]?.text === '(') depth += 1;
        else if (tokens[last]?.text === ')' && --depth === 0) break;
      }
    }
    blank(tokens, i, Math.min(last, tokens.length - 1), edits);
    i = last;
  }
  return left;
}

function blank(tokens: readonly Token[], first: number, last: number, edits: Edit[]): void {
  for (let i = first; i <= last; i++) {
    const token = tokens[i];
    if (token !== undefined) edits.push({ start: token.start, end: token.end, text: '' });
  }
}

/** Before a function's name, WORD(...) is an attribute, and of several type words in a row only the last can be its type. */
function dropUnknownAttributes(
  tokens: readonly Token[],
  pairs: Pairs,
  first: number,
  nameAt: number,
  edits: Edit[],
): void {
  let typeFound = false;
  for (let i = nameAt - 1; i >= first; i--) {
    const token = tokens[i] as Token;
    const opener = token.text === ')' ? pairs.get(i) : undefined;
    if (opener !== undefined && opener > first) {
      blank(tokens, opener - 1, i, edits);
      i = opener - 1;
    }
    if (token.kind !== 'word' || storage.has(token.text)) continue;
    const isTag = /^(struct|union|enum)$/.test(tokens[i - 1]?.text ?? '');
    if (typeFound && !builtinTypes.has(token.text)) edits.push({ start: token.start, end: token.end, text: '' });
    typeFound = true;
    if (isTag) i -= 1;
  }
}

/** In type bodies: SHOUTED(...); declares a member nobody can read, SHOUTED(...), an enumerator. */
function rewriteMembers(tokens: readonly Token[], pairs: Pairs, segment: Segment, edits: Edit[]): void {
  for (let i = segment.first + 1; i < segment.last; i++) {
    const token = tokens[i] as Token;
    const before = tokens[i - 1]?.text;
    if (token.kind !== 'word' || !isShouted(token.text) || tokens[i + 1]?.text !== '(') continue;
    if (before !== '{' && before !== ';' && before !== ',' && before !== '}') continue;
    const close = pairs.get(i + 1) ?? i + 1;
    const next = tokens[close + 1]?.text;
    if (next === ';') blank(tokens, i, close + 1, edits);
    else if (next === ',' || next === '}') blank(tokens, i + 1, close, edits);
    i = close;
  }
}

/** Makes `int name() {` of SYSCALL_DEFINE3(name, ...) { and drops what stands between parameters and body. */
function rewriteHead(tokens: readonly Token[], pairs: Pairs, segment: Segment, edits: Edit[]): void {
  const { nameAt = segment.first, open = segment.last } = segment;
  if (tokens[nameAt - 1]?.text === '*' && tokens[nameAt - 2]?.text === '(') return;
  if (segment.macro === undefined) {
    const close = pairs.get(nameAt + 1) ?? open - 1;
    blank(tokens, close + 1, open - 1, edits);
    dropUnknownAttributes(tokens, pairs, segment.first, nameAt, edits);
    return;
  }
  const macro = tokens[segment.first] as Token;
  const close = tokens[open - 1] as Token;
  const text = `int ${segment.name}()`;
  if (text.length <= close.end - macro.start) {
    blank(tokens, segment.first + 1, open - 1, edits);
    edits.push({ start: macro.start, end: Math.max(macro.end, macro.start + text.length), text });
  }
}

function rewriteBody(tokens: readonly Token[], pairs: Pairs, segment: Segment, edits: Edit[]): void {
  for (let i = (segment.open ?? segment.last) + 1; i < segment.last; i++) {
    const token = tokens[i] as Token;
    if (token.text === '(' || token.text === ',') {
      i = rewriteTypeArgument(tokens, i, edits);
    } else if (token.text === 'auto' && tokens[i + 1]?.kind === 'word') {
      edits.push({ start: token.start, end: token.end, text: 'int' });
    } else if (token.text === 'static' && isShouted(tokens[i + 1]?.text ?? '') && tokens[i + 2]?.text === '(') {
      edits.push({ start: token.start, end: token.end, text: '' });
    } else if (token.kind === 'word' && tokens[i + 1]?.text === '(') {
      if (token.text === 'typeof' || token.text === '__typeof__') {
        const close = pairs.get(i + 1) ?? i + 1;
        edits.push({ start: token.start, end: token.end, text: 'int' });
        blank(tokens, i + 1, close, edits);
        i = close;
      } else if (!keywords.has(token.text) && headsStatement(tokens, pairs, i)) {
        const text = token.text.length >= 5 ? 'while' : 'if';
        edits.push({ start: token.start, end: token.end, text });
      }
    }
  }
}

/** WORD(...) followed by a block or a statement: a loop or a scope by macro. */
function headsStatement(tokens: readonly Token[], pairs: Pairs, at: number): boolean {
  const next = tokens[(pairs.get(at + 1) ?? at) + 1];
  if (next === undefined) return false;
  if (next.text === '{') return true;
  // do { ... } for_each_thing(...);
  if (next.text === ';') {
    const opener = tokens[at - 1]?.text === '}' ? pairs.get(at - 1) : undefined;
    return opener !== undefined && tokens[opener - 1]?.text === 'do';
  }
  return (next.kind === 'word' || next.text === '*') && isLoopMacro(tokens[at]?.text ?? '');
}

/** A macro argument that begins with a type's keyword becomes one short name. Returns the last token read. */
function rewriteTypeArgument(tokens: readonly Token[], at: number, edits: Edit[]): number {
  const opener = tokens[at] as Token;
  const before = tokens[at - 1];
  if (opener.text === '(' && (before?.kind !== 'word' || (keywords.has(before.text) && before.text !== 'sizeof')))
    return at;
  if (!builtinTypes.has(tokens[at + 1]?.text ?? '')) return at;
  let end = at + 1;
  while (tokens[end]?.kind === 'word' || tokens[end]?.text === '*') end += 1;
  if (tokens[end]?.text !== ',' && tokens[end]?.text !== ')') return at;
  blank(tokens, at + 2, end - 1, edits);
  const first = tokens[at + 1] as Token;
  edits.push({ start: first.start, end: first.end, text: 'T' });
  return end - 1;
}

/** Applies edits; each leaves its text, padded with blanks, line ends kept. A later edit at the same place wins. */
function apply(source: string, edits: readonly Edit[]): string {
  const out: string[] = [];
  let at = 0;
  const latest = new Map(edits.map((edit) => [edit.start, edit]));
  for (const edit of [...latest.values()].sort((a, b) => a.start - b.start)) {
    if (edit.start < at) continue;
    const old = source.slice(edit.start, edit.end);
    out.push(source.slice(at, edit.start), edit.text, old.slice(edit.text.length).replace(/[^\n]/g, ' '));
    at = edit.end;
  }
  out.push(source.slice(at));
  return out.join('');
}
