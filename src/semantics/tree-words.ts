// SPDX-License-Identifier: GPL-2.0-or-later
// Which names a tree's memory management has: to find out whether what a rule names exists anywhere.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceTree } from '../tree/values.ts';
import { inScope } from './paths.ts';
import type { Rules } from './rule-values.ts';

const FOLDERS = ['mm', 'include', 'lib'];
const FILES = ['kernel/fork.c', 'kernel/exit.c', 'fs/userfaultfd.c', 'fs/exec.c'];
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
const WORD = /[A-Za-z_]\w*/g;
const SYSCALL = /\bSYSCALL_DEFINE\d\((\w+)/g;

/** Of the wanted names those that the code in scope has, comments aside; sys_NAME for a system call. */
export async function namesIn(
  tree: SourceTree,
  scope: Rules['scope'],
  wanted: ReadonlySet<string>,
): Promise<Set<string>> {
  const found = new Set<string>();
  const paths = [...FILES];
  for (const folder of FOLDERS) paths.push(...(await sourcesIn(tree.root, folder)));
  for (const path of paths.filter((one) => inScope(one, scope))) {
    const text = await readFile(join(tree.root, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const code = text.replace(COMMENT, ' ');
    for (const [word] of code.matchAll(WORD)) if (wanted.has(word)) found.add(word);
    for (const [, name] of code.matchAll(SYSCALL)) if (wanted.has(`sys_${name}`)) found.add(`sys_${name}`);
  }
  return found;
}

async function sourcesIn(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile() && /\.[ch]$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}
