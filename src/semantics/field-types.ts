// SPDX-License-Identifier: GPL-2.0-or-later
// What the members of structs point to, and what functions return, read from C text: enough to know that the field in
// vma->vm_mm->mm_users is one of mm_struct.

import type { Token, Tokens } from './tokens.ts';

/** Names of struct and union types, of variables, members and calls whose type is one of them or points to one. */
export interface FieldTypes {
  /** struct -> member -> struct. Members of anonymous structs and unions belong to the one around them. */
  members: Map<string, Map<string, string>>;
  /** function -> struct of what it returns. */
  returns: Map<string, string>;
}

/** Headers that hold the structs and accessors that everything else uses; those that a tree lacks do not matter. */
export const TYPE_HEADERS = [
  ...['include/linux/mm_types.h', 'include/linux/mm.h', 'include/linux/rmap.h', 'include/linux/pagewalk.h'],
  ...['include/linux/huge_mm.h', 'include/linux/pagemap.h', 'mm/internal.h', 'mm/vma.h', 'mm/swap.h'],
];

/** A table with what headers outside of the memory management say. */
export function emptyTypes(): FieldTypes {
  const task = new Map([
    ['mm', 'mm_struct'],
    ['active_mm', 'mm_struct'],
  ]);
  const returns = new Map([
    ['get_task_mm', 'mm_struct'],
    ['page_folio', 'folio'],
  ]);
  return { members: new Map([['task_struct', task]]), returns };
}

const isTag = (token: Token | undefined): boolean => token?.text === 'struct' || token?.text === 'union';

/** Adds what a file says. Linear in its length; broken C adds less, never fails. */
export function addTypes(types: FieldTypes, { tokens: all }: Tokens): void {
  const tokens = all.filter((token) => token.directive < 0);
  /** One per open brace: the struct whose members stand there, or null for code and the like. */
  const scopes: (string | null)[] = [];
  let i = 0;
  while (i < tokens.length) {
    const text = tokens[i]?.text;
    if (isTag(tokens[i])) {
      const next = tokens[i + 1];
      if (next?.text === '{') {
        scopes.push(scopes.at(-1) ?? null);
        i += 2;
      } else if (next?.kind === 'word' && tokens[i + 2]?.text === '{') {
        scopes.push(next.text);
        i += 3;
      } else {
        declared(types, tokens, i, scopes);
        i += 2;
      }
      continue;
    }
    if (text === '{') scopes.push(null);
    else if (text === '}') scopes.pop();
    i += 1;
  }
}

/** At "struct X": members of the struct around it, or the function that returns it. */
function declared(types: FieldTypes, tokens: readonly Token[], at: number, scopes: readonly (string | null)[]): void {
  const type = tokens[at + 1];
  if (type?.kind !== 'word') return;
  let i = at + 2;
  while (tokens[i]?.text === '*' || tokens[i]?.text.startsWith('__')) i += 1;
  const name = tokens[i];
  if (name?.kind !== 'word') return;
  if (scopes.length === 0) {
    if (tokens[i + 1]?.text === '(') types.returns.set(name.text, type.text);
    return;
  }
  const holder = scopes.at(-1);
  if (holder === null || holder === undefined) return;
  const members = types.members.get(holder) ?? new Map<string, string>();
  types.members.set(holder, members);
  for (; tokens[i] !== undefined && tokens[i]?.text !== ';' && tokens[i]?.text !== '}'; i++) {
    const end = tokens[i + 1]?.text;
    if (tokens[i]?.kind === 'word' && (end === ';' || end === ',' || end === '['))
      members.set(tokens[i]?.text ?? '', type.text);
  }
}
