// SPDX-License-Identifier: GPL-2.0-or-later
// Changed lines that did not run, and why: what the images have of them, and what the parser knows of their place.
import type { ChangedFunction, ChangedLine } from '../semantics/values.ts';
import type { FileLines } from './rooms.ts';
import type { Coverage } from './values.ts';

type Reason = NonNullable<Coverage['notExecuted'][number]['reason']>;

export interface Idle {
  line: ChangedLine;
  reason: Reason;
  why: string;
}

/** The lines of some files that became code in one of several images, and those that ran in one of them. */
export class BuiltLines {
  private readonly files = new Map<string, { executable: Set<number>; executed: Set<number> }>();

  add(lines: ReadonlyMap<string, FileLines>): void {
    for (const [file, { executable, executed }] of lines) {
      const known = this.files.get(file) ?? { executable: new Set(), executed: new Set() };
      this.files.set(file, known);
      for (const line of executable) known.executable.add(line);
      for (const line of executed) known.executed.add(line);
    }
  }

  has(file: string): boolean {
    return this.files.has(file);
  }

  isCode({ file, line }: ChangedLine): boolean {
    return this.files.get(file)?.executable.has(line) === true;
  }

  ran({ file, line }: ChangedLine): boolean {
    return this.files.get(file)?.executed.has(line) === true;
  }

  /** Whether any line of a function became code, or ran. */
  some(what: 'executable' | 'executed', { file, startLine, endLine }: ChangedFunction): boolean {
    const lines = this.files.get(file)?.[what] ?? new Set<number>();
    for (let line = startLine; line <= endLine; line++) if (lines.has(line)) return true;
    return false;
  }
}

/** Why a line that became code did not run. */
export function whyIdle(
  line: ChangedLine,
  functions: readonly ChangedFunction[],
  built: BuiltLines,
): Omit<Idle, 'line'> {
  const holder = holderOf(line, functions);
  if (line.errorPath !== undefined) {
    const behind = line.errorPath.endsWith(':');
    return { reason: 'error-path', why: behind ? `behind ${line.errorPath}` : `only ${line.errorPath}` };
  }
  if (holder !== undefined && !built.some('executed', holder))
    return { reason: 'function-not-reached', why: `${holder.name} never ran` };
  const why = holder === undefined ? 'no run came here' : `${holder.name} ran, this part did not`;
  return { reason: 'branch-not-taken', why };
}

/** Conditions that ask for a machine; CONFIG_64BIT and the like are decided by ours. */
const ARCHITECTURE =
  /\b(?:CONFIG_(?:X86|ARM|ARM64|RISCV|S390|PPC|POWERPC|SPARC|MIPS|PARISC|LOONGARCH|ALPHA|SH|M68K|UM|ARC|XTENSA)\w*|CONFIG_(?:HAVE_)?ARCH_\w+|CONFIG_(?:64BIT|32BIT|HIGHMEM|MMU)|__HAVE_ARCH_\w+|__(?:x86_64|i386|aarch64|s390x?|powerpc|riscv|sparc)\w*|BITS_PER_LONG)\b/;

/**
 * Statements that no image has code of: changed executable lines all the same. Where a function is built, only what
 * stands under a condition counts: some statements never make code of their own.
 */
export function leftOut(
  lines: readonly ChangedLine[],
  functions: readonly ChangedFunction[],
  built: BuiltLines,
): Idle[] {
  const key = ({ file, function: name, condition }: ChangedLine): string => `${file} ${name} ${condition}`;
  const on = new Set(lines.filter((line) => line.condition !== undefined && built.isCode(line)).map(key));
  return lines.flatMap((line): Idle[] => {
    if (!line.statement || built.isCode(line)) return [];
    const { file, condition } = line;
    if (file.startsWith('arch/'))
      return [{ line, reason: 'architecture', why: 'the machine has an architecture of its own' }];
    if (condition !== undefined && !on.has(key(line))) {
      const reason = ARCHITECTURE.test(condition) ? 'architecture' : 'configuration-off';
      return [{ line, reason, why: `under ${condition}` }];
    }
    if (!built.has(file)) return [{ line, reason: 'not-built', why: `the image has no code of ${file}` }];
    const holder = holderOf(line, functions);
    if (holder === undefined || built.some('executable', holder)) return [];
    return [{ line, reason: 'not-built', why: `the image has no code of ${holder.name}` }];
  });
}

const holderOf = (line: ChangedLine, functions: readonly ChangedFunction[]): ChangedFunction | undefined =>
  functions.find(
    ({ file, status, startLine, endLine }) =>
      file === line.file && status !== 'removed' && startLine <= line.line && line.line <= endLine,
  );
