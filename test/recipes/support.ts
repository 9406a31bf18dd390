// SPDX-License-Identifier: GPL-2.0-or-later
// One-patch recipes around single edits, on small C texts of our own.
import { applyRecipe } from '../../src/recipes/apply.ts';
import type { Edit, Recipe } from '../../src/recipes/values.ts';

export const PATH = 'mm/own.c';

export function recipeOf(edits: Edit[], names: Recipe['names'] = {}): Recipe {
  return {
    name: 'own',
    kind: 'correct',
    about: 'own',
    invariants: [],
    needs: [],
    names,
    patches: [{ title: 't', message: 'm', edits }],
  };
}

/** An edit of the function f of our own file. */
export function inF(edit: object): Edit {
  return { in: PATH, function: 'f', ...edit } as Edit;
}

/** The file after one edit. */
export function edited(source: string, edit: Edit | Edit[], names: Recipe['names'] = {}): string {
  const edits = Array.isArray(edit) ? edit : [edit];
  const applied = applyRecipe(recipeOf(edits, names), (path) => (path === PATH ? source : undefined));
  return applied.patches[0]?.files.get(PATH) ?? 'unchanged';
}

/** Lines of a kernel-style text: "  " at the start of a line stands for a tab. */
export function c(strings: TemplateStringsArray): string {
  return `${(strings[0] as string)
    .replace(/^\n/, '')
    .replace(/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^(?: {2})+/, (spaces) => '\t'.repeat(spaces.length / 2)))
    .join('\n')}\n`;
}
