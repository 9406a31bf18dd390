// SPDX-License-Identifier: GPL-2.0-or-later
// Control recipes and a tree -> the tree's files with every control planted dormant. One image holds them all; the
// exported function rmapbot_plant_select(K) of the machine switches control K on, 0 none.
import { siteOf, withNames } from './apply.ts';
import { dormant, type Insertion, insertAll } from './dormant.ts';
import { RecipeError } from './errors.ts';
import { lex } from './lex.ts';
import { rewritesOf } from './operators.ts';
import type { Edit, PlantedControl, ReadFile, Recipe } from './values.ts';

/** Known to the C side: true while the control of this number is switched on. */
const DECLARATION = 'extern int rmapbot_plant(int);';

export interface PlantedTree {
  /** path -> content, to lay over the tree. */
  files: Map<string, Buffer>;
  controls: PlantedControl[];
  /** Controls that do not fit this tree, with the reason. */
  unfit: { id: string; reason: string }[];
}

type Insertions = Map<string, Insertion[]>;

function add(to: Insertions, from: Insertions): void {
  for (const [path, insertions] of from) to.set(path, [...(to.get(path) ?? []), ...insertions]);
}

function plantEdits(edits: readonly Edit[], read: ReadFile, names: Recipe['names'], control: number): Insertions {
  const made: Insertions = new Map();
  for (const edit of edits) {
    if ('either' in edit) add(made, plantEither(edit.either, read, names, control));
    else if ('function' in edit) {
      const site = siteOf(edit, read);
      const rewrites = rewritesOf(site, withNames(edit, names, site.source));
      add(made, new Map([[site.path, rewrites.flatMap((rewrite) => dormant(site.source, rewrite, control))]]));
    } else throw new RecipeError('a control edits functions only');
  }
  return made;
}

function plantEither(ways: readonly Edit[][], read: ReadFile, names: Recipe['names'], control: number): Insertions {
  const fitting: Insertions[] = [];
  const reasons: string[] = [];
  for (const way of ways)
    try {
      fitting.push(plantEdits(way, read, names, control));
    } catch (error) {
      if (!(error instanceof RecipeError)) throw error;
      reasons.push(error.message);
    }
  if (fitting.length !== 1)
    throw new RecipeError(`${fitting.length} of ${ways.length} ways fit, not one (${reasons.join('; ')})`);
  return fitting[0] as Insertions;
}

/** The file with the declaration on the blank line after its includes, or before its first definition's line. */
function declared(source: string, path: string): string {
  let last = -1;
  for (const token of lex(source)) {
    if (token.kind !== 'directive') break;
    if (/^#\s*include/.test(token.text)) last = token.end;
  }
  if (last < 0) throw new RecipeError(`${path}: no #include to declare after`);
  const blank = /\n[ \t]*\n/.exec(source.slice(last));
  const next = blank === null ? source.indexOf('\n', last) : last + blank.index;
  // On the empty line itself, so that no line number moves.
  return `${source.slice(0, next + 1)}${DECLARATION}${blank === null ? '\n' : ''}${source.slice(next + 1)}`;
}

/**
 * Plants controls into a tree, each dormant.
 *
 * In: a reader of the tree's files, and the control recipes (kind `control`, or `wrong` ones with an area).
 * Out: the changed files and, in the order given, the controls with their numbers (from 1; a control that does not fit
 * the tree is listed with the reason and takes no number). Line numbers of the files do not change.
 */
export function plantControls(read: ReadFile, recipes: readonly Recipe[]): PlantedTree {
  const all: Insertions = new Map();
  const controls: PlantedControl[] = [];
  const unfit: PlantedTree['unfit'] = [];
  for (const recipe of recipes) {
    const number = controls.length + 1;
    try {
      const edits = recipe.patches.flatMap((patch) => patch.edits);
      add(all, plantEdits(edits, read, recipe.names, number));
      controls.push({ id: recipe.name, number, area: recipe.area ?? '', invariants: recipe.invariants });
    } catch (error) {
      if (!(error instanceof RecipeError)) throw error;
      unfit.push({ id: recipe.name, reason: error.message });
    }
  }
  const files = new Map<string, Buffer>();
  for (const [path, insertions] of all)
    files.set(path, Buffer.from(declared(insertAll(read(path) as string, insertions), path)));
  return { files, controls, unfit };
}
