// SPDX-License-Identifier: GPL-2.0-or-later
// Puts a ceiling on the memory of a module that defines its own: V8 enforces it, so that a program bomb ends as an
// ordinary "out of memory" of the compiler.
import { sections, WasmReader } from './wasm-reader.ts';

const MEMORY_SECTION = 5;

/** The module with its (32-bit, single) memory limited to so many 64 KiB pages. */
export function limitMemory(module: Uint8Array, pages: number): Uint8Array {
  const section = sections(module).find(({ id }) => id === MEMORY_SECTION);
  if (!section) throw new Error('the compiler module defines no memory');
  const reader = new WasmReader(module, section.start, section.end);
  const count = reader.u();
  const flags = reader.byte();
  const minimum = reader.u();
  if (count !== 1 || flags > 1) throw new Error('the compiler module has an unexpected memory');
  const content = [1, 1, ...leb(minimum), ...leb(Math.max(minimum, pages))];
  return Buffer.concat([
    module.subarray(0, section.header),
    Uint8Array.from([MEMORY_SECTION, ...leb(content.length), ...content]),
    module.subarray(section.end),
  ]);
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}
