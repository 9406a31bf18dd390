// SPDX-License-Identifier: GPL-2.0-or-later
// What instructions of WebAssembly do to the operand stack and to memory (core specification, sections 3.3 and 5.4).

export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64And: 0x83,
  i64Or: 0x84,
  prefixed: 0xfc,
} as const;

/** Operations behind the prefix 0xfc. */
export const BULK = { copy: 10, fill: 11 } as const;

export const I32 = 0x7f;
export const I64 = 0x7e;

const FIRST_LOAD = 0x28;
const FIRST_STORE = 0x36;
const LAST_STORE = 0x3e;
/** Bytes of each access, from i32.load on. */
const SIZES = [4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4, 4, 8, 4, 8, 1, 2, 1, 2, 4];
const FLOATS = new Set([0x2a, 0x2b, 0x38, 0x39]);
/** Stores of 32-bit values. */
const NARROW_STORES = new Set([0x36, 0x3a, 0x3b]);

export const isLoad = (opcode: number): boolean => opcode >= FIRST_LOAD && opcode < FIRST_STORE;
export const isStore = (opcode: number): boolean => opcode >= FIRST_STORE && opcode <= LAST_STORE;
export const accessSize = (opcode: number): number => SIZES[opcode - FIRST_LOAD] ?? 0;
/** True for loads and stores of floating-point values, which a kernel does not have. */
export const isFloatAccess = (opcode: number): boolean => FLOATS.has(opcode);
/** The type of the value that a store takes. */
export const storedType = (opcode: number): number => (NARROW_STORES.has(opcode) ? I32 : I64);

/** Of arithmetic, comparisons and conversions: whether there are two operands. */
export function isBinary(opcode: number): boolean {
  if (opcode === 0x45 || opcode === 0x50) return false;
  if (opcode <= 0x66) return true;
  if (opcode <= 0x69) return false;
  if (opcode <= 0x78) return true;
  if (opcode <= 0x7b) return false;
  if (opcode <= 0x8a) return true;
  if (opcode <= 0x91) return false;
  if (opcode <= 0x98) return true;
  if (opcode <= 0x9f) return false;
  return opcode <= 0xa6;
}
