// SPDX-License-Identifier: GPL-2.0-or-later
// The checked module. In: a linked module. Out: the same program, in which every load and store of the tree's own
// functions (those with instrumented blocks) outside their stack frames asks the machine's check first, and where each
// code offset has moved to. Nothing is compiled again; debug information is left out, as it would no longer fit.

import { directCalls } from '../wasm-code.ts';
import { CHECK_FUNCTIONS, functionNames, GUARD_FUNCTION, importedFunctions } from '../wasm-module.ts';
import { type Section, sections, WasmReader } from '../wasm-reader.ts';
import { type Checks, checkedBody } from './body.ts';
import { Moves, Output } from './output.ts';
import type { Signatures } from './walker.ts';

const SECTION = { custom: 0, type: 1, import: 2, function: 3, code: 10 } as const;

export interface CheckedModule {
  module: Uint8Array;
  /** File offset of its code section's content. */
  codeStart: number;
  moves: Moves;
}

/** Throws RangeError where the bytes are not a module as our linker writes it. */
export function checkedModule(bytes: Uint8Array): CheckedModule {
  const all = sections(bytes);
  const code = find(all, SECTION.code);
  const names = functionNames(bytes, all);
  const named = (wanted: string): number => {
    const found = [...names].find(([, name]) => name === wanted)?.[0];
    if (found === undefined) throw new RangeError(`WebAssembly: no function ${wanted}`);
    return found;
  };
  const guard = named(GUARD_FUNCTION);
  const checks: Checks = { check: named(CHECK_FUNCTIONS.check), checkRange: named(CHECK_FUNCTIONS.range) };
  const signatures = readSignatures(bytes, all);
  const imported = importedFunctions(bytes, all);
  const moves = new Moves();
  const content = new Output(Math.ceil((code.end - code.start) * 1.7));
  const reader = new WasmReader(bytes, code.start, code.end);
  const count = reader.u();
  content.u(count);
  for (let index = 0; index < count; index++) {
    const size = reader.u();
    const start = reader.at;
    reader.skip(size);
    const instrumented = directCalls(new WasmReader(bytes, start, reader.at)).has(guard);
    const inside = new Moves();
    const parameters = signatures.functions[imported + index]?.parameters ?? 0;
    const body = instrumented
      ? checkedBody({ bytes, start, end: reader.at, parameters }, signatures, checks, inside)
      : bytes.subarray(start, reader.at);
    content.u(body.length);
    moves.append(inside, start - code.start, content.length);
    content.copy(body, 0, body.length);
  }
  moves.note(code.end - code.start, content.length - (code.end - code.start));
  const module = joined(bytes, all, code, content.bytes());
  return { module, codeStart: find(sections(module), SECTION.code).start, moves };
}

function find(all: Section[], id: number): Section {
  const found = all.find((section) => section.id === id);
  if (found === undefined) throw new RangeError(`WebAssembly: a module without section ${id}`);
  return found;
}

/** The module with another code section and without debug sections. */
function joined(bytes: Uint8Array, all: Section[], code: Section, content: Uint8Array): Uint8Array {
  const output = new Output(bytes.length + content.length);
  output.copy(bytes, 0, 8);
  for (const section of all) {
    if (section.name.startsWith('.debug_')) continue;
    if (section === code) {
      output.byte(SECTION.code);
      output.u(content.length);
      output.copy(content, 0, content.length);
    } else output.copy(bytes, section.header, section.end);
  }
  return output.bytes();
}

function readSignatures(bytes: Uint8Array, all: Section[]): Signatures {
  const types: { parameters: number; results: number }[] = [];
  const type = find(all, SECTION.type);
  const reader = new WasmReader(bytes, type.start, type.end);
  for (let count = reader.u(); count > 0; count--) {
    if (reader.byte() !== 0x60) throw new RangeError('WebAssembly: a type that is no function');
    const parameters = reader.u();
    reader.skip(parameters);
    const results = reader.u();
    reader.skip(results);
    types.push({ parameters, results });
  }
  const used = [...importedTypes(bytes, all), ...definedTypes(bytes, all)];
  const none = { parameters: 0, results: 0 };
  // The linker puts the stack pointer first among the globals of a module that imports none.
  return { types, functions: used.map((index) => types[index] ?? none), stackPointer: 0 };
}

function importedTypes(bytes: Uint8Array, all: Section[]): number[] {
  const section = all.find(({ id }) => id === SECTION.import);
  const found: number[] = [];
  if (section === undefined) return found;
  const reader = new WasmReader(bytes, section.start, section.end);
  for (let count = reader.u(); count > 0; count--) {
    reader.name();
    reader.name();
    if (reader.byte() !== 0) throw new RangeError('WebAssembly: an import that is no function');
    found.push(reader.u());
  }
  return found;
}

function definedTypes(bytes: Uint8Array, all: Section[]): number[] {
  const section = find(all, SECTION.function);
  const reader = new WasmReader(bytes, section.start, section.end);
  return Array.from({ length: reader.u() }, () => reader.u());
}
