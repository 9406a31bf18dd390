// SPDX-License-Identifier: GPL-2.0-or-later
// Threads on the mm/ of 6.12, and on one where a fault does not look again under the lock: mm/memory.c alone is compiled anew.
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildImage } from '../../../src/kernel/build.ts';
import type { Image } from '../../../src/kernel/values.ts';
import { applyRecipe } from '../../../src/recipes/apply.ts';
import { recipeNamed } from '../../../src/recipes/collection.ts';
import { readerOf } from '../../../src/recipes/write-series.ts';
import { loadScenario } from '../../../src/simulator/grammar/load.ts';
import { runScenarios } from '../../../src/simulator/host.ts';
import type { RunOptions } from '../../../src/simulator/run.ts';
import type { Run } from '../../../src/simulator/values.ts';
import type { Overlay, SourceTree } from '../../../src/tree/values.ts';
import { treeFor } from '../../support/trees.ts';

const scenario = loadScenario(
  fileURLToPath(new URL('../../../simulations/scenarios/concurrent/one-page-written-at-once.yaml', import.meta.url)),
);

let tree: SourceTree;
beforeAll(async () => {
  tree = await treeFor('6.12');
});

async function imageWith(overlay: Overlay): Promise<Image> {
  const result = await buildImage({ tree, overlay, config: 'check', variant: '' });
  if ('failure' in result) throw new Error(JSON.stringify(result.failure, undefined, 1));
  return result.image;
}

async function explore(image: Image, options: RunOptions): Promise<Run> {
  for await (const run of runScenarios(image, [scenario], options)) return run;
  throw new Error('no run');
}

test('a correct kernel breaks nothing, and each schedule is counted', { timeout: 600_000 }, async () => {
  const image = await imageWith(new Map());
  const run = await explore(image, { schedules: 120 });
  expect(run).toMatchObject({ violations: [], exploration: { schedules: 120, unchanged: 2 } });
  expect(run.inconclusive).toBeUndefined();
  expect(run.exploration?.different).toBeGreaterThan(60);
  expect(run.exploration?.oneChange).toBeGreaterThan(10);
  const again = await explore(image, { schedules: 120 });
  expect({ ...again.exploration, cpuMs: 0 }).toEqual({ ...run.exploration, cpuMs: 0 });
});

describe('a fault that does not look again', () => {
  let image: Image;
  let found: Run;
  beforeAll(async () => {
    const { patches } = applyRecipe(recipeNamed('race-first-fault-overwrites'), readerOf(tree));
    const files = patches.flatMap((patch) => [...patch.files]);
    image = await imageWith(new Map(files.map(([path, text]) => [path, Buffer.from(text)])));
    found = await explore(image, { schedules: 60 });
  }, 600_000);

  test('is found, with a schedule and where the threads stood', () => {
    const [violation] = found.violations;
    expect(violation?.schedule).toMatch(/^s1:[a-b0-9.]+:[0-9a-f]{8}$/);
    expect(violation?.turns?.length).toBeGreaterThan(1);
    const places = violation?.turns?.flatMap(({ where }) => where.map((place) => place.function));
    expect(places).toContain('handle_mm_fault');
  });

  test('shows in the replay of that schedule alone', async () => {
    const schedule = found.violations[0]?.schedule as string;
    const replay = await explore(image, { schedule });
    expect(replay.exploration?.schedules).toBe(1);
    expect(replay.violations[0]).toMatchObject({ schedule, signature: found.violations[0]?.signature });
  });

  test('a schedule that does not fit is told, not judged', async () => {
    const schedule = (found.violations[0]?.schedule ?? '').replace(/[0-9a-f]{8}$/, '00000000');
    const replay = await explore(image, { schedule });
    expect(replay.inconclusive).toMatch(/^the replay of schedule .* differs/);
  });
});
