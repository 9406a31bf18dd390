// SPDX-License-Identifier: GPL-2.0-or-later
// Wrong changes are found and correct ones are clean, from mbox to verdict, on real trees: a stratum of the seeded
// changes, one wrong one for each area and three correct ones. All of them: npm run qualify.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { judge } from '../../scripts/qualify-judge.ts';
import { type Recipe, recipesOf, writeSeries } from '../../src/recipes/index.ts';
import { reviewSchema } from '../../src/review/schema.ts';
import { treeIfOffered } from '../support/trees.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** A cold build of both configurations on a slow machine. */
const PATIENCE_MS = 900_000;
const CORRECT = ['correct-rename-chain-assign', 'correct-split-offset', 'correct-reuse-test'];

/** The first wrong change of each area, and the three correct ones. */
function stratum(): Recipe[] {
  const all = recipesOf('seeded');
  const wrong = new Map<string, Recipe>();
  for (const recipe of all.filter(({ kind }) => kind === 'wrong'))
    if (!wrong.has(recipe.area ?? '')) wrong.set(recipe.area ?? '', recipe);
  return [...wrong.values(), ...all.filter(({ name }) => CORRECT.includes(name))];
}

const folder = mkdtempSync(join(tmpdir(), 'rmapbot-detection-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chosen = stratum();
console.log(
  `detection: ${chosen.length} of ${recipesOf('seeded').length} seeded changes; npm run qualify has the rest`,
);

describe.each(['6.12', '7.3'] as const)('on %s', (name) => {
  it.each(chosen.map((recipe) => [recipe.name, recipe] as const))(
    '%s',
    async (_, recipe) => {
      const tree = await treeIfOffered(name);
      if (tree === undefined) return;
      const mbox = join(folder, `${name}-${recipe.name}.mbox`);
      const json = `${mbox}.json`;
      await writeSeries(recipe, tree, mbox);
      const failed = await promisify(execFile)(
        process.execPath,
        [MAIN, 'review', mbox, '--tree', process.env.RMAPBOT_TEST_TREES ? tree.root : `debian:${name}`, '--json', json],
        { maxBuffer: 1 << 26 },
      ).catch((error: { code: number; stderr: string }) => error);
      expect('stderr' in failed ? failed.stderr : '').toBe('');
      const review = reviewSchema.parse(JSON.parse(readFileSync(json, 'utf8')));
      const why = recipe.missed?.[name];
      if (why !== undefined) console.log(`KNOWN TO BE MISSED on ${name}: ${recipe.name}: ${why}`);
      expect(judge(recipe, review)).toMatchObject({ right: why === undefined });
    },
    PATIENCE_MS,
  );
});
