// SPDX-License-Identifier: GPL-2.0-or-later
// Asks the compiler for the layouts of all structs that the probe unit's headers define, through the cache.
import type { Found, ObjectCache } from './cache.ts';
import { errorsOf } from './compile.ts';
import { commonArguments, type UnitOptions } from './flags.ts';
import { boxOf, parseLayouts } from './layouts.ts';
import { LAYOUT_BYTES } from './limits.ts';
import type { Session } from './pool.ts';
import { recordNames } from './record-names.ts';
import { keyOf } from './store.ts';
import type { Diagnostic } from './values.ts';
import { GENERATED, OUT, type Sources } from './vfs.ts';
import type { JobResult } from './worker-protocol.ts';

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

const OPTIONS: UnitOptions = { instrument: false, optimise: 0, pch: true, defines: [], machine: true };
const PREPROCESSED = `${OUT}/layouts.i`;
const SIZES = `${OUT}/sizes.c`;

/** The usual precompiled header, where there is one. */
export interface UsualPch {
  key: string;
  /** Its path, once the compiler processes have it. */
  file: () => string;
}

const optionsOf = (bits: 32 | 64): UnitOptions => (bits === 32 ? { ...OPTIONS, pch: false, bits } : OPTIONS);

function preprocessArguments(bits: 32 | 64): string[] {
  return [
    'clang',
    '-cc1',
    '-E',
    '-P',
    ...commonArguments(optionsOf(bits)),
    '-w',
    '-o',
    PREPROCESSED,
    '-x',
    'c',
    PROBE_FILE,
  ];
}

function dumpArguments(canonical: boolean, pch: string | undefined, bits: 32 | 64): string[] {
  return [
    ...['clang', '-cc1', '-fsyntax-only', ...commonArguments(optionsOf(bits)), '-w', '-fdump-record-layouts'],
    ...(canonical ? ['-fdump-record-layouts-canonical'] : []),
    ...(pch === undefined ? [] : ['-include-pch', pch]),
    ...['-x', 'c', SIZES],
  ];
}

/**
 * The layouts as JSON (undefined where damaged in the cache), with the key of their content; or the compiler's errors.
 * For 32 bits the types of members are canonical: another dump would only name them as they are written.
 */
export async function probeLayouts(
  version: string,
  session: () => Session,
  cache: ObjectCache<null>,
  pch?: UsualPch,
  bits: 32 | 64 = 64,
): Promise<(Found<null> & { json: () => Uint8Array | undefined }) | { errors: Diagnostic[] }> {
  const run = keyOf(version, 'layouts 3', preprocessArguments(bits), dumpArguments(true, pch?.key, bits));
  const known = cache.find(run);
  if (known) return { ...known, json: () => cache.load(known.key) };
  const first = await session().run({ args: preprocessArguments(bits), inputs: [], outputs: [PREPROCESSED] });
  const text = first.outputs.get(PREPROCESSED);
  if (first.code !== 0 || !text) return { errors: errorsOf(PROBE_FILE, first) };
  // clang's "dump all complete records" takes each layout before the attributes behind its brace are known: ask for
  // each size instead, and the layouts are dumped as they are needed.
  const names = recordNames(Buffer.from(text).toString('utf8'));
  const sizes = Buffer.from(sizesText(names));
  const canonical = dump(session(), sizes, true, pch, bits);
  const results = await Promise.all([canonical, bits === 32 ? canonical : dump(session(), sizes, false, pch, bits)]);
  for (const result of results) if (result.code !== 0) return { errors: errorsOf(PROBE_FILE, result) };
  const [{ stdout, dependencies }, written] = results;
  const json = Buffer.from(JSON.stringify(parseLayouts(written.stdout, stdout, bits)));
  return { ...cache.keep(run, [...first.dependencies, ...dependencies], null, json), json: () => json };
}

function dump(
  session: Session,
  sizes: Uint8Array,
  canonical: boolean,
  pch: UsualPch | undefined,
  bits: 32 | 64,
): Promise<JobResult> {
  return session.run({
    args: dumpArguments(canonical, pch?.file(), bits),
    inputs: [[SIZES, sizes]],
    outputs: [],
    stdoutLimit: LAYOUT_BYTES,
  });
}

/** Enums have no layout of their own: each is put into a record, for its size. */
function sizesText(names: string[]): string {
  const enums = names.filter((name) => name.startsWith('enum '));
  const boxes = enums.map((name) => `${boxOf(name)} { ${name} value; };\n`).join('');
  const sizes = names.map((name) => `sizeof(${name.startsWith('enum ') ? boxOf(name) : name}),\n`).join('');
  const array = `static const unsigned long rmapbot_sizes[] __attribute__((unused)) = {\n${sizes}0 };\n`;
  // A header may define a macro by the name of a tag that it has used (smt_mitigations).
  const tags = names.map((name) => `#undef ${name.replace(/^\w+ /, '')}\n`).join('');
  return `#include "${PROBE_FILE}"\n${tags}${boxes}${array}`;
}
