// SPDX-License-Identifier: GPL-2.0-or-later
// What a reviewer waits for, each as a whole process of the built package: npm run build, node bench/review.bench.ts [TREE]
//   cold      a one-patch series on mm/vma.c, against a tree never built before (empty cache, tree at hand)
//   again     the same review once more
//   cached    a one-patch series on mm/rmap.c, the base's images and runs cached
//   header    a patch that touches include/linux/mm_types.h, the base cached
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { recipeNamed, writeSeries } from '../src/recipes/index.ts';
import { openTree } from '../src/tree/index.ts';

const name = process.argv[2] ?? 'debian:7.3';
const tree = await openTree(name, { cwd: process.cwd() });
const work = mkdtempSync(path.join(tmpdir(), 'rmapbot-bench-'));
const main = new URL('../dist/cli/main.js', import.meta.url).pathname;

async function review(label: string, recipe: string): Promise<void> {
  const mbox = path.join(work, `${recipe}.mbox`);
  await writeSeries(recipeNamed(recipe), tree, mbox);
  const started = performance.now();
  const run = spawnSync(process.execPath, [main, 'review', mbox, '--tree', tree.root], {
    env: { ...process.env, XDG_CACHE_HOME: path.join(work, 'cache') },
    encoding: 'utf8',
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${label.padEnd(8)} ${seconds.padStart(6)} s  exit ${run.status}  ${run.stdout.split('\n')[0]}${run.stderr}`,
  );
}

try {
  await review('cold', 'correct-early-return');
  await review('again', 'correct-early-return');
  await review('cached', 'correct-inline-local');
  await review('header', 'vma-grows');
} finally {
  rmSync(work, { recursive: true, force: true });
}
