// SPDX-License-Identifier: GPL-2.0-or-later
// A recipe and a tree -> the mbox that `git format-patch` makes of it. Same recipe, same tree: same bytes.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initGitDir, mustGit } from '../tree/git.ts';
import { materialise, PathLookup } from '../tree/materialise.ts';
import type { SourceTree } from '../tree/values.ts';
import { applyRecipe } from './apply.ts';
import { alternatives } from './select.ts';
import type { Edit, ReadFile, Recipe } from './values.ts';

/** Who writes example series, and when: fixed, so that the bytes are. */
const AUTHOR = 'Example Author';
const ADDRESS = 'author@example.org';
const FIRST_DATE = Date.UTC(2026, 0, 5, 10, 0, 0) / 1000;

export interface SeriesOptions {
  /** A cover letter; the recipe's own, or its `about` where it has none. Default: whether the recipe has one. */
  cover?: boolean;
}

/** Reads files of a tree as text; undefined for what it does not have or has behind a link. */
export function readerOf(tree: SourceTree): ReadFile {
  const lookup = new PathLookup(tree);
  return (path) => (lookup.kind(path) === 'file' ? readFileSync(join(tree.root, path), 'utf8') : undefined);
}

/** Every path that the edits name. */
function pathsIn(edits: readonly Edit[]): string[] {
  return edits.flatMap((edit) => ('either' in edit ? edit.either.flatMap(pathsIn) : alternatives(edit.in)));
}

/** The environment of one commit; `step` counts minutes from the first date. */
function identity(step: number): Record<string, string> {
  const date = `${FIRST_DATE + step * 60} +0000`;
  return {
    GIT_AUTHOR_NAME: AUTHOR,
    GIT_AUTHOR_EMAIL: ADDRESS,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: AUTHOR,
    GIT_COMMITTER_EMAIL: ADDRESS,
    GIT_COMMITTER_DATE: date,
  };
}

/** Writes files on top of a commit; returns the new commit. */
async function commit(
  gitDir: string,
  step: number,
  message: string,
  files: ReadonlyMap<string, string>,
  parent: string | undefined,
): Promise<string> {
  const env = { ...identity(step), GIT_INDEX_FILE: join(gitDir, 'index') };
  const entries: string[] = [];
  for (const [path, content] of files) {
    const blob = await mustGit(['hash-object', '-w', '--stdin'], { gitDir, input: content });
    entries.push(`100644 ${blob.toString().trim()}\t${path}\n`);
  }
  await mustGit(['update-index', '--add', '--index-info'], { gitDir, env, input: entries.join('') });
  const tree = (await mustGit(['write-tree'], { gitDir, env })).toString().trim();
  const parents = parent === undefined ? [] : ['-p', parent];
  const made = await mustGit(['commit-tree', tree, ...parents, '-F', '-'], { gitDir, env, input: message });
  return made.toString().trim();
}

/** The commit message of a patch: title, our text, sign-off. */
function commitMessage(title: string, text: string): string {
  return `${title}\n\n${text.trim()}\n\nSigned-off-by: ${AUTHOR} <${ADDRESS}>\n`;
}

/** Gives each mail a Message-ID of its own and threads it to the first; git's own would hold the time of day. */
function threaded(mbox: string, recipe: Recipe, cover: boolean): string {
  let number = cover ? -1 : 0;
  const id = (n: number): string => `<${recipe.name}.${n}@example.org>`;
  const first = id(cover ? 0 : 1);
  return mbox.replace(/^From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\n/gm, (line) => {
    number++;
    const own = id(number);
    return own === first
      ? `${line}Message-ID: ${own}\n`
      : `${line}Message-ID: ${own}\nIn-Reply-To: ${first}\nReferences: ${first}\n`;
  });
}

/** The mbox of a recipe on a tree, as text. Throws RecipeError where the recipe does not fit the tree. */
export async function seriesText(recipe: Recipe, tree: SourceTree, options: SeriesOptions = {}): Promise<string> {
  await materialise(tree, pathsIn(recipe.patches.flatMap((patch) => patch.edits)));
  const read = readerOf(tree);
  const { patches } = applyRecipe(recipe, read);
  const cover = options.cover ?? recipe.cover !== undefined;
  const gitDir = await mkdtemp(join(tmpdir(), 'rmapbot-series-'));
  try {
    await initGitDir(gitDir);
    const touched = [...new Set(patches.flatMap((patch) => [...patch.files.keys()]))].sort();
    const before = touched.flatMap((path) => {
      const content = read(path);
      return content === undefined ? [] : [[path, content] as const];
    });
    const base = await commit(gitDir, 0, 'base', new Map(before), undefined);
    let tip = base;
    for (const [i, patch] of patches.entries())
      tip = await commit(gitDir, i + 1, commitMessage(patch.title, patch.message), patch.files, tip);
    const format = ['format-patch', '--stdout', '--no-signature', '--no-renames', '--abbrev=12', '--stat=72'];
    if (cover) format.push('--cover-letter');
    const made = await mustGit([...format, '--end-of-options', `${base}..${tip}`], {
      gitDir,
      env: identity(patches.length + 1),
    });
    const text = made
      .toString()
      .replace('*** SUBJECT HERE ***', () => recipe.cover?.title ?? recipe.about)
      .replace('*** BLURB HERE ***', () => (recipe.cover?.text ?? recipe.about).trim());
    return threaded(text, recipe, cover);
  } finally {
    await rm(gitDir, { recursive: true, force: true });
  }
}

/**
 * Writes a recipe's series as an mbox, as `git format-patch --stdout` does.
 *
 * In: the recipe, the tree it is for, the file to write. The tree is only read.
 * Throws RecipeError where the recipe does not fit the tree.
 */
export async function writeSeries(
  recipe: Recipe,
  tree: SourceTree,
  outFile: string,
  options: SeriesOptions = {},
): Promise<void> {
  await writeFile(outFile, await seriesText(recipe, tree, options));
}
