// SPDX-License-Identifier: GPL-2.0-or-later
// node scripts/recipe.ts NAME TREE OUT.mbox: writes the series of a recipe against an unpacked kernel tree.
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { recipeNamed, writeSeries } from '../src/recipes/index.ts';
import type { SourceTree } from '../src/tree/values.ts';

const [name, root, out] = process.argv.slice(2);
if (!name || !root || !out) {
  console.error('usage: node scripts/recipe.ts NAME TREE OUT.mbox');
  process.exit(2);
}
try {
  const real = realpathSync(root);
  const tree: SourceTree = { label: basename(real), root: real, version: '' };
  await writeSeries(recipeNamed(name), tree, out);
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}
