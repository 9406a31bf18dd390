// SPDX-License-Identifier: GPL-2.0-or-later
// Headers that kbuild makes by compiling a unit to assembly text and reading markers in it (its Kbuild and
// scripts/Makefile.lib's "filechk_offsets"). In: assembly text. Out: the header's text.
import { runFailure } from '../diagnostics.ts';
import type { Diagnostic } from '../values.ts';

/** A unit to compile to assembly text, and the header that it gives. In this order: each may include the ones before. */
export interface OffsetUnit {
  unit: string;
  header: string;
  guard: string;
  /**
   * Its constants are offsets into an object of the scheduler that the machine does not have, used by code alone and by
   * no struct: a unit that used one would not link. They need not be known, and compiling the unit takes seconds.
   */
  codeOnly?: true;
}

/** Units of a tree that has them; `generateConfig` compiles them through the callback it is given. */
export const OFFSET_UNITS: readonly OffsetUnit[] = [
  { unit: 'kernel/bounds.c', header: 'generated/bounds.h', guard: '__LINUX_BOUNDS_H__' },
  { unit: 'kernel/sched/rq-offsets.c', header: 'generated/rq-offsets.h', guard: '__RQ_OFFSETS_H__', codeOnly: true },
];

/** A unit that the kernel's own build compiles before all others does not compile, or gives nothing. */
export class OffsetUnitError extends Error {
  override name = 'OffsetUnitError';
  readonly unit: string;
  readonly diagnostics: Diagnostic[];

  constructor(unit: string, diagnostics: Diagnostic[]) {
    super(`${unit}: ${diagnostics.find(({ severity }) => severity === 'error')?.message ?? 'does not compile'}`);
    this.unit = unit;
    this.diagnostics = diagnostics;
  }
}

/** Turns `.ascii "->NAME VALUE comment"` lines into #defines; where there is none, an OffsetUnitError. */
export function offsetsHeader(assembly: string, { unit, guard }: OffsetUnit): string {
  const defines: string[] = [];
  for (const match of assembly.matchAll(/->([A-Za-z_]\w*) [$#]*(-?(?:0x[0-9a-fA-F]+|\d+))(?=[\s"])/g))
    defines.push(`#define ${match[1]} ${match[2]}`);
  if (defines.length === 0) throw new OffsetUnitError(unit, [runFailure(unit, 'defines no constants')]);
  return `#ifndef ${guard}\n#define ${guard}\n${defines.join('\n')}\n#endif\n`;
}

/** A header with the names that a unit of constants for code alone defines, all zero. */
export function zeroOffsets(source: string, guard: string): string {
  const names = [...source.matchAll(/^[ \t]*(?:DEFINE|OFFSET)\(\s*(\w+)\s*,/gm)].map(([, name]) => name);
  return `#ifndef ${guard}\n#define ${guard}\n${names.map((name) => `#define ${name} 0\n`).join('')}#endif\n`;
}
