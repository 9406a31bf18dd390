// SPDX-License-Identifier: GPL-2.0-or-later
// A design as real patches, on the tree that they are for: what docs/designs-as-series.md says of it, by one image.
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { buildImage } from '../../src/kernel/build.ts';
import type { Image } from '../../src/kernel/values.ts';
import { applyRecipe } from '../../src/recipes/apply.ts';
import { recipeNamed } from '../../src/recipes/collection.ts';
import { readerOf } from '../../src/recipes/write-series.ts';
import { loadScenarios } from '../../src/simulator/grammar/load.ts';
import { runScenarios } from '../../src/simulator/host.ts';
import type { Run } from '../../src/simulator/values.ts';
import { treeIfOffered } from '../support/trees.ts';

const scenarios = loadScenarios(fileURLToPath(new URL('../../simulations/scenarios', import.meta.url)));
const tree = await treeIfOffered('7.3');

let image: Image;
beforeAll(async () => {
  if (tree === undefined) return;
  const { patches } = applyRecipe(recipeNamed('deferred-anon-vma'), readerOf(tree));
  const overlay = new Map(
    patches.flatMap(({ files }) => [...files].map(([path, text]) => [path, Buffer.from(text)] as const)),
  );
  const result = await buildImage({ tree, overlay, config: 'prod', variant: '' });
  if ('failure' in result) throw new Error(JSON.stringify(result.failure, undefined, 1));
  image = result.image;
}, 600_000);

async function run(name: string): Promise<Run> {
  for await (const one of runScenarios(
    image,
    scenarios.filter((scenario) => scenario.name === name),
  ))
    return one;
  throw new Error(`no scenario is named ${name}`);
}

test.runIf(tree).each(['first-write', 'generations-write', 'split-in-grandchild', 'huge-generations'])(
  'a deferred anon_vma does in %s',
  async (name) => {
    const { inconclusive, violations } = await run(name);
    expect([inconclusive, violations.map(({ evidence }) => evidence)]).toEqual([undefined, []]);
  },
);

test.runIf(tree)('it saves every chain of a process that never forks', async () => {
  const { marks } = await run('pieces-become-one');
  const live = marks.map(({ objects }) => objects.find(({ object }) => object === 'anon_vma_chain')?.live ?? 0);
  expect(live).toEqual(live.map(() => 0));
});

test.runIf(tree).each([
  ['huge-across-two-vmas', 'walk-complete'],
  ['ksm-merge-and-break', 'walk-complete'],
  ['in-flight-fork', 'walk-complete'],
  ['swap-cache-while-forked', 'no-leak'],
])('the objection of %s is found', async (name, invariant) => {
  const { violations } = await run(name);
  expect(violations.map((one) => one.invariant)).toContain(invariant);
});
