// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel changes that explain differences from the measured kernel, and a tree with some of them undone.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { applyRecipe, type ReadFile, type Recipe, RecipeError, readRecipe } from '../recipes/index.ts';

const changes = z.array(
  z.strictObject({
    name: z.string(),
    /** Title of the kernel's commit. */
    change: z.string(),
    versions: z.string(),
    effect: z.string(),
    /** True where changes/NAME.yaml undoes (or brings) it. */
    recipe: z.literal(true).optional(),
    /** How the comparison accounts for it, where no recipe does. */
    rule: z.string().optional(),
    /** Scenarios of ours whose steps differ because of it, beyond what the rule accounts for. */
    shows: z.array(z.string()).optional(),
  }),
);
export type Change = z.infer<typeof changes>[number];

/** Folder of our own copy of the measurements. */
export const GROUND_TRUTH = fileURLToPath(new URL('../../simulations/ground-truth', import.meta.url));

/** All changes, in the order of the file. Throws where the file and the folder of recipes do not agree. */
export function loadChanges(folder = GROUND_TRUTH): Change[] {
  const list = changes.parse(parse(readFileSync(path.join(folder, 'changes.yaml'), 'utf8')));
  const files = readdirSync(path.join(folder, 'changes')).sort();
  const named = list.filter(({ recipe }) => recipe).map(({ name }) => `${name}.yaml`);
  if (files.join() !== named.sort().join()) throw new Error(`changes.yaml and changes/ name different recipes`);
  return list;
}

function recipeOf(name: string): Recipe {
  return readRecipe(readFileSync(path.join(GROUND_TRUTH, 'changes', `${name}.yaml`), 'utf8'), `changes/${name}.yaml`);
}

/**
 * The files of a tree with these changes made as the measured kernel has them. Undefined where one does not fit the
 * tree: it has no such difference.
 */
export function withChanges(read: ReadFile, names: readonly string[]): Map<string, Buffer> | undefined {
  const files = new Map<string, string>();
  try {
    for (const name of names) {
      const { patches } = applyRecipe(recipeOf(name), (file) => files.get(file) ?? read(file));
      for (const patch of patches) for (const [file, text] of patch.files) files.set(file, text);
    }
  } catch (error) {
    if (error instanceof RecipeError) return undefined;
    throw error;
  }
  return new Map([...files].map(([file, text]) => [file, Buffer.from(text)]));
}
