// SPDX-License-Identifier: GPL-2.0-or-later
// Sizes of the recipes room, each with its reason.

/** Largest recipe file in bytes; ours are below 8 KiB, a larger one is not a recipe. */
export const MAX_RECIPE_BYTES = 64 * 1024;

/** Largest source file that is edited, in bytes; the largest of mm/ is below 300 KiB. */
export const MAX_SOURCE_BYTES = 4 * 1024 * 1024;

/** Nesting of statements before a function counts as unreadable; the deepest of mm/ is below 20. */
export const MAX_NESTING = 100;
