// SPDX-License-Identifier: GPL-2.0-or-later
// Random histories on 6.12 and 7.3, each with the named changes made as the measured kernel has them: step by step the
// same counts and shapes. So the list of changes lacks none that such histories show, measured ones or not.
import { afterAll, expect, test } from 'vitest';
import { compareTrees } from '../../../src/fidelity/between.ts';
import { withChanges } from '../../../src/fidelity/changes.ts';
import { fidelityRooms } from '../../../src/fidelity/index.ts';
import { fittingChanges } from '../../../src/fidelity/measure.ts';
import { readerOf } from '../../../src/recipes/index.ts';
import { convertHistory } from '../../../src/simulator/ground-truth/convert.ts';
import { type TreeName, treeIfOffered } from '../../support/trees.ts';
import { randomHistory } from './random-history.ts';

const HISTORIES = 40;
const STEPS = 60;
const rooms = fidelityRooms({ jobs: 2 });
afterAll(() => rooms.close());

async function asMeasured(name: TreeName, without?: string) {
  const tree = await treeIfOffered(name);
  if (tree === undefined) return undefined;
  const read = readerOf(tree);
  const changes = fittingChanges(read).filter((change) => change !== without);
  return rooms.build(tree, withChanges(read, changes) ?? new Map());
}

const scenarios = Array.from(
  { length: HISTORIES },
  (_, seed) => convertHistory(randomHistory(seed, STEPS), 'random').scenario,
);

test('with the named changes undone, trees of two years do the same', { timeout: 900_000 }, async () => {
  const [older, newer] = [await asMeasured('6.12'), await asMeasured('7.3')];
  if (older === undefined || newer === undefined) return;
  const outcomes = await compareTrees(older, newer, scenarios, rooms);
  const seen = outcomes.flatMap(({ name, differences }) =>
    differences
      .filter(({ what }) => what !== 'step')
      .map(({ at, what, before }) => `${name}, ${at}, ${what}: ${before}`),
  );
  expect(seen).toEqual([]);
  // Moves of several VMAs end a history on 6.12.
  expect(outcomes.reduce((sum, { compared }) => sum + compared, 0)).toBeGreaterThan(HISTORIES * STEPS * 0.7);
  const unchanged = await asMeasured('7.3', 'clone-chain-order');
  if (unchanged === undefined) return;
  const others = await compareTrees(older, unchanged, scenarios, rooms);
  expect(
    others.filter(({ differences }) => differences.some(({ what }) => what === 'topology')).length,
  ).toBeGreaterThan(5);
});
