// SPDX-License-Identifier: GPL-2.0-or-later
// A recipe and a tree -> for each of its patches the files that it changes. Fails loudly where the recipe does not fit.
import { RecipeError } from './errors.ts';
import { findFunctions, structEnd } from './functions.ts';
import { layOut } from './layout.ts';
import { lex } from './lex.ts';
import { MAX_SOURCE_BYTES } from './limits.ts';
import { rewritesOf, type Site } from './operators.ts';
import { applyChanges, kernelIndent } from './rewrite.ts';
import { alternatives, shown } from './select.ts';
import type { AppliedRecipe, Edit, FileEdit, FunctionEdit, ReadFile, Recipe, RecipePatch, Words } from './values.ts';

/** The content of a file that must be there. */
function mustRead(read: ReadFile, path: string): string {
  const content = read(path);
  if (content === undefined) throw new RecipeError(`${path} is not in the tree`);
  if (content.length > MAX_SOURCE_BYTES) throw new RecipeError(`${path} is larger than ${MAX_SOURCE_BYTES} bytes`);
  return content;
}

/** The first path, and in it the first name, for which the tree has a definition. */
export function siteOf(edit: { in: Words; function: Words }, read: ReadFile): Site & { path: string } {
  for (const path of alternatives(edit.in)) {
    if (read(path) === undefined) continue;
    const source = mustRead(read, path);
    for (const name of alternatives(edit.function)) {
      const functions = findFunctions(source, name);
      if (functions.length > 0) return { path, source, functions };
    }
  }
  throw new RecipeError(`no function ${shown(edit.function)} in ${shown(edit.in)}`);
}

/** Texts of the edit with <key> replaced by the alternative name that the file has. */
export function withNames<T extends Edit>(edit: T, names: Record<string, string[]>, source: string): T {
  let words: Set<string> | undefined;
  const named = (text: string): string =>
    text.replace(/<(\w+)>/g, (whole, key: string) => {
      const options = names[key];
      if (!options) return whole;
      words ??= new Set(lex(source).map((token) => token.text));
      const here = options.filter((option) => words?.has(option));
      if (here.length !== 1)
        throw new RecipeError(`<${key}>: ${here.length} of ${shown(options)} are in the file, not one`);
      return here[0] as string;
    });
  return Object.fromEntries(
    Object.entries(edit).map(([key, value]) => [key, typeof value === 'string' ? named(value) : value]),
  ) as T;
}

function editFunction(edit: FunctionEdit, read: ReadFile, names: Recipe['names']): [string, string] {
  const site = siteOf(edit, read);
  const rewrites = rewritesOf(site, withNames(edit, names, site.source));
  return [
    site.path,
    applyChanges(
      site.source,
      rewrites.flatMap((rewrite) => layOut(site.source, rewrite)),
    ),
  ];
}

function rename(source: string, from: string, to: string, path: string): string {
  const uses = new RegExp(`(?<![\\w$])${from}(?![\\w$])`, 'g');
  if (!/^\w+$/.test(from) || !/^\w+$/.test(to)) throw new RecipeError(`${from} -> ${to} is no renaming`);
  if (new RegExp(`(?<![\\w$])${to}(?![\\w$])`).test(source)) throw new RecipeError(`${path}: ${to} is there already`);
  if (!uses.test(source)) throw new RecipeError(`${path}: there is no ${from} to rename`);
  return source.replace(uses, () => to);
}

function beforeLast(source: string, line: string, text: string, path: string): string {
  const lines = source.split('\n');
  const at = lines.lastIndexOf(line);
  if (at < 0) throw new RecipeError(`${path}: no line reads "${line}"`);
  lines.splice(at, 0, ...text.replace(/\n+$/, '').split('\n'), '');
  return lines.join('\n');
}

function editFile(edit: FileEdit, read: ReadFile): [string, string] {
  const paths = alternatives(edit.in);
  if ('create' in edit) {
    const [path] = paths as [string];
    if (read(path) !== undefined) throw new RecipeError(`${path} is in the tree already`);
    return [path, `${kernelIndent(edit.create)}\n`];
  }
  const path = paths.find((candidate) => read(candidate) !== undefined);
  if (path === undefined) throw new RecipeError(`${shown(edit.in)} is not in the tree`);
  const source = mustRead(read, path);
  if ('rename' in edit) return [path, rename(source, edit.rename, edit.to, path)];
  if ('append' in edit) return [path, `${source.replace(/\n*$/, '\n')}${edit.append.replace(/\n*$/, '\n')}`];
  if ('beforeLast' in edit) return [path, beforeLast(source, edit.beforeLast, edit.add, path)];
  const end = structEnd(source, edit.struct);
  const at = source.lastIndexOf('\n', end) + 1;
  return [path, `${source.slice(0, at)}\t${kernelIndent(edit.member).replaceAll('\n', '\n\t')}\n${source.slice(at)}`];
}

/** Runs edits in order on top of `read`; returns the files changed. */
function runEdits(edits: readonly Edit[], read: ReadFile, names: Recipe['names']): Map<string, string> {
  const changed = new Map<string, string>();
  const readChanged: ReadFile = (path) => changed.get(path) ?? read(path);
  for (const edit of edits) {
    if ('either' in edit) {
      for (const [path, content] of runEither(edit.either, readChanged, names)) changed.set(path, content);
      continue;
    }
    const [path, content] = 'function' in edit ? editFunction(edit, readChanged, names) : editFile(edit, readChanged);
    changed.set(path, content);
  }
  return changed;
}

function runEither(ways: readonly Edit[][], read: ReadFile, names: Recipe['names']): Map<string, string> {
  const fitting: Map<string, string>[] = [];
  const reasons: string[] = [];
  for (const way of ways)
    try {
      fitting.push(runEdits(way, read, names));
    } catch (error) {
      if (!(error instanceof RecipeError)) throw error;
      reasons.push(error.message);
    }
  if (fitting.length !== 1)
    throw new RecipeError(`${fitting.length} of ${ways.length} ways fit, not one (${reasons.join('; ')})`);
  return fitting[0] as Map<string, string>;
}

function runPatch(recipe: Recipe, patch: RecipePatch, number: number, read: ReadFile): Map<string, string> {
  try {
    const files = runEdits(patch.edits, read, recipe.names);
    for (const [path, content] of files) if (content === read(path)) files.delete(path);
    if (files.size === 0) throw new RecipeError('nothing changes');
    return files;
  } catch (error) {
    if (error instanceof RecipeError) throw new RecipeError(`${recipe.name}, patch ${number}: ${error.message}`);
    throw error;
  }
}

/**
 * Applies a recipe to a tree.
 *
 * In: the recipe and a reader of the tree's files. Out: for each patch, the files it changes with their new content;
 * later patches stand on earlier ones. Throws RecipeError where an edit does not match as often as it says.
 */
export function applyRecipe(recipe: Recipe, read: ReadFile): AppliedRecipe {
  const changed = new Map<string, string>();
  const patches = recipe.patches.map((patch, i) => {
    const files = runPatch(recipe, patch, i + 1, (path) => changed.get(path) ?? read(path));
    for (const [path, content] of files) changed.set(path, content);
    return { title: patch.title, message: patch.message, files };
  });
  return { patches };
}
