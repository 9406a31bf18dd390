// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot explain ID`: an area of the rules, an invariant, a scenario, a workload or a planted bug, in words; a scenario's
// history is drawn.
import { InputError } from '../errors.ts';
import { COLLECTIONS, recipesOf } from '../recipes/index.ts';
import { drawHistory } from '../report/history-text.ts';
import { cleanLine, cleanLines } from '../report/sanitise.ts';
import { block, wrap } from '../report/text.ts';
import { ownScenarios } from '../review/real-rooms.ts';
import { loadRules, ownRules } from '../semantics/index.ts';
import { expand } from '../simulator/grammar/expand.ts';
import { print as printScenario } from '../simulator/grammar/print.ts';
import { Scope } from '../simulator/grammar/scope.ts';
import { suggestion } from '../simulator/grammar/tokens.ts';
import { INVARIANTS, ownWorkloads } from '../simulator/index.ts';
import { print } from './output.ts';
import { terminalStyle } from './terminal.ts';
import { rulesAround } from './user-rules.ts';

/** Prints everything that has this id; there can be an area and a scenario of one name. */
export async function explain(id: string): Promise<void> {
  const areas = await areaLines(id);
  const parts = [...areas, ...invariantLines(id), ...scenarioLines(id), ...workloadLines(id), ...recipeLines(id)];
  if (parts.length === 0) {
    const near = suggestion(id, await everyId());
    throw new InputError(
      `no area, invariant, scenario, workload or planted bug is named ${cleanLine(id, 80)}${near.startsWith('; did') ? near : ''}`,
    );
  }
  await print(`${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`);
}

async function areaLines(id: string): Promise<string[][]> {
  const { areas, other } = await loadRules([ownRules, ...rulesAround(process.cwd())]);
  const area = [...areas, other].find((one) => one.id === id);
  if (!area) return [];
  const scenarios = ownScenarios().filter((scenario) => scenario.areas.includes(id));
  const { functions = [], patterns = [], structs = [], paths = [], queries = [] } = area.match;
  const asked = queries.map((query) =>
    Object.entries(query)
      .map(([what, names]) => `what ${what} ${names.join(' or ')}`)
      .join(' and '),
  );
  return [
    [
      `Area ${id}: ${area.name}`,
      ...wrap(area.about, '  '),
      'Invariants at stake',
      ...wrap(area.invariants.join(', '), '  '),
      'Matches',
      ...wrap(
        [...functions, ...patterns, ...structs.map((name) => `struct ${name}`), ...paths, ...asked].join(', '),
        '  ',
      ),
      ...(area.entry === undefined ? [] : ['Entry points', ...wrap(area.entry.join(', '), '  ')]),
      ...(area.control === undefined ? [] : ['Positive control', `  ${area.control}`]),
      'Scenarios',
      ...wrap(scenarios.map((scenario) => scenario.name).join(', ') || 'none', '  '),
      'Questions for a reviewer',
      ...area.questions.flatMap((question) => wrap(`- ${question}`, '  ')),
    ],
  ];
}

function invariantLines(id: string): string[][] {
  const invariant = INVARIANTS.find((one) => one.id === id);
  if (!invariant) return [];
  const exceptions = invariant.exceptions.flatMap((text) => wrap(`- ${text}`, '  '));
  return [
    [
      `Invariant ${id}`,
      ...wrap(invariant.statement, '  '),
      ...(exceptions.length > 0 ? ['What a correct kernel may do all the same', ...exceptions] : []),
    ],
  ];
}

async function everyId(): Promise<string[]> {
  const { areas, other } = await loadRules();
  const recipes = COLLECTIONS.flatMap((collection) => recipesOf(collection));
  return [
    ...ownScenarios().map(({ name }) => name),
    ...[...areas, other].map((area) => area.id),
    ...INVARIANTS.map((invariant) => invariant.id),
    ...ownWorkloads().map(({ name }) => name),
    ...recipes.map(({ name }) => name),
  ];
}

function scenarioLines(id: string): string[][] {
  const scenario = ownScenarios().find((one) => one.name === id);
  if (!scenario) return [];
  const { about, areas, requires, bounds, family, files } = scenario;
  const bounded = Object.entries(bounds).map(([what, most]) => `${what} ${most}`);
  return [
    [
      `Scenario ${id} (${family})`,
      ...wrap(about, '  '),
      'Areas',
      ...wrap(areas.join(', '), '  '),
      ...(requires.length > 0 ? ['Needs of the tree', ...wrap(requires.join(', '), '  ')] : []),
      ...(bounded.length > 0 ? ['At most', ...wrap(bounded.join(', '), '  ')] : []),
      ...(files.length > 0
        ? ['Files', `  ${files.map((file) => `${file.name}: ${file.kind}, ${file.pages} pages`).join('; ')}`]
        : []),
      'History',
      '',
      ...drawHistory(expand(scenario.steps, new Scope(files)), terminalStyle()),
      '',
      'As text',
      '',
      ...block(cleanLines(printScenario(scenario)), '  '),
    ],
  ];
}

function workloadLines(id: string): string[][] {
  const workload = ownWorkloads().find((one) => one.name === id);
  if (!workload) return [];
  const parameters = workload.parameters.map(({ name, about, value, least }) => {
    return `${name}: ${about} (${value}${least === undefined ? '' : ' times the scale'})`;
  });
  return [
    [
      `Workload ${id}`,
      ...wrap(workload.about, '  '),
      'Where its make-up comes from',
      ...workload.sources.flatMap(({ fact, from }) => [...wrap(`- ${fact}`, '  '), ...wrap(from, '    ')]),
      'Parameters',
      ...parameters.flatMap((text) => wrap(`- ${text}`, '  ')),
      'To run it',
      `  rmapbot simulate --workload ${id} --scale 0.01 --tree debian:7.3`,
    ],
  ];
}

function recipeLines(id: string): string[][] {
  return COLLECTIONS.flatMap((collection) => recipesOf(collection))
    .filter((recipe) => recipe.name === id)
    .map((recipe) => [
      `${recipe.kind === 'control' ? 'Positive control' : `Recipe (${recipe.kind})`} ${id}`,
      ...wrap(recipe.about, '  '),
      ...(recipe.invariants.length > 0 ? wrap(`breaks ${recipe.invariants.join(' or ')}`, '  ') : []),
      ...(recipe.history === undefined ? [] : wrap(recipe.history, '  ')),
    ]);
}
