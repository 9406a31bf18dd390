// SPDX-License-Identifier: GPL-2.0-or-later
// Where a user keeps rules: --rules DIR, and .rmapbot/rules in a repository.
import { statSync } from 'node:fs';
import path from 'node:path';

/** What a repository keeps its rules in. */
const FOLDER = path.join('.rmapbot', 'rules');

/** The folders `.rmapbot/rules` of a folder and of what is above it in its repository; usually none. */
export function rulesAround(folder: string): string[] {
  const above: string[] = [];
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    above.push(at);
    if (is(path.join(at, '.git'))) break;
    // In no repository: only the folder itself speaks.
    if (at === path.dirname(at)) {
      above.length = 1;
      break;
    }
  }
  return above.map((at) => path.join(at, FOLDER)).filter((rules) => is(rules, 'isDirectory'));
}

/** The folders for a review: those named, or else those of the current repository and of the tree's. */
export function rulesFor(named: string[], roots: readonly string[]): string[] {
  if (named.length > 0) return named;
  return [...new Set(roots.flatMap(rulesAround))];
}

function is(file: string, what?: 'isDirectory'): boolean {
  const info = statSync(file, { throwIfNoEntry: false });
  return info !== undefined && (what === undefined || info[what]());
}
