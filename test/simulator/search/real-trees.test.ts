// SPDX-License-Identifier: GPL-2.0-or-later
// Generated histories on the mm/ of real trees: each of their steps is done, nothing breaks, equal seeds are equal; and
// a wrong change is found by them alone.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildImage } from '../../../src/kernel/build.ts';
import type { ConfigName, Image } from '../../../src/kernel/values.ts';
import { applyRecipe, readerOf, recipeNamed } from '../../../src/recipes/index.ts';
import type { Scenario } from '../../../src/simulator/grammar/values.ts';
import { runScenarios } from '../../../src/simulator/host.ts';
import type { SearchRequest, SearchResult } from '../../../src/simulator/search/values.ts';
import type { Overlay } from '../../../src/tree/values.ts';
import { type TreeName, treeFor, treeIfOffered } from '../../support/trees.ts';

async function imageOf(name: TreeName, config: ConfigName, overlay: Overlay = new Map()): Promise<Image | undefined> {
  const tree = await treeIfOffered(name);
  if (tree === undefined) return undefined;
  const result = await buildImage({ tree, overlay, config, variant: '' });
  if ('failure' in result) throw new Error(JSON.stringify(result.failure, undefined, 1));
  return result.image;
}

async function searches(image: Image, requests: SearchRequest[]): Promise<(SearchResult | undefined)[]> {
  const configs: ConfigName[] = ['check', 'prod'];
  const scenarios = requests.map(
    (search, i): Scenario => ({
      ...{ name: `search-${i}`, about: '', areas: [], requires: [], configs, files: [], bounds: {}, steps: [] },
      ...{ family: '', search },
    }),
  );
  const found: (SearchResult | undefined)[] = [];
  for await (const run of runScenarios(image, scenarios)) found.push(run.search);
  return found;
}

// The assertion that docs/found.md tells of is in 7.3's check image.
describe.each<[TreeName, ConfigName]>([
  ['6.12', 'check'],
  ['7.3', 'prod'],
])('%s %s', (name, config) => {
  test('does every step of every history, and breaks nothing', { timeout: 900_000 }, async () => {
    const image = await imageOf(name, config);
    if (image === undefined) return;
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const [result, again] = await searches(image, [
          { seed, histories: 40 },
          { seed, histories: 40 },
        ]);
        expect(result?.histories).toBe(40);
        expect(result?.unjudged).toEqual([]);
        expect(result?.found).toEqual([]);
        expect(again).toEqual(result);
      }),
      { numRuns: 4, seed: 20261120, endOnFailure: true },
    );
  });
});

test('a wrong change is found without any scenario', { timeout: 900_000 }, async () => {
  const tree = await treeFor('6.12');
  const overlay = new Map<string, Buffer>();
  for (const { files } of applyRecipe(recipeNamed('clone-skips-idle-ancestor'), readerOf(tree)).patches)
    for (const [path, text] of files) overlay.set(path, Buffer.from(text));
  const image = await imageOf('6.12', 'check', overlay);
  const [result] = image === undefined ? [] : await searches(image, [{ seed: 1, histories: 150 }]);
  expect(result?.found.length).toBeGreaterThan(0);
});
