// SPDX-License-Identifier: GPL-2.0-or-later
// What the search finds by itself: each wrong change of simulations/seeded is built into a tree, and generated histories
// alone are run, no scenario of ours. Correct changes must give nothing. Usage:
//   node scripts/fuzz-detection.ts TREE [HISTORIES] [SEED] [NAME...]
import { buildImage, compilerPool } from '../src/kernel/build.ts';
import { createMachine } from '../src/machine/index.ts';
import { applyRecipe, readerOf, recipesOf } from '../src/recipes/index.ts';
import { runScenario } from '../src/simulator/index.ts';
import { search } from '../src/simulator/search/search.ts';
import { openTree } from '../src/tree/index.ts';

const [spec, histories = '400', seed = '1', ...names] = process.argv.slice(2);
if (spec === undefined) throw new Error('usage: node scripts/fuzz-detection.ts TREE [HISTORIES] [SEED] [NAME...]');
const tree = await openTree(spec, { cwd: process.cwd(), onProgress: () => {} });
const pool = compilerPool(tree, {});
const read = readerOf(tree);
/** In lots: what histories find within the first of them says what fewer would have found. */
const LOTS = [60, Number(histories)].filter((count, i, all) => count <= Number(histories) && all.indexOf(count) === i);

async function signaturesOf(overlay: Map<string, Buffer>, count: number): Promise<Set<string> | string> {
  const built = await buildImage({ tree, overlay, config: 'check', variant: '', pool });
  if ('failure' in built) return `does not build: ${JSON.stringify(built.failure).slice(0, 200)}`;
  const machine = await createMachine(built.image);
  const run = search(machine, { seed: Number(seed), histories: count }, (scenario) => runScenario(machine, scenario));
  return new Set(run.found.flatMap(({ violations }) => violations.map(({ signature }) => signature)));
}

/** The least lot that finds something that the base does not have; "-" where none does. */
async function foundWithin(overlay: Map<string, Buffer>, known: ReadonlySet<string>): Promise<string> {
  for (const count of LOTS) {
    const found = await signaturesOf(overlay, count);
    if (typeof found === 'string') return found;
    const fresh = [...found].filter((signature) => !known.has(signature));
    if (fresh.length > 0) return `${count}\t${fresh.join('; ').slice(0, 160)}`;
  }
  return '-';
}

const known = await signaturesOf(new Map(), Number(histories));
if (typeof known === 'string') throw new Error(known);
console.log(`base\t${[...known].join('; ')}`);
for (const recipe of recipesOf('seeded')) {
  if (names.length > 0 && !names.includes(recipe.name)) continue;
  try {
    const applied = applyRecipe(recipe, read);
    const overlay = new Map<string, Buffer>();
    for (const patch of applied.patches) for (const [path, text] of patch.files) overlay.set(path, Buffer.from(text));
    console.log(`${recipe.kind}\t${recipe.area}\t${recipe.name}\t${await foundWithin(overlay, known)}`);
  } catch (error) {
    console.log(`${recipe.kind}\t${recipe.area}\t${recipe.name}\tnot for this tree: ${(error as Error).message}`);
  }
}
pool.close();
