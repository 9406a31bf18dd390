// SPDX-License-Identifier: GPL-2.0-or-later
// The whole matrices. Detection: every seeded change, wrong or correct, reviewed from an mbox on every tree, and what
// came of it against what the recipe says; writes docs/detection.md. Fidelity: the measured histories (fidelity.ts).
//   npm run qualify [-- --tree debian:7.3] [--only PART-OF-NAME] [--dry]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Recipe, recipesOf, writeSeries } from '../src/recipes/index.ts';
import { openTree } from '../src/tree/index.ts';
import { judge, type Outcome } from './qualify-judge.ts';
import { detectionPage } from './qualify-page.ts';

const { values } = parseArgs({
  options: {
    tree: { type: 'string', multiple: true, default: ['debian:6.12', 'debian:7.2', 'debian:7.3'] },
    only: { type: 'string', default: '' },
    dry: { type: 'boolean', default: false },
  },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(path.join(tmpdir(), 'rmapbot-qualify-'));

async function review(recipe: Recipe, name: string): Promise<Outcome> {
  const tree = await openTree(name, { cwd: root });
  const mbox = path.join(work, `${recipe.name}.mbox`);
  const json = path.join(work, `${recipe.name}.json`);
  await writeSeries(recipe, tree, mbox);
  const started = performance.now();
  const run = spawnSync(process.execPath, ['src/cli/main.ts', 'review', mbox, '--tree', name, '--json', json], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const seconds = (performance.now() - started) / 1000;
  if (run.status === null || ![0, 1, 3].includes(run.status))
    return { recipe, tree: tree.label, seconds, right: false, what: `exit ${run.status}: ${run.stderr.trim()}` };
  return { recipe, tree: tree.label, seconds, ...judge(recipe, JSON.parse(readFileSync(json, 'utf8'))) };
}

const outcomes: Outcome[] = [];
try {
  const recipes = recipesOf('seeded').filter(({ name }) => name.includes(values.only));
  for (const tree of values.tree)
    for (const recipe of recipes) {
      const outcome = await review(recipe, tree);
      outcomes.push(outcome);
      const { right, what, seconds } = outcome;
      console.log(`${right ? 'ok  ' : 'FAIL'} ${tree} ${recipe.name}: ${what} (${seconds.toFixed(1)} s)`);
    }
} finally {
  rmSync(work, { recursive: true, force: true });
}
const wrong = outcomes.filter(({ right }) => !right).length;
const whole = values.only === '';
if (!values.dry && whole) writeFileSync(path.join(root, 'docs/detection.md'), detectionPage(outcomes));
const fidelity = whole
  ? spawnSync(
      process.execPath,
      ['scripts/fidelity.ts', ...values.tree.flatMap((tree) => ['--tree', tree]), ...(values.dry ? ['--dry'] : [])],
      { cwd: root, stdio: 'inherit' },
    ).status
  : 0;
console.log(`${outcomes.length - wrong} passed, ${wrong} failed`);
process.exit(wrong === 0 && fidelity === 0 ? 0 : 1);
