// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot explain ID`: an area of the rules, an invariant, a scenario or a planted bug, in words.
import { InputError } from '../errors.ts';
import { COLLECTIONS, recipesOf } from '../recipes/index.ts';
import { cleanLine, cleanLines } from '../report/sanitise.ts';
import { block, wrap } from '../report/text.ts';
import { ownScenarios } from '../review/real-rooms.ts';
import { loadRules } from '../semantics/index.ts';
import { print as printScenario } from '../simulator/grammar/print.ts';
import { INVARIANTS } from '../simulator/invariants/index.ts';
import { print } from './output.ts';

/** Prints everything that has this id; there can be an area and a scenario of one name. */
export async function explain(id: string): Promise<void> {
  const parts = [...(await areaLines(id)), ...invariantLines(id), ...scenarioLines(id), ...recipeLines(id)];
  if (parts.length === 0) {
    throw new InputError(`no area, invariant, scenario or planted bug is named ${cleanLine(id, 80)}`);
  }
  await print(`${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`);
}

async function areaLines(id: string): Promise<string[][]> {
  const { areas, other } = await loadRules();
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

function scenarioLines(id: string): string[][] {
  const scenario = ownScenarios().find((one) => one.name === id);
  if (!scenario) return [];
  return [[`Scenario ${id}: ${scenario.about}`, '', ...block(cleanLines(printScenario(scenario)), '  ')]];
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
