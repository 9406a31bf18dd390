// SPDX-License-Identifier: GPL-2.0-or-later
// The recipes room. In: a recipe (YAML) and a kernel tree. Out: the series it makes of that tree as an mbox, or the
// tree's files with control bugs planted dormant. Used by the demo, by reviews (positive controls) and by tests.
export { applyRecipe } from './apply.ts';
export { COLLECTIONS, type Collection, recipeNamed, recipesOf } from './collection.ts';
export { type PlantedTree, plantControls } from './controls.ts';
export { RecipeError } from './errors.ts';
export { readRecipe } from './read.ts';
export type { AppliedRecipe, PlantedControl, ReadFile, Recipe, RecipeFiles, RecipeKind } from './values.ts';
export { readerOf, type SeriesOptions, seriesText, writeSeries } from './write-series.ts';
