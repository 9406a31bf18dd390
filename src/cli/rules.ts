// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot rules check [FOLDER...]`: is what rule files say right, and does what they name exist?
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { recipesOf } from '../recipes/index.ts';
import { cleanLine } from '../report/sanitise.ts';
import { ownScenarios, SCENARIO_FOLDER } from '../review/real-rooms.ts';
import { namesIn, ownRules, type ReadRules, type RuleProblem, readRules } from '../semantics/index.ts';
import { DEBIAN_TREES, listTrees, openTree } from '../tree/index.ts';
import { print } from './output.ts';
import { progressLine } from './progress.ts';
import { rulesAround } from './user-rules.ts';

/** Exit code where something is wrong with the rules: input that the user can mend. */
const BAD_RULES = 2;

/** Checks our own rules and the user's. Prints a line "FILE:LINE: ..." for everything that is wrong. */
export async function rulesCheck(folders: string[], options: { tree: string[] }): Promise<void> {
  const user = folders.length > 0 ? folders : rulesAround(process.cwd());
  const read = await readRules([ownRules, ...user]);
  const line = progressLine();
  let looked: Looked;
  try {
    looked = await lookUp(read, options.tree, (text) => line.show(text));
  } finally {
    line.clear();
  }
  const problems = [...read.problems, ...unknownControls(read), ...unknownAreas(read)];
  const ofUser = (file: string): boolean => !file.startsWith(`${ownRules}${path.sep}`);
  const doubts: RuleProblem[] = [];
  for (const one of read.named) {
    if (one.kind !== 'symbol' || looked.found.has(one.name)) continue;
    const problem = {
      file: one.file,
      line: one.line,
      message: `${one.name} is in no ${looked.missing.length === 0 ? 'supported tree' : 'tree at hand'}`,
    };
    // Without all eras at hand, our own names of the others are no mistake; a user's may be.
    if (looked.missing.length === 0 || (ofUser(one.file) && options.tree.length > 0)) problems.push(problem);
    else if (ofUser(one.file) && looked.names.length > 0) doubts.push(problem);
  }
  problems.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  const lines = problems.map(textOf);
  const warnings = doubts.map((one) => `${textOf(one)} (a warning: not every supported tree is at hand)`);
  if (looked.missing.length > 0)
    warnings.push(`not looked up in ${looked.missing.join(', ')}: fetch with rmapbot tree get`);
  const count = read.rules.areas.length;
  const symbols = read.named.filter(({ kind }) => kind === 'symbol').length;
  const said =
    problems.length === 0
      ? `${count} areas, ${symbols} names of the kernel${looked.names.length > 0 ? ` looked up in ${looked.names.join(', ')}` : ''}: nothing wrong`
      : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
  if (problems.length > 0) process.exitCode = BAD_RULES;
  await print(`${[...lines, ...warnings, said].join('\n')}\n`);
}

/** Paths as the user would write them. */
function textOf({ file, line, message }: RuleProblem): string {
  const near = path.relative(process.cwd(), file);
  return `${cleanLine(near.startsWith('..') ? file : near)}:${line}: ${cleanLine(message)}`;
}

interface Looked {
  /** Labels of the trees that were looked into. */
  names: string[];
  /** Supported trees that are not at hand. */
  missing: string[];
  found: Set<string>;
}

/** Looks for every name in the supported trees at hand and in those that the user names. */
async function lookUp({ rules, named }: ReadRules, trees: string[], show: (text: string) => void): Promise<Looked> {
  const wanted = new Set(named.filter(({ kind }) => kind === 'symbol').map(({ name }) => name));
  const cached = new Set((await listTrees()).map(({ name }) => name));
  const looked: Looked = { names: [], missing: [], found: new Set() };
  const versions: string[] = [];
  const here = DEBIAN_TREES.filter((name) => cached.has(name));
  for (const name of new Set([...here, ...trees])) {
    show(`look into ${name}`);
    const tree = await openTree(name, { cwd: process.cwd(), onProgress: show });
    looked.names.push(tree.label);
    versions.push(tree.version);
    for (const symbol of await namesIn(tree, rules.scope, wanted)) looked.found.add(symbol);
  }
  looked.missing = DEBIAN_TREES.filter((name) => {
    const version = `${name.slice('debian:'.length)}.`;
    return !versions.some((one) => one.startsWith(version));
  });
  return looked;
}

function unknownControls({ named }: ReadRules): RuleProblem[] {
  const known = new Set(recipesOf('controls').map(({ name }) => name));
  return named
    .filter(({ kind, name }) => kind === 'control' && !known.has(name))
    .map(({ name, file, line }) => ({ file, line, message: `there is no planted bug "${name}"` }));
}

/** Scenarios that declare an area that no rule defines. */
function unknownAreas({ rules }: ReadRules): RuleProblem[] {
  const known = new Set([...rules.areas, rules.other].map(({ id }) => id));
  return ownScenarios().flatMap(({ name, family, areas }) => {
    const unknown = areas.find((area) => !known.has(area));
    if (unknown === undefined) return [];
    const file = path.join(SCENARIO_FOLDER, family, `${name}.yaml`);
    const line =
      readFileSync(file, 'utf8')
        .split('\n')
        .findIndex((text) => text.startsWith('areas:')) + 1;
    return [{ file, line, message: `there is no area "${unknown}"` }];
  });
}
