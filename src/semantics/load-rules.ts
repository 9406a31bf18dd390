// SPDX-License-Identifier: GPL-2.0-or-later
// Folders of rule files -> Rules, and where each symbol that they name stands. In: paths of folders. Out: checked
// rules, or everything that is wrong with them by file and line.

import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.ts';
import { limits } from './limits.ts';
import { type RuleProblem, RuleSource } from './rule-source.ts';
import {
  type AreaExtension,
  type AreaRule,
  areaSchema,
  extensionSchema,
  irrelevantSchema,
  type Rules,
  scopeSchema,
} from './rule-values.ts';

/** The rules that come with the program. */
export const ownRules = fileURLToPath(new URL('../../rules', import.meta.url));

/** A name that a rule file takes for one of the kernel's, or an id of another room's. */
export interface NamedByRule {
  kind: 'symbol' | 'control';
  name: string;
  file: string;
  line: number;
}

export interface ReadRules {
  rules: Rules;
  problems: RuleProblem[];
  named: NamedByRule[];
}

/**
 * Loads the rule files (*.yaml) of folders; later folders add areas, extend earlier ones, and add scope and irrelevant
 * functions. Throws InputError "FILE:LINE: ..." for the first thing that is wrong.
 */
export async function loadRules(folders: readonly string[] = [ownRules]): Promise<Rules> {
  const { rules, problems } = await readRules(folders);
  const [first] = problems;
  if (first !== undefined) throw new InputError(`${first.file}:${first.line}: ${first.message}`);
  return rules;
}

/** As loadRules, but tells everything that is wrong. Throws InputError where a folder cannot be read. */
export async function readRules(folders: readonly string[]): Promise<ReadRules> {
  const reader = new Reader();
  for (const folder of folders) {
    const extensions: RuleSource[] = [];
    for (const file of await ruleFiles(folder)) {
      const source = await RuleSource.read(file);
      if (!(source instanceof RuleSource)) reader.problems.push(source);
      else if (source.has('extends')) extensions.push(source);
      else reader.add(source);
    }
    // Whatever the names of the files: what a folder defines comes before what it extends.
    for (const source of extensions) reader.extend(source);
  }
  return reader.result(folders);
}

async function ruleFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => {
    throw new InputError(`${folder}: no such folder of rules`);
  });
  const files = entries.filter((name) => name.endsWith('.yaml')).sort();
  if (files.length > limits.ruleFilesMax)
    throw new InputError(`${folder}: more than ${limits.ruleFilesMax} rule files`);
  return files.map((name) => join(folder, name));
}

class Reader {
  readonly problems: RuleProblem[] = [];
  private readonly areas = new Map<string, AreaRule>();
  private readonly scope = { paths: [] as string[], except: [] as string[] };
  private readonly irrelevant = new Map<string, string>();
  private readonly named: NamedByRule[] = [];

  add(source: RuleSource): void {
    const name = basename(source.file, '.yaml');
    if (name === 'scope') {
      const read = this.take(source.check(scopeSchema));
      this.scope.paths.push(...(read?.paths ?? []));
      this.scope.except.push(...(read?.except ?? []));
    } else if (name === 'irrelevant') {
      const read = this.take(source.check(irrelevantSchema));
      for (const [symbol, why] of Object.entries(read?.functions ?? {})) {
        this.irrelevant.set(symbol, why);
        this.name('symbol', symbol, source, ['functions', symbol]);
      }
    } else {
      const area = this.take(source.check(areaSchema));
      if (area !== undefined) this.addArea(area, name, source);
    }
  }

  extend(source: RuleSource): void {
    const read = this.take(source.check(extensionSchema));
    if (read === undefined) return;
    const area = this.areas.get(read.extends);
    if (area === undefined) {
      this.problems.push(source.problem(['extends'], `there is no area "${read.extends}"`));
      return;
    }
    this.areas.set(area.id, extended(area, read));
    this.nameAll(read, source);
  }

  result(folders: readonly string[]): ReadRules {
    const other = this.areas.get('other-mm');
    if (other === undefined) throw new InputError(`${folders.join(', ')}: no rule file other-mm.yaml`);
    const areas = [...this.areas.values()].filter(({ id }) => id !== other.id).sort((a, b) => (a.id < b.id ? -1 : 1));
    const { scope, irrelevant, problems, named } = this;
    return { rules: { areas, other, scope, irrelevant }, problems, named };
  }

  private addArea(area: AreaRule, name: string, source: RuleSource): void {
    if (area.id !== name)
      this.problems.push(source.problem(['id'], `the id "${area.id}" differs from the file's name`));
    if (this.areas.has(area.id)) {
      this.problems.push(source.problem(['id'], `the area "${area.id}" is defined twice`));
      return;
    }
    this.areas.set(area.id, area);
    this.nameAll(area, source);
    if (area.control !== undefined) this.name('control', area.control, source, ['control']);
  }

  private take<T>(read: { value: T } | { problems: RuleProblem[] }): T | undefined {
    if ('value' in read) return read.value;
    this.problems.push(...read.problems);
    return undefined;
  }

  private nameAll({ match, entry = [] }: AreaExtension | AreaRule, source: RuleSource): void {
    const lists = { functions: match.functions ?? [], structs: match.structs ?? [] };
    for (const [key, symbols] of Object.entries(lists)) {
      for (const [i, symbol] of symbols.entries()) this.name('symbol', symbol, source, ['match', key, i]);
    }
    for (const [i, symbol] of entry.entries()) this.name('symbol', symbol, source, ['entry', i]);
  }

  private name(kind: NamedByRule['kind'], name: string, source: RuleSource, path: PropertyKey[]): void {
    this.named.push({ kind, name, file: source.file, line: source.lineOf(path) });
  }
}

/** The area with what an extension adds. */
function extended(area: AreaRule, more: AreaExtension): AreaRule {
  const both = <T>(a: T[] | undefined, b: T[] | undefined): T[] => [...new Set([...(a ?? []), ...(b ?? [])])];
  const { match } = area;
  return {
    ...area,
    match: {
      functions: both(match.functions, more.match.functions),
      patterns: both(match.patterns, more.match.patterns),
      queries: both(match.queries, more.match.queries),
      paths: both(match.paths, more.match.paths),
      structs: both(match.structs, more.match.structs),
    },
    entry: both(area.entry, more.entry),
    invariants: both(area.invariants, more.invariants),
    questions: both(area.questions, more.questions),
    sources: both(area.sources, more.sources),
  };
}
