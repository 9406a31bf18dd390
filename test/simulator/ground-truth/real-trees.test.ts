// SPDX-License-Identifier: GPL-2.0-or-later
// Measured histories on the mm/ of real trees: a part of each family. All of them: node scripts/fidelity.ts.
import { afterAll, describe, expect, test } from 'vitest';
import { fidelityRooms, GROUND_TRUTH, loadRecorded, measureTree } from '../../../src/fidelity/index.ts';
import { recipeNamed } from '../../../src/recipes/collection.ts';
import { applyRecipe, readerOf } from '../../../src/recipes/index.ts';
import { compareHistory } from '../../../src/simulator/ground-truth/compare.ts';
import { type GroundTruth, loadGroundTruth, wantedOf } from '../../../src/simulator/ground-truth/load.ts';
import { type TreeName, treeFor, treeIfOffered } from '../../support/trees.ts';

const all = loadGroundTruth(GROUND_TRUTH);
/** Every third history of a family, and its first; of the sequences every fifth. */
const part = all.filter(({ family, name }) => {
  const place = all.filter((other) => other.family === family).findIndex((other) => other.name === name);
  return place % (family === 'sequences' ? 5 : 3) === 0 && family !== 'scale';
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
  const truth = all.find(({ name }) => name === 'fork_parent_exits') as GroundTruth;
  const wanted = new Map([[truth.scenario.name, wantedOf(truth)]]);
  for await (const { replay } of rooms.run(image, [truth.scenario], wanted)) {
    if (replay === undefined) throw new Error('no replay');
    const { differences } = compareHistory(truth, replay);
    expect(differences.map(({ expected, got }) => `${expected} -> ${got}`).join()).toMatch(/num_children/);
  }
});
