// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot scenarios [TEXT|GLOB]`: lists the scenarios, by family, and filters them.
import { matchesGlob } from 'node:path';
import { InputError } from '../errors.ts';
import { generateConfig } from '../kernel/config/generate.ts';
import { cleanLine } from '../report/sanitise.ts';
import { counted, wrap } from '../report/text.ts';
import { ownScenarios } from '../review/real-rooms.ts';
import { loadRules } from '../semantics/index.ts';
import { suggestion } from '../simulator/grammar/tokens.ts';
import { INVARIANTS, ownWorkloads, type Scenario } from '../simulator/index.ts';
import { openTree } from '../tree/index.ts';
import { print } from './output.ts';
import { progressLine } from './progress.ts';
import { terminalStyle } from './terminal.ts';

export interface ScenariosOptions {
  family?: string;
  area?: string;
  invariant?: string;
  tree?: string;
  json: boolean;
}

/** Longer names stand on a line of their own. */
const NAME_COLUMNS_MOST = 36;

/** Exit code 0; a filter that names nothing is an InputError with the nearest word. */
export async function scenarios(pattern: string | undefined, options: ScenariosOptions): Promise<void> {
  const all = ownScenarios();
  const stakes = await invariantsByArea();
  let chosen = all.filter(textFilter(pattern));
  if (options.family !== undefined) {
    const family = known('family', options.family, new Set(all.map((one) => one.family)));
    chosen = chosen.filter((one) => one.family === family);
  }
  if (options.area !== undefined) {
    const area = known('area', options.area, new Set(all.flatMap(({ areas }) => areas)));
    chosen = chosen.filter(({ areas }) => areas.includes(area));
  }
  if (options.invariant !== undefined) {
    const invariant = known('invariant', options.invariant, new Set(INVARIANTS.map(({ id }) => id)));
    chosen = chosen.filter((one) => invariantsOf(one, stakes).includes(invariant));
  }
  const tree = options.tree === undefined ? undefined : await featuresOf(options.tree);
  const lacking = (one: Scenario) => (tree ? one.requires.filter((feature) => !tree.features.has(feature)) : []);
  if (options.json) {
    const rows = chosen.map((one) => ({
      name: one.name,
      family: one.family,
      about: one.about,
      areas: one.areas,
      invariants: invariantsOf(one, stakes),
      requires: one.requires,
      configs: one.configs,
      ...(tree && { lacking: lacking(one) }),
    }));
    const head = { schema: 'rmapbot.scenarios/1', ...(tree && { tree: tree.label }) };
    await print(`${JSON.stringify({ ...head, scenarios: rows }, null, 2)}\n`);
    return;
  }
  await print(listText(chosen, all.length, lacking, tree?.label));
}

/** Words of the name or the purpose; with * or ? a glob on names. */
function textFilter(pattern: string | undefined): (scenario: Scenario) => boolean {
  if (pattern === undefined) return () => true;
  if (/[*?[{]/.test(pattern)) return ({ name }) => matchesGlob(name, pattern);
  const wanted = pattern.toLowerCase();
  return ({ name, about }) => `${name} ${about}`.toLowerCase().includes(wanted);
}

function known(what: string, word: string, words: ReadonlySet<string>): string {
  if (words.has(word)) return word;
  throw new InputError(`no ${what} is named ${cleanLine(word, 80)}${suggestion(word, [...words].sort())}`);
}

async function invariantsByArea(): Promise<Map<string, readonly string[]>> {
  const { areas, other } = await loadRules();
  return new Map([...areas, other].map(({ id, invariants }) => [id, invariants]));
}

/** Those at stake in its areas; every scenario with bounds is about `bounded`. */
function invariantsOf({ areas, bounds }: Scenario, stakes: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set(areas.flatMap((area) => stakes.get(area) ?? []));
  if (Object.keys(bounds).length > 0) found.add('bounded');
  return [...found].sort();
}

/** What the tree has of the features that scenarios may require; nothing is built. */
async function featuresOf(spec: string): Promise<{ label: string; features: ReadonlySet<string> }> {
  const line = progressLine();
  try {
    const tree = await openTree(spec, { cwd: process.cwd(), onProgress: (text) => line.show(text) });
    const { features } = await generateConfig(tree, new Map(), 'prod', '');
    return { label: tree.label, features };
  } finally {
    line.clear();
  }
}

function listText(
  chosen: Scenario[],
  total: number,
  lacking: (scenario: Scenario) => string[],
  tree: string | undefined,
): string {
  const { columns } = terminalStyle();
  const names = Math.min(NAME_COLUMNS_MOST, Math.max(0, ...chosen.map(({ name }) => name.length)));
  const lines: string[] = [];
  for (const family of [...new Set(chosen.map((one) => one.family))]) {
    const members = chosen.filter((one) => one.family === family);
    lines.push(`${family} (${members.length})`);
    for (const one of members) {
      const missing = lacking(one);
      const needs = one.requires.length > 0 ? ` [needs ${one.requires.join(', ')}]` : '';
      const note = missing.length > 0 ? ` [not on ${cleanLine(tree ?? '')}: needs ${missing.join(', ')}]` : needs;
      lines.push(...entry(one.name, one.about + note, names, columns));
    }
    lines.push('');
  }
  if (chosen.length === total) {
    const names = ownWorkloads().map(({ name }) => name);
    lines.push(...wrap(`Workloads, for simulate --workload: ${names.join(', ')}`, '', columns), '');
  }
  const runnable = chosen.filter((one) => lacking(one).length === 0).length;
  const where = tree === undefined ? '' : `, ${runnable} of them for ${cleanLine(tree)}`;
  lines.push(`${counted(chosen.length, 'scenario')} of ${total}${where}`);
  return `${lines.join('\n')}\n`;
}

/** Name on the left, purpose on the right. */
function entry(name: string, about: string, names: number, columns: number): string[] {
  const indent = ' '.repeat(names + 4);
  const [first = '', ...rest] = wrap(about, '', columns - indent.length);
  const head = name.length > names ? [`  ${name}`, indent + first] : [`  ${name.padEnd(names)}  ${first}`];
  return [...head, ...rest.map((text) => indent + text)];
}
