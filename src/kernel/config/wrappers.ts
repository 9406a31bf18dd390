// SPDX-License-Identifier: GPL-2.0-or-later
// One-line headers that stand in for an architecture's own: <asm/x.h> includes <asm-generic/x.h>.
// In: the tree's asm-generic folders. Out: asm/*.h and generated/uapi/asm/*.h. Headers under
// simulations/machine/arch/ come earlier in the include order and win.
import type { TreeReader } from './read.ts';

/** Folders below include/asm-generic that have wrappers of their own (mandatory-y names vdso/clocksource.h). */
const FOLDERS = ['', 'vdso/'];

/** Wrappers for every generic header, and for every one that the Kbuild files call mandatory. */
export async function genericWrappers(reader: TreeReader): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [source, kbuild, target, generic] of [
    ['include/asm-generic', 'include/asm-generic/Kbuild', 'asm', 'asm-generic'],
    ['include/uapi/asm-generic', 'include/uapi/asm-generic/Kbuild', 'generated/uapi/asm', 'asm-generic'],
  ] as const) {
    const names = new Set(mandatory((await reader.text(kbuild)) ?? ''));
    for (const folder of FOLDERS)
      for (const name of await reader.list(folder === '' ? source : `${source}/${folder.slice(0, -1)}`))
        if (name.endsWith('.h')) names.add(folder + name);
    for (const name of [...names].sort())
      if ((await reader.text(`${source}/${name}`)) !== undefined)
        files.set(`${target}/${name}`, `#include <${generic}/${name}>\n`);
  }
  return files;
}

/** Names in `mandatory-y += a.h b.h` and `generic-y += ...` lines. */
export function mandatory(kbuild: string): string[] {
  const names: string[] = [];
  for (const line of kbuild.replace(/\\\n/g, ' ').split('\n')) {
    const match = /^\s*(?:mandatory|generic)-y\s*\+?=\s*([^#]*)/.exec(line);
    if (match === null) continue;
    for (const name of (match[1] ?? '').trim().split(/\s+/))
      if (/^[\w-]+(?:\/[\w-]+)*\.h$/.test(name)) names.push(name);
  }
  return names;
}
