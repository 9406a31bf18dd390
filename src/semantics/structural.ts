// SPDX-License-Identifier: GPL-2.0-or-later
// Structural queries of the rules: does a function do what is asked for?

import { matches } from './glob.ts';
import type { StructuralQuery } from './rule-values.ts';
import type { FunctionFacts } from './values.ts';

/** True where every key of the query has a glob that matches something of what the function does. */
export function matchesQuery(facts: FunctionFacts, query: StructuralQuery): boolean {
  const has = (globs: readonly string[] | undefined, names: readonly string[]): boolean =>
    globs === undefined || globs.some((glob) => names.some((name) => matches(name, glob)));
  const locks = facts.locks.map(({ lock }) => lock);
  return (
    has(query.calls, facts.calls ?? []) &&
    has(query.reads, facts.reads) &&
    has(query.writes, facts.writes) &&
    has(query.locks, locks) &&
    has(query.allocates, facts.allocates) &&
    has(query.frees, facts.frees)
  );
}
