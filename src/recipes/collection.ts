// SPDX-License-Identifier: GPL-2.0-or-later
// The recipes that come with the project, from simulations/{examples,seeded,controls}/*.yaml.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RecipeError } from './errors.ts';
import { readRecipe } from './read.ts';
import type { Recipe } from './values.ts';

export const COLLECTIONS = ['examples', 'seeded', 'controls'] as const;
export type Collection = (typeof COLLECTIONS)[number];

/** simulations/ beside this package, whether it runs from src/ or from dist/. */
function simulations(): string {
  for (const up of ['../../simulations', '../../../simulations']) {
    const folder = fileURLToPath(new URL(up, import.meta.url));
    if (existsSync(folder)) return folder;
  }
  throw new Error('the simulations folder of the package is missing');
}

/** All recipes of a collection, by name. Throws RecipeError where a file is not a recipe of its own name. */
export function recipesOf(collection: Collection, folder = simulations()): Recipe[] {
  const dir = join(folder, collection);
  return readdirSync(dir)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const where = `${collection}/${file}`;
      const recipe = readRecipe(readFileSync(join(dir, file), 'utf8'), where);
      if (`${recipe.name}.yaml` !== file) throw new RecipeError(`${where}: it is named ${recipe.name}`);
      return recipe;
    });
}

/** The recipe of this name in any collection. Throws RecipeError where there is none. */
export function recipeNamed(name: string): Recipe {
  for (const collection of COLLECTIONS) {
    const found = recipesOf(collection).find((recipe) => recipe.name === name);
    if (found) return found;
  }
  throw new RecipeError(`no recipe is named ${name}`);
}
