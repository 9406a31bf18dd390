// SPDX-License-Identifier: GPL-2.0-or-later
// docs/detection.md from the outcomes of a qualification.
import type { Outcome } from './qualify-judge.ts';

/** The page, deterministic but for the seconds, which it leaves out. */
export function detectionPage(outcomes: Outcome[]): string {
  const trees = [...new Set(outcomes.map(({ tree }) => tree))];
  const rate = (kind: string, tree: string) => {
    const of = outcomes.filter(({ recipe, tree: on }) => recipe.kind === kind && on === tree);
    return `${of.filter(({ right }) => right).length} of ${of.length}`;
  };
  const lines = [
    '# What the bot tells apart',
    '',
    'Made by `npm run qualify`: every change of `simulations/seeded` is written as an mbox against the tree, reviewed by',
    '`rmapbot review`, and the answer held against what the recipe knows: a wrong change must be a violation of an invariant',
    'it names, since the patch that brought it; a correct one must be clean.',
    '',
    '| tree | wrong changes found, with the right first bad patch | correct changes clean |',
    '|---|---|---|',
    ...trees.map((tree) => `| ${tree} | ${rate('wrong', tree)} | ${rate('correct', tree)} |`),
    '',
  ];
  for (const kind of ['wrong', 'correct']) {
    lines.push(`## ${kind === 'wrong' ? 'Wrong' : 'Correct'} changes`, '');
    lines.push(`| change | what it does | ${trees.join(' | ')} |`, `|---|---|${trees.map(() => '---|').join('')}`);
    const recipes = new Map(
      outcomes.filter(({ recipe }) => recipe.kind === kind).map(({ recipe }) => [recipe.name, recipe]),
    );
    for (const [name, recipe] of recipes) {
      const said = trees.map((tree) => {
        const outcome = outcomes.find((o) => o.recipe.name === name && o.tree === tree);
        return outcome === undefined ? '' : `${outcome.right ? '' : '**wrong**: '}${outcome.what}`;
      });
      lines.push(`| ${name} | ${recipe.about} | ${said.join(' | ')} |`);
    }
    lines.push('');
  }
  return lines.join('\n');
}
