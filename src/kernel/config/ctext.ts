// SPDX-License-Identifier: GPL-2.0-or-later
// C text as tokens, for questions such as "does this header declare f with three parameters".
// In: text of a header or source. Out: tokens without comments; declarations found in them, in whatever #if branch.

/** One token of C. `directive` marks tokens of preprocessor lines; `depth` counts braces outside of them. */
export interface CToken {
  text: string;
  directive: boolean;
  depth: number;
}

const C_TOKEN =
  /(\n)|[ \t\r\f\v]+|\\\r?\n|\/\*[\s\S]*?(?:\*\/|$)|\/\/(?:[^\n\\]|\\[\s\S])*|("[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*"?|'[^'\\\n]*(?:\\[\s\S][^'\\\n]*)*'?|[A-Za-z_$][\w$]*|\.?\d(?:[eEpP][+-]|[\w.'])*|->|\.\.\.|##|[\s\S])/y;

/** Cuts C into tokens. Never fails: what is no token of C becomes one of a single character. */
export function cTokens(text: string): CToken[] {
  const tokens: CToken[] = [];
  let directive = false;
  let fresh = true;
  let depth = 0;
  // Brace depth at each open #if, so that both branches of `#if A f() { #else g() { #endif` end at the same depth.
  const branches: number[] = [];
  C_TOKEN.lastIndex = 0;
  while (C_TOKEN.lastIndex < text.length) {
    const match = C_TOKEN.exec(text);
    if (match === null) break;
    if (match[1] !== undefined) {
      directive = false;
      fresh = true;
      continue;
    }
    const token = match[2];
    if (token === undefined) continue;
    if (token === '#' && fresh) directive = true;
    fresh = false;
    if (!directive) {
      if (token === '}') depth = Math.max(0, depth - 1);
      tokens.push({ text: token, directive, depth });
      if (token === '{') depth++;
      continue;
    }
    tokens.push({ text: token, directive, depth });
    if (tokens[tokens.length - 2]?.text !== '#') continue;
    if (/^if(n?def)?$/.test(token)) branches.push(depth);
    else if (token === 'else' || token === 'elif') depth = branches[branches.length - 1] ?? depth;
    else if (token === 'endif') depth = branches.pop() ?? depth;
  }
  return tokens;
}

const NOT_A_TYPE = new Set(['return', 'else', 'do', 'case', 'goto', 'sizeof', 'typeof']);

/** Index of the ")" that closes the "(" at `open`, or -1. */
function closing(tokens: readonly CToken[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]?.text === '(') depth++;
    else if (tokens[i]?.text === ')' && --depth === 0) return i;
  }
  return -1;
}

/** Parameter lists of all declarations and definitions of a function at file level, each as token texts per parameter. */
export function declarationsOf(tokens: readonly CToken[], name: string): string[][][] {
  const found: string[][][] = [];
  for (let i = 1; i < tokens.length; i++) {
    const token = tokens[i] as CToken;
    const before = tokens[i - 1] as CToken;
    if (token.text !== name || token.directive || token.depth !== 0 || tokens[i + 1]?.text !== '(') continue;
    if (before.directive || !(before.text === '*' || /^[A-Za-z_]/.test(before.text)) || NOT_A_TYPE.has(before.text))
      continue;
    const end = closing(tokens, i + 1);
    if (end >= 0) found.push(parameters(tokens.slice(i + 2, end)));
  }
  return found;
}

function parameters(tokens: readonly CToken[]): string[][] {
  const list: string[][] = [[]];
  let depth = 0;
  for (const { text } of tokens) {
    if (text === '(' || text === '[') depth++;
    else if (text === ')' || text === ']') depth--;
    if (text === ',' && depth === 0) list.push([]);
    else list[list.length - 1]?.push(text);
  }
  const only = list.length === 1 ? list[0]?.join(' ') : undefined;
  return only === '' || only === 'void' ? [] : list;
}

/** True where a `#define NAME` stands. */
export function definesMacro(tokens: readonly CToken[], name: string): boolean {
  return tokens.some(
    (token, i) =>
      token.directive && token.text === name && tokens[i - 1]?.text === 'define' && tokens[i - 2]?.text === '#',
  );
}

/** Token texts of the bodies of `struct NAME { ... }`, `union` or `enum`. */
export function bodiesOf(tokens: readonly CToken[], kind: 'struct' | 'union' | 'enum', name: string): string[][] {
  const bodies: string[][] = [];
  for (let i = 0; i + 2 < tokens.length; i++) {
    if (tokens[i]?.text !== kind || tokens[i + 1]?.text !== name || tokens[i + 2]?.text !== '{') continue;
    const depth = tokens[i + 2]?.depth ?? 0;
    const body: string[] = [];
    for (let j = i + 3; j < tokens.length; j++) {
      const token = tokens[j] as CToken;
      if (token.text === '}' && !token.directive && token.depth === depth) break;
      if (!token.directive) body.push(token.text);
    }
    bodies.push(body);
  }
  return bodies;
}

/** True where a body declares a member: `m;` `m[4];` `m : 1;` `(*m)(...)`, and enumerators; parameters do not count. */
export function hasMember(body: readonly string[], member: string): boolean {
  // For each open "(": whether it holds parameters rather than a declarator such as (*m).
  const open: boolean[] = [];
  for (let i = 0; i < body.length; i++) {
    const text = body[i] as string;
    if (text === '(') open.push(body[i + 1] !== '*' || open.includes(true));
    else if (text === ')') open.pop();
    else if (text === member && !open.includes(true) && /^(?:[;,:[)=]|__\w+)$/.test(body[i + 1] ?? ',')) return true;
  }
  return false;
}

/** True where the token texts of `phrase` stand one after the other. */
export function hasPhrase(texts: readonly string[], phrase: readonly string[]): boolean {
  if (phrase.length === 0) return false;
  for (let i = texts.indexOf(phrase[0] as string); i >= 0; i = texts.indexOf(phrase[0] as string, i + 1))
    if (phrase.every((text, k) => texts[i + k] === text)) return true;
  return false;
}
