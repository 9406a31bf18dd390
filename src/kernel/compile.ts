// SPDX-License-Identifier: GPL-2.0-or-later
// One unit -> object, through the cache. In: unit, sources' pool, cache. Out: the object with its warnings, or the
// compiler's errors.
import type { Found, ObjectCache } from './cache.ts';
import { parseDiagnostics, runFailure } from './diagnostics.ts';
import { compileArguments, pchArguments, type UnitOptions } from './flags.ts';
import { PCH_HEADER, pchOfOtherLevel, pchOptions, pchVariant } from './pch.ts';
import type { Session } from './pool.ts';
import { keyOf } from './store.ts';
import type { Unit } from './units.ts';
import type { Diagnostic } from './values.ts';
import { COMPILER, OUT } from './vfs.ts';
import type { JobResult } from './worker-protocol.ts';

/** What the cache remembers beside an object. */
export interface ObjectMeta {
  warnings: Diagnostic[];
}

export type Compiled = Found<ObjectMeta> | { errors: Diagnostic[] };

const OBJECT = `${OUT}/unit.o`;
const PCH_OUT = `${OUT}/common.pch`;

/** With a precompiled header a unit's own pr_fmt comes after the header's default, to the same effect. */
const LATE_PR_FMT = /^'pr_fmt' macro redefined/;

/** Where units find the precompiled header. */
export const PCH_FILE = `${COMPILER}/common.pch`;

function unitArguments({ path, options }: Unit, pch: string | undefined): string[] {
  return compileArguments(path, options, OBJECT, pch, pch !== undefined && pchOfOtherLevel(options));
}

/** The run's name in the cache. pchKey: the key of the precompiled header's own content. */
export function unitRun(version: string, unit: Unit, pchKey: string | undefined): string {
  return keyOf(version, unitArguments(unit, pchKey));
}

export function pchRun(version: string, options: UnitOptions): string {
  return keyOf(version, pchArguments(PCH_HEADER, pchOptions(options), PCH_OUT));
}

/** Compiles a unit that the cache does not have, and keeps it. */
export async function compileUnit(
  unit: Unit,
  run: string,
  usePch: boolean,
  session: Session,
  cache: ObjectCache<ObjectMeta>,
): Promise<Compiled> {
  const attempt = (pch: boolean) =>
    session.run({
      args: unitArguments(unit, pch ? PCH_FILE + pchVariant(unit.options) : undefined),
      inputs: [],
      outputs: [OBJECT],
    });
  let result = await attempt(usePch);
  // What fails with the precompiled header is judged without it, as the kernel's own build would.
  if (usePch && result.code !== 0 && result.died === undefined) result = await attempt(false);
  const object = result.outputs.get(OBJECT);
  if (result.code !== 0 || !object) return { errors: errorsOf(unit.path, result) };
  const warnings = parseDiagnostics(unit.path, result.stderr).filter(({ message }) => !LATE_PR_FMT.test(message));
  return cache.keep(run, result.dependencies, { warnings }, object);
}

/** Makes the precompiled header, or says why it cannot be made. */
export async function compilePch(
  run: string,
  options: UnitOptions,
  session: Session,
  cache: ObjectCache<ObjectMeta>,
): Promise<Compiled> {
  const args = pchArguments(PCH_HEADER, pchOptions(options), PCH_OUT);
  const result = await session.run({ args, inputs: [], outputs: [PCH_OUT] });
  const pch = result.outputs.get(PCH_OUT);
  if (result.code !== 0 || !pch) return { errors: errorsOf(PCH_HEADER, result) };
  const warnings = parseDiagnostics(PCH_HEADER, result.stderr);
  return cache.keep(run, result.dependencies, { warnings }, pch);
}

/** The errors of a failed run; never empty. */
export function errorsOf(unit: string, result: JobResult): Diagnostic[] {
  if (result.died !== undefined) return [runFailure(unit, explainDeath(result))];
  const found = parseDiagnostics(unit, result.stderr);
  if (found.some(({ severity }) => severity === 'error')) return found;
  const last = result.stderr.trim().split('\n').at(-1) ?? '';
  const memory = /out of memory|bad alloc/i.test(result.stderr);
  const message = memory ? 'the compiler exceeded its memory limit' : `the compiler failed (${result.code}): ${last}`;
  return [...found, runFailure(unit, message)];
}

function explainDeath({ died = '', stderr }: JobResult): string {
  if (died === 'time limit') return 'the compiler exceeded its time limit';
  if (/call stack/i.test(died)) return 'the compiler exceeded its recursion limit';
  if (/out of bounds/.test(died)) return 'the compiler exceeded its recursion or memory limit'; // its own stack ran out
  if (/Assertion failed/.test(stderr)) return 'the compiler crashed: one of its assertions failed';
  if (/memory/i.test(died + stderr)) return 'the compiler exceeded its memory limit';
  if (/SIGXCPU|SIGKILL/.test(died)) return 'the compiler exceeded its time or memory limit';
  return `the compiler crashed: ${died}`;
}
