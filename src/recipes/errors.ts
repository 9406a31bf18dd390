// SPDX-License-Identifier: GPL-2.0-or-later
// The one error of this room: a recipe that does not fit, with what it looked for and where.

/** A recipe that cannot be read, or an edit that does not match the tree as often as the recipe says. */
export class RecipeError extends Error {
  override name = 'RecipeError';
}
