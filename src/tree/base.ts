// SPDX-License-Identifier: GPL-2.0-or-later
// Which state of a tree a series is applied to. In: the series, the tree, what the user asked for. Out: a commit of
// the user's repository or the tree as it is, with the reason as the report prints it.
import { InputError } from '../errors.ts';
import type { Series } from '../series/values.ts';
import { resolveCommit } from './checkout.ts';
import { printable } from './paths.ts';
import type { SourceTree } from './values.ts';

export interface BaseChoice {
  /** The commit to take; undefined: the files of the tree as they are. */
  commit?: string;
  /** Where the files of a folder are taken: the commit checked out there, if there is one. */
  head?: string;
  /** What the report prints, the tree's label included. */
  text: string;
}

/**
 * The user's `--base` first, then the series' base-commit where the checkout has it, else the tree as given.
 * Throws InputError where `--base` names nothing there.
 */
export async function pickBase(series: Series, tree: SourceTree, asked?: string): Promise<BaseChoice> {
  const gitDir = tree.origin?.kind === 'checkout' ? tree.origin.gitDir : undefined;
  if (asked !== undefined) {
    if (gitDir === undefined) throw new InputError(`--base needs a git checkout, and ${tree.label} is none`);
    const commit = await resolveCommit(gitDir, asked);
    if (commit === undefined) throw new InputError(`--base ${printable(asked)}: no such commit in ${tree.label}`);
    return { commit, text: `${tree.label} at ${commit} (--base ${asked})` };
  }
  const wanted = series.base !== undefined && /^[0-9a-f]{12,40}$/.test(series.base) ? series.base : undefined;
  if (wanted !== undefined && tree.identity?.startsWith(wanted)) {
    return { text: `${tree.label}, commit ${tree.identity}, the series' base-commit` };
  }
  if (gitDir !== undefined) {
    const commit = wanted === undefined ? undefined : await resolveCommit(gitDir, wanted);
    if (commit !== undefined) return { commit, text: `${tree.label} at ${commit}, the series' base-commit` };
    const head = await resolveCommit(gitDir, 'HEAD');
    const where = head === undefined ? tree.label : `${tree.label} at ${head}`;
    const text = `${where}, the files of the folder as they are${without(wanted)}`;
    return head === undefined ? { text } : { head, text };
  }
  const commit = /^[0-9a-f]{40}$/.test(tree.identity ?? '') ? `, commit ${tree.identity}` : '';
  return { text: `${tree.label}${commit}${without(wanted)}` };
}

function without(wanted: string | undefined): string {
  return wanted === undefined ? '' : ` (without the series' base-commit ${wanted.slice(0, 12)})`;
}
