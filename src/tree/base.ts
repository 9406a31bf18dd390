// SPDX-License-Identifier: GPL-2.0-or-later
// Which state of a tree a series is applied to. In: the series, the tree, what the user asked for. Out: commits of the
// user's repository to try in turn, and the tree as it is, with the reasons as the report prints them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { Series } from '../series/values.ts';
import { branchesNamed, remotesOf, resolveCommit } from './checkout.ts';
import { type MaintainersTree, maintainersTree, repositoryKey } from './maintainers.ts';
import { PathLookup } from './materialise.ts';
import { printable } from './paths.ts';
import type { SourceTree } from './values.ts';

export interface BaseChoice {
  /** The commit to take; undefined: the files of the tree as they are. */
  commit?: string;
  /** Where the files of a folder are taken: the commit checked out there, if there is one. */
  head?: string;
  /** What the report prints, the tree's label included. */
  text: string;
  /** How it is called where the series does not apply to it and the next one is tried. */
  name?: string;
}

/**
 * The user's `--base`, or the series' base-commit where the checkout has it: that alone. Else in turn: the branch that a
 * tag of the subject names ("mm-unstable", "6.12.y"), the branch of the user's that follows MAINTAINERS' git tree for
 * the files touched, the tree as given. Throws InputError where `--base` names nothing there.
 */
export async function baseChoices(series: Series, tree: SourceTree, asked?: string): Promise<BaseChoice[]> {
  const gitDir = tree.origin?.kind === 'checkout' ? tree.origin.gitDir : undefined;
  if (asked !== undefined) {
    if (gitDir === undefined) throw new InputError(`--base needs a git checkout, and ${tree.label} is none`);
    const commit = await resolveCommit(gitDir, asked);
    if (commit === undefined) throw new InputError(`--base ${printable(asked)}: no such commit in ${tree.label}`);
    return [{ commit, text: `${tree.label} at ${commit} (--base ${asked})` }];
  }
  const wanted = series.base !== undefined && /^[0-9a-f]{12,40}$/.test(series.base) ? series.base : undefined;
  if (wanted !== undefined && tree.identity?.startsWith(wanted)) {
    return [{ text: `${tree.label}, commit ${tree.identity}, the series' base-commit` }];
  }
  if (gitDir !== undefined) {
    const commit = wanted === undefined ? undefined : await resolveCommit(gitDir, wanted);
    if (commit !== undefined) return [{ commit, text: `${tree.label} at ${commit}, the series' base-commit` }];
    const head = await resolveCommit(gitDir, 'HEAD');
    const where = head === undefined ? tree.label : `${tree.label} at ${head}`;
    const text = `${where}, the files of the folder as they are${without(wanted)}`;
    const named = [...(await taggedBranch(series, tree, gitDir)), ...(await maintainersBranch(series, tree, gitDir))];
    // What is checked out anyway is taken with the changes made to it.
    const others = named.filter((one) => one.commit !== head);
    return [...others, head === undefined ? { text } : { head, text }];
  }
  const commit = /^[0-9a-f]{40}$/.test(tree.identity ?? '') ? `, commit ${tree.identity}` : '';
  return [{ text: `${tree.label}${commit}${without(wanted)}` }];
}

/** Tags of a subject that may name a tree: not those that say what kind of posting it is. */
export function treeTags(series: Series): string[] {
  const kind = /^(rfc|rft|resend|repost|wip|draft|for|do|not|merge|dontapply|fix|fixes|v?\d+)$/i;
  return series.tags.filter((tag) => /^[\w./-]{3,100}$/.test(tag) && !kind.test(tag));
}

/** What MAINTAINERS of a tree says about the files of a series. */
export function maintainersOf(series: Series, tree: SourceTree): MaintainersTree | undefined {
  if (new PathLookup(tree).kind('MAINTAINERS') !== 'file') return undefined;
  const paths = [...new Set(series.patches.flatMap((patch) => patch.paths))];
  return maintainersTree(readFileSync(join(tree.root, 'MAINTAINERS'), 'utf8'), paths);
}

async function taggedBranch(series: Series, tree: SourceTree, gitDir: string): Promise<BaseChoice[]> {
  for (const tag of treeTags(series)) {
    const names = /^v?\d+\.\d+\.y$/.test(tag) ? [tag, `linux-${tag.replace(/^v/, '')}`] : [tag];
    for (const { name, commit } of (await Promise.all(names.map((one) => branchesNamed(gitDir, one)))).flat()) {
      const text = `${tree.label} at ${commit}, its ${name}, which the subject of the series names`;
      return [{ commit, text, name }];
    }
  }
  return [];
}

async function maintainersBranch(series: Series, tree: SourceTree, gitDir: string): Promise<BaseChoice[]> {
  const found = maintainersOf(series, tree);
  const key = found && repositoryKey(found.url);
  if (!found || key === undefined) return [];
  for (const { name, url } of await remotesOf(gitDir)) {
    if (repositoryKey(url) !== key) continue;
    const branches = found.branch === undefined ? ['HEAD', 'master', 'main'] : [found.branch];
    for (const branch of branches) {
      const commit = await resolveCommit(gitDir, `refs/remotes/${name}/${branch}`);
      if (commit === undefined) continue;
      const why = `which MAINTAINERS names for ${printable(found.section)}`;
      return [{ commit, text: `${tree.label} at ${commit}, its ${name}/${branch}, ${why}`, name: `${name}/${branch}` }];
    }
  }
  return [];
}

function without(wanted: string | undefined): string {
  return wanted === undefined ? '' : ` (without the series' base-commit ${wanted.slice(0, 12)})`;
}
