// SPDX-License-Identifier: GPL-2.0-or-later
// What we need to know of a linked module without running it. In: its bytes. Out: where functions lie and what they are
// called, and where the instrumentation's blocks begin. All code offsets count from the start of the code section's
// content, as DWARF does; V8's stack traces count from the start of the file (see codeStart).
import type { FunctionSpan } from './values.ts';
import { directCalls, guardCalls } from './wasm-code.ts';
import { type Section, sections, WasmReader } from './wasm-reader.ts';

/** One instrumented basic block. */
export interface Block {
  /** The guard's number as the instrumentation's initialiser hands it out, from 1. */
  id: number;
  /** Code offsets: from its guard's call to the next one, or the function's end. */
  start: number;
  end: number;
}

export interface ModuleInfo {
  /** File offset of the code section's content. */
  codeStart: number;
  functions: FunctionSpan[];
  /** Ascending by code offset. */
  blocks: Block[];
  /** Debug sections by name. */
  debug: Map<string, Uint8Array>;
}

const SECTION = { custom: 0, import: 2, code: 10 } as const;
const GUARD_BYTES = 4;
export const GUARD_FUNCTION = '__sanitizer_cov_trace_pc_guard';
/** What a checked module asks before an access (simulations/machine/check.c). */
export const CHECK_FUNCTIONS = { check: 'sim_check', range: 'sim_check_range' } as const;
/** Calls that are in no source. */
const OURS = new Set<string>([GUARD_FUNCTION, ...Object.values(CHECK_FUNCTIONS)]);

/** Throws RangeError where the bytes are not a module as our linker writes it. */
export function readModule(bytes: Uint8Array): ModuleInfo {
  const all = sections(bytes);
  const code = all.find(({ id }) => id === SECTION.code);
  if (!code) throw new RangeError('WebAssembly: a module without code');
  const imported = importedFunctions(bytes, all);
  const names = functionNames(bytes, all);
  const functions: FunctionSpan[] = [];
  const reader = new WasmReader(bytes, code.start, code.end);
  const count = reader.u();
  const guard = [...names].find(([, name]) => name === GUARD_FUNCTION)?.[0];
  const calls: { start: number; end: number; guard: number }[] = [];
  for (let index = 0; index < count; index++) {
    const size = reader.u();
    const start = reader.at;
    reader.skip(size);
    const span = { start: start - code.start, end: reader.at - code.start };
    functions.push({ name: names.get(imported + index) ?? `function ${imported + index}`, ...span });
    if (guard !== undefined) calls.push(...blocksOf(bytes, start, reader.at, guard, code.start));
  }
  const debug = new Map(
    all.filter(({ name }) => name.startsWith('.debug_')).map((s) => [s.name, bytes.subarray(s.start, s.end)]),
  );
  return { codeStart: code.start, functions, blocks: numbered(calls), debug };
}

/** Who calls whom by name, by names; functions of one name are one. Throws RangeError as readModule does. */
export function readCalls(bytes: Uint8Array): Map<string, Set<string>> {
  const all = sections(bytes);
  const code = all.find(({ id }) => id === SECTION.code);
  if (!code) throw new RangeError('WebAssembly: a module without code');
  const imported = importedFunctions(bytes, all);
  const names = functionNames(bytes, all);
  const calls = new Map<string, Set<string>>();
  const reader = new WasmReader(bytes, code.start, code.end);
  const count = reader.u();
  for (let index = 0; index < count; index++) {
    const size = reader.u();
    const start = reader.at;
    reader.skip(size);
    const name = names.get(imported + index);
    if (name === undefined) continue;
    const callees = calls.get(name) ?? new Set<string>();
    calls.set(name, callees);
    for (const callee of directCalls(new WasmReader(bytes, start, reader.at))) {
      const called = names.get(callee);
      if (called !== undefined && !OURS.has(called)) callees.add(called);
    }
  }
  return calls;
}

function blocksOf(bytes: Uint8Array, start: number, end: number, callee: number, base: number) {
  const calls = guardCalls(new WasmReader(bytes, start, end), callee);
  return calls.map(({ at, guard }, index) => ({
    // What precedes the first guard (the frame's set-up) runs with it.
    start: (index === 0 ? start : at) - base,
    end: (calls[index + 1]?.at ?? end) - base,
    guard,
  }));
}

/** The guards of all units lie in one array; the first is always used by the first function. */
function numbered(calls: { start: number; end: number; guard: number }[]): Block[] {
  const first = calls.reduce((least, { guard }) => Math.min(least, guard), Number.POSITIVE_INFINITY);
  return calls.map(({ start, end, guard }) => ({ id: (guard - first) / GUARD_BYTES + 1, start, end }));
}

/** How many functions a module imports. */
export function importedFunctions(bytes: Uint8Array, all: Section[]): number {
  const section = all.find(({ id }) => id === SECTION.import);
  if (!section) return 0;
  const reader = new WasmReader(bytes, section.start, section.end);
  let functions = 0;
  for (let count = reader.u(); count > 0; count--) {
    reader.name();
    reader.name();
    const kind = reader.byte();
    if (kind === 0) functions++;
    skipImportType(reader, kind);
  }
  return functions;
}

function skipImportType(reader: WasmReader, kind: number): void {
  if (kind === 0) reader.skipLeb();
  else if (kind === 3) reader.skip(2);
  else if (kind === 4) {
    reader.skip(1);
    reader.skipLeb();
  } else {
    if (kind === 1) reader.skip(1);
    const flags = reader.byte();
    reader.skipLeb();
    if (flags & 1) reader.skipLeb();
  }
}

/** Names by function index, imports first. */
export function functionNames(bytes: Uint8Array, all: Section[]): Map<number, string> {
  const names = new Map<number, string>();
  const section = all.find(({ id, name }) => id === SECTION.custom && name === 'name');
  if (!section) return names;
  const reader = new WasmReader(bytes, section.start, section.end);
  while (!reader.done) {
    const kind = reader.byte();
    const size = reader.u();
    const end = reader.at + size;
    if (kind === 1) {
      for (let count = reader.u(); count > 0; count--) names.set(reader.u(), reader.name());
    }
    reader.at = end;
  }
  return names;
}
