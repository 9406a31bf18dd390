// SPDX-License-Identifier: GPL-2.0-or-later
// Changes of files in scope + rules -> the areas they touch, each with the reasons. What no rule claims goes to the
// area other-mm, so that nothing in scope is ever taken for harmless.

import type { NamedChange, OutlineChange } from './compare.ts';
import { matches } from './glob.ts';
import type { AreaRule, Rules } from './rule-values.ts';
import { matchesQuery } from './structural.ts';
import type { FunctionFacts, TouchedArea } from './values.ts';

/** What changed in one file that is in scope. */
export interface FileChange {
  path: string;
  /** Undefined where the file is no C, or could not be read. */
  outline?: OutlineChange;
  /** Kconfig symbols, boot parameters and static keys that changed. */
  config: string[];
  /** What its changed functions do, before and after; for structural queries. */
  facts?: ReadonlyMap<string, readonly FunctionFacts[]>;
}

interface Found {
  why: string[];
  functions: Set<string>;
}

/** Ids of the areas to which a function or macro of this name belongs. */
export function areasOfSymbol(name: string, areas: readonly AreaRule[]): string[] {
  return areas
    .filter(({ match }) => match.functions?.includes(name) || match.patterns?.some((glob) => matches(name, glob)))
    .map((area) => area.id);
}

/** As areasOfSymbol, and by what the function does. */
function areasOf(name: string, facts: readonly FunctionFacts[], areas: readonly AreaRule[]): string[] {
  const named = new Set(areasOfSymbol(name, areas));
  return areas
    .filter(
      ({ id, match }) => named.has(id) || match.queries?.some((query) => facts.some((one) => matchesQuery(one, query))),
    )
    .map((area) => area.id);
}

/** The touched areas, by id. */
export function touchedAreas(changes: readonly FileChange[], rules: Rules): TouchedArea[] {
  const found = new Map<string, Found>();
  const leftovers: string[] = [];
  for (const change of changes) touchOne(change, rules, found, leftovers);
  // Declarations and includes follow the functions they come with; alone they are code that nobody claims.
  if (found.size === 0) for (const why of leftovers) of(found, rules.other.id).why.push(why);
  return [...rules.areas, rules.other].flatMap((rule) => {
    const area = found.get(rule.id);
    return area === undefined ? [] : [touched(rule, area)];
  });
}

function touched(rule: AreaRule, { why, functions }: Found): TouchedArea {
  const { id, name, about, invariants, questions, control } = rule;
  const area: TouchedArea = { id, name, why, invariants: [...invariants], functions: [...functions].sort() };
  area.about = about;
  area.questions = [...questions];
  if (control !== undefined) area.control = control;
  return area;
}

function of(found: Map<string, Found>, id: string): Found {
  let area = found.get(id);
  if (area === undefined) {
    area = { why: [], functions: new Set() };
    found.set(id, area);
  }
  return area;
}

function touchOne(change: FileChange, rules: Rules, found: Map<string, Found>, leftovers: string[]): void {
  const { path, outline, config } = change;
  if (config.length > 0)
    of(found, 'config-surface').why.push(`changes the configuration: ${config.join(', ')} (${path})`);
  const byPath = rules.areas.filter((area) => area.match.paths?.some((glob) => matches(path, glob)));
  for (const area of byPath) {
    of(found, area.id).why.push(`touches ${path}`);
    if (outline) for (const { name } of outline.functions) of(found, area.id).functions.add(name);
  }
  if (outline === undefined) {
    if (byPath.length === 0 && config.length === 0) of(found, rules.other.id).why.push(`touches ${path}`);
    return;
  }
  const claims = new Map<string, Claim[]>();
  const claim = (ids: readonly string[], what: Claim): void => {
    for (const id of ids) claims.set(id, [...(claims.get(id) ?? []), what]);
  };
  let claimed = byPath.length > 0;
  for (const one of outline.functions) {
    const ids = areasOf(one.name, change.facts?.get(one.name) ?? [], rules.areas);
    const all = ids.length > 0 || byPath.length > 0 ? ids : [rules.other.id];
    for (const id of all) of(found, id).functions.add(one.name);
    claim(all, claimOf(one, one.name));
    claimed = true;
  }
  for (const one of outline.structs) {
    const ids = rules.areas.filter((area) => area.match.structs?.includes(one.name)).map((area) => area.id);
    claim(ids, claimOf(one, `struct ${one.name}`));
    if (ids.length === 0 && byPath.length === 0) leftovers.push(sentence([claimOf(one, `struct ${one.name}`)], path));
    claimed ||= ids.length > 0;
  }
  for (const one of outline.macros) {
    const ids = areasOfSymbol(one.name, rules.areas);
    claim(ids, claimOf(one, `macro ${one.name}`));
    if (ids.length === 0 && byPath.length === 0) leftovers.push(sentence([claimOf(one, `macro ${one.name}`)], path));
    claimed ||= ids.length > 0;
  }
  if (outline.rest && !claimed) leftovers.push(`changes declarations of ${path}`);
  for (const [id, what] of claims) of(found, id).why.push(sentence(what, path));
}

interface Claim {
  verb: string;
  what: string;
}

const claimOf = ({ status }: NamedChange, what: string): Claim => ({
  verb: status === 'added' ? 'adds' : status === 'removed' ? 'removes' : 'changes',
  what,
});

/** "changes a, b and 3 more; adds c (FILE)": at most four by name for each verb. */
function sentence(claims: readonly Claim[], path: string): string {
  const parts = [...Map.groupBy(claims, (one) => one.verb)].map(([verb, all]) => {
    const names = [...new Set(all.map((one) => one.what))];
    const more = names.length > 4 ? ` and ${names.length - 4} more` : '';
    return `${verb} ${names.slice(0, 4).join(', ')}${more}`;
  });
  return `${parts.join('; ')} (${path})`;
}
