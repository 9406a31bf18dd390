// SPDX-License-Identifier: GPL-2.0-or-later
// Two outlines of one file -> what was added, removed and changed between them.

import type { Outline } from './outline.ts';
import type { ChangeStatus } from './values.ts';

export interface NamedChange {
  name: string;
  status: ChangeStatus;
  /** In the later file, or in the earlier one where it was removed. */
  startLine: number;
  endLine: number;
}

export interface OutlineChange {
  functions: NamedChange[];
  structs: NamedChange[];
  macros: NamedChange[];
  /** Anything outside of the above. */
  rest: boolean;
}

interface Named {
  name: string;
  startLine: number;
  endLine: number;
}

/**
 * What differs between two outlines; an absent file is an empty outline.
 * Where one side could not be read, everything that the other knows counts as changed.
 */
export function compareOutlines(before: Outline, after: Outline): OutlineChange {
  if (before.failed || after.failed) {
    const known = before.failed ? after : before;
    const all = (list: Named[]): NamedChange[] =>
      list.map(({ name, startLine, endLine }) => ({ name, status: 'changed', startLine, endLine }));
    return {
      functions: all(known.functions),
      structs: all(known.structs),
      macros: compareNamed(before.macros, after.macros, (one) => one.hash),
      rest: before.restHash !== after.restHash,
    };
  }
  return {
    functions: compareNamed(before.functions, after.functions, (one) => one.bodyHash),
    structs: compareNamed(before.structs, after.structs, (one) => one.hash),
    macros: compareNamed(before.macros, after.macros, (one) => one.hash),
    rest: before.restHash !== after.restHash,
  };
}

/** Several definitions of one name (one per configuration) are compared as a set. */
function compareNamed<T extends Named>(before: T[], after: T[], hash: (one: T) => string): NamedChange[] {
  const old = Map.groupBy(before, (one) => one.name);
  const now = Map.groupBy(after, (one) => one.name);
  const changes: NamedChange[] = [];
  const add = ({ name, startLine, endLine }: T, status: ChangeStatus): void => {
    changes.push({ name, status, startLine, endLine });
  };
  for (const [name, definitions] of now) {
    const known = old.get(name) ?? [];
    const hashes = new Set(known.map(hash));
    const fresh = definitions.filter((one) => !hashes.has(hash(one)));
    for (const one of fresh) add(one, known.length === 0 ? 'added' : 'changed');
    // One of several definitions went away.
    if (fresh.length === 0 && known.length > definitions.length) add(definitions[0] as T, 'changed');
  }
  for (const [name, definitions] of old) {
    if (!now.has(name)) for (const one of definitions) add(one, 'removed');
  }
  return changes.sort((a, b) => a.startLine - b.startLine);
}
