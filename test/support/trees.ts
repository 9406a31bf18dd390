// SPDX-License-Identifier: GPL-2.0-or-later
// Real kernel trees for tests. In: a short name ("6.12"). Out: a SourceTree to read files from.
// RMAPBOT_TEST_TREES may name a folder with unpacked linux-source-NAME folders; else the tree room fetches one.

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { openTree, TreeGoneError } from '../../src/tree/index.ts';
import type { SourceTree } from '../../src/tree/values.ts';

/** The trees that the project supports, oldest first. */
export const treeNames = ['6.1', '6.12', '7.2', '7.3'] as const;
export type TreeName = (typeof treeNames)[number];

const opened = new Map<TreeName, Promise<SourceTree>>();

/** The tree debian:NAME, opened once per test process; throws where it can neither be found nor fetched. */
export function treeFor(name: TreeName): Promise<SourceTree> {
  let tree = opened.get(name);
  if (tree === undefined) {
    tree = open(name);
    opened.set(name, tree);
  }
  return tree;
}

/**
 * As treeFor, for tests over all trees: undefined, and one loud line, where a distribution that keeps no old packages
 * no longer offers the tree. The stable ones are required.
 */
export async function treeIfOffered(name: TreeName): Promise<SourceTree | undefined> {
  try {
    return await treeFor(name);
  } catch (error) {
    if (!(error instanceof TreeGoneError) || name === '6.1' || name === '6.12') throw error;
    console.warn(`NOT TESTED on debian:${name}: ${error.message}`);
    return undefined;
  }
}

/** The text of one file of a tree, or undefined where the tree does not have it. */
export function sourceOf(tree: SourceTree, path: string): string | undefined {
  const full = join(tree.root, path);
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
}

async function open(name: TreeName): Promise<SourceTree> {
  const folder = process.env.RMAPBOT_TEST_TREES;
  const root = folder ? join(folder, `linux-source-${name}`) : undefined;
  if (root !== undefined && existsSync(root)) {
    return { label: `debian:${name}`, root: realpathSync(root), version: versionOf(root) };
  }
  return openTree(`debian:${name}`);
}

function versionOf(root: string): string {
  const makefile = readFileSync(join(root, 'Makefile'), 'utf8');
  const field = (key: string) => new RegExp(`^${key} *= *(.*)$`, 'm').exec(makefile)?.[1]?.trim() ?? '';
  return `${field('VERSION')}.${field('PATCHLEVEL')}.${field('SUBLEVEL')}${field('EXTRAVERSION')}`;
}
