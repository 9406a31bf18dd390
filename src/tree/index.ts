// SPDX-License-Identifier: GPL-2.0-or-later
// The tree room. In: the name or path of a kernel tree, a Series. Out: a SourceTree, an AppliedSeries.
export { type ApplyOptions, applySeries } from './apply.ts';
export { type BaseChoice, baseChoices } from './base.ts';
export { DiskFullError, TreeGoneError } from './errors.ts';
export { fittingTree } from './fitting.ts';
export { materialise } from './materialise.ts';
export { DEBIAN_TREES, DEFAULT_TREE } from './names.ts';
export { type FetchedTree, fetchTree, listTrees, openTree, removeTree, type TreeOptions } from './trees.ts';
