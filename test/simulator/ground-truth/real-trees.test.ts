// SPDX-License-Identifier: GPL-2.0-or-later
// Measured histories on the mm/ of real trees: a part of each family. All of them: node scripts/fidelity.ts.
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { compareTrees } from '../../../src/fidelity/between.ts';
import { fidelityRooms, GROUND_TRUTH, loadChanges, loadRecorded, measureTree } from '../../../src/fidelity/index.ts';
import { recipeNamed } from '../../../src/recipes/collection.ts';
import { applyRecipe, readerOf } from '../../../src/recipes/index.ts';
import { loadScenarios } from '../../../src/simulator/grammar/load.ts';
import { compareHistory } from '../../../src/simulator/ground-truth/compare.ts';
import { loadGroundTruth, wantedOf } from '../../../src/simulator/ground-truth/load.ts';
import { type TreeName, treeFor, treeIfOffered } from '../../support/trees.ts';

const all = loadGroundTruth(GROUND_TRUTH);
/** Every second history of a family, and its first; of the sequences every fourth. */
const part = all.filter(({ family, name }) => {
  const place = all.filter((other) => other.family === family).findIndex((other) => other.name === name);
  return place % (family === 'sequences' ? 4 : 2) === 0 && family !== 'scale';
});
const rooms = fidelityRooms({ jobs: 2 });
afterAll(() => rooms.close());

describe.each<TreeName>(['6.12', '7.3'])('%s', (name) => {
  test('is as measured, or differs as recorded', { timeout: 900_000 }, async () => {
    const tree = await treeIfOffered(name);
    if (tree === undefined) return;
    const recorded = loadRecorded();
    // A distribution may have moved on to the next point release: its differences are then proved anew.
    const { histories } = await measureTree(tree, part, rooms, { recorded });
    const wrong = histories.filter(
      ({ status, requires }) => status === 'differs' || (status === 'not run' && !requires),
    );
    expect(
      wrong.map(({ name: history, entry, notRun, differences }) => [history, entry, notRun, differences[0]]),
    ).toEqual([]);
    expect(histories.reduce((sum, { equal }) => sum + equal, 0)).toBeGreaterThan(1200);
    expect(histories.filter(({ status }) => status === 'equal').length).toBeGreaterThan(15);
    if (recorded[tree.version]) expect(histories.some(({ changes }) => changes.length > 0)).toBe(true);
  });
});

test('a counter that is left too high is seen', { timeout: 900_000 }, async () => {
  const tree = await treeFor('6.12');
  const { patches } = applyRecipe(recipeNamed('unlink-keeps-num-children'), readerOf(tree));
  const overlay = new Map(patches.flatMap(({ files }) => [...files].map(([file, text]) => [file, Buffer.from(text)])));
  const image = await rooms.build(tree, overlay);
  const truths = all.filter(({ family }) => family === 'fork');
  const wanted = new Map(truths.map((truth) => [truth.scenario.name, wantedOf(truth)]));
  const scenarios = truths.map(({ scenario }) => scenario);
  const seen: string[] = [];
  let index = 0;
  for await (const { replay } of rooms.run(image, scenarios, wanted)) {
    const truth = truths[index++];
    if (truth === undefined || replay === undefined) throw new Error('no replay');
    for (const { expected, got } of compareHistory(truth, replay).differences) seen.push(`${expected} -> ${got}`);
  }
  expect(seen.join()).toMatch(/num_children 0 .*-> .*num_children 1 /);
});

test('between 7.2 and 7.3 nothing but the virtual page offset changed', { timeout: 900_000 }, async () => {
  const trees = [await treeIfOffered('7.2'), await treeIfOffered('7.3')];
  const [older, newer] = trees;
  if (older === undefined || newer === undefined) return;
  const folder = fileURLToPath(new URL('../../../simulations/scenarios', import.meta.url));
  const families = ['file-private', 'fork', 'mremap'];
  const scenarios = loadScenarios(folder).filter(({ family }) => families.includes(family));
  const images = [await rooms.build(older, new Map()), await rooms.build(newer, new Map())] as const;
  const outcomes = await compareTrees(...images, scenarios, rooms);
  // What the change is known to do beyond the index, and nothing else; each of them does show it.
  const differing = outcomes.filter(({ differences }) => differences.length > 0).map(({ name }) => name);
  expect(differing).toEqual(loadChanges().find(({ name }) => name === 'virtual-page-offset')?.shows);
  expect(outcomes.flatMap(({ notRun }) => notRun ?? [])).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(20);
  const shifted = outcomes.filter(({ virtualOffsets }) => virtualOffsets > 0);
  expect(shifted.length).toBeGreaterThan(4);
  expect(shifted.filter(({ family }) => family === 'fork')).toEqual([]);
});
