// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a folder is a kernel tree, and of which version.
import { closeSync, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files that every kernel since 2.6.25 has and that we cannot work without. */
const LANDMARKS = [
  'Makefile',
  'Kbuild',
  'Kconfig',
  'mm/rmap.c',
  'mm/Makefile',
  'include/linux/rmap.h',
  'include/linux/mm_types.h',
];

/** The version of the kernel tree at `root`, or why it is none. Reads at most 4 KiB of it. */
export function inspectKernel(root: string): { version: string } | { fault: string } {
  if (!statSync(root, { throwIfNoEntry: false })) return { fault: 'no such folder' };
  if (!statSync(root).isDirectory()) return { fault: 'not a folder' };
  for (const path of LANDMARKS) {
    if (!lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile()) return { fault: `no file ${path} in it` };
  }
  const version = parseVersion(head(join(root, 'Makefile')));
  return version === undefined ? { fault: 'its Makefile names no kernel version' } : { version };
}

/** "VERSION.PATCHLEVEL.SUBLEVEL-EXTRA" from the head of a kernel's top Makefile; undefined where it has none. */
export function parseVersion(makefile: string): string | undefined {
  const [version, patchlevel, sublevel, extra] = ['VERSION', 'PATCHLEVEL', 'SUBLEVEL', 'EXTRAVERSION'].map(
    (name) => new RegExp(`^${name}[ \\t]*=[ \\t]*([\\w.+~-]{0,32})[ \\t]*$`, 'm').exec(makefile)?.[1],
  );
  if (!/^\d+$/.test(version ?? '') || !/^\d+$/.test(patchlevel ?? '')) return undefined;
  return `${version}.${patchlevel}.${sublevel || '0'}${extra ?? ''}`;
}

function head(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.min(4096, fstatSync(handle).size));
    return buffer.toString('utf8', 0, readSync(handle, buffer));
  } finally {
    closeSync(handle);
  }
}
