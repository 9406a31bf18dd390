// SPDX-License-Identifier: GPL-2.0-or-later
// Asks the compiler for the layouts of all structs that the probe unit's headers define, through the cache.
import type { ObjectCache } from './cache.ts';
import { errorsOf } from './compile.ts';
import { commonArguments, type UnitOptions } from './flags.ts';
import { parseLayouts } from './layouts.ts';
import { LAYOUT_BYTES } from './limits.ts';
import type { Session } from './pool.ts';
import { keyOf } from './store.ts';
import type { Diagnostic } from './values.ts';
import { GENERATED, type Sources } from './vfs.ts';

/** The probe unit, among the generated files. */
export const PROBE_FILE = `${GENERATED}/layouts.c`;

const HEADERS = [
  ...['linux/mm.h', 'linux/rmap.h', 'linux/mm_inline.h', 'linux/maple_tree.h', 'linux/slab.h', 'linux/swap.h'],
  ...['linux/pagemap.h', 'linux/hugetlb.h', 'linux/memcontrol.h', 'linux/mmu_notifier.h', 'linux/userfaultfd_k.h'],
  ...['linux/sched/mm.h', 'linux/sched/signal.h', 'linux/fs.h', 'linux/shmem_fs.h', 'linux/mempolicy.h', 'linux/ksm.h'],
  ...['linux/swapops.h', 'linux/leafops.h', 'linux/migrate.h', 'asm/tlb.h'],
];
const PRIVATE_HEADERS = ['mm/internal.h', 'mm/vma.h', 'mm/slab.h', 'mm/swap.h'];

/** The text of the probe unit for a tree: only headers that it has. */
export function probeText(sources: Sources): string {
  const has = (file: string) => sources.lookup(file)?.kind === 'file';
  return [
    ...HEADERS.filter((header) => header.startsWith('asm/') || has(`include/${header}`)).map((h) => `<${h}>`),
    ...PRIVATE_HEADERS.filter(has).map((header) => `"${header}"`),
  ]
    .map((header) => `#include ${header}\n`)
    .join('');
}

const OPTIONS: UnitOptions = { instrument: false, optimise: 0, pch: false, defines: [], machine: true };

function dumpArguments(canonical: boolean): string[] {
  return [
    ...['clang', '-cc1', '-fsyntax-only', ...commonArguments(OPTIONS), '-w', '-fdump-record-layouts-complete'],
    ...(canonical ? ['-fdump-record-layouts-canonical'] : []),
    ...['-x', 'c', PROBE_FILE],
  ];
}

/** The layouts as JSON, with the key of their content; or the compiler's errors. */
export async function probeLayouts(
  version: string,
  session: () => Session,
  cache: ObjectCache<null>,
): Promise<{ key: string; json: () => Uint8Array } | { errors: Diagnostic[] }> {
  const run = keyOf(version, 'layouts 1', dumpArguments(true));
  const key = cache.find(run);
  const known = key === undefined ? undefined : cache.load(key);
  if (known) return { key: known.key, json: () => known.content };
  const dump = (canonical: boolean) =>
    session().run({ args: dumpArguments(canonical), inputs: [], outputs: [], stdoutLimit: LAYOUT_BYTES });
  const [written, canonical] = await Promise.all([dump(false), dump(true)]);
  for (const result of [written, canonical]) {
    if (result.code !== 0) return { errors: errorsOf(PROBE_FILE, result) };
  }
  const json = Buffer.from(JSON.stringify(parseLayouts(written.stdout, canonical.stdout)));
  return { key: cache.keep(run, canonical.dependencies, null, json).key, json: () => json };
}
