// SPDX-License-Identifier: GPL-2.0-or-later
// Decodes the instructions of one function body (WebAssembly core specification, section 5.4, with 64-bit memories),
// just as far as to find where it calls the instrumentation and with which guard.
import type { WasmReader } from './wasm-reader.ts';

/** A call of the instrumentation: where the call begins, in the file, and the guard's address. */
export interface GuardCall {
  at: number;
  guard: number;
}

const OP = { call: 0x10, localGet: 0x20, localSet: 0x21, localTee: 0x22, i64Const: 0x42, i64Add: 0x7c } as const;

/**
 * All calls of function `callee` in a body. Its argument is a constant or a sum of constants, which the compiler may
 * have carried through locals: constants are followed through the code in the order it stands.
 * Throws RangeError on an instruction that the compiler does not emit for us, or a guard that is not constant.
 */
export function guardCalls(body: WasmReader, callee: number): GuardCall[] {
  skipLocals(body);
  const found: GuardCall[] = [];
  const locals = new Map<number, number>();
  /** What is known of the top of the operand stack; undefined values are unknown ones. */
  let stack: (number | undefined)[] = [];
  /** Where the run of instructions began that put those values there. */
  let first = body.at;
  while (!body.done) {
    const at = body.at;
    if (stack.length === 0) first = at;
    const opcode = body.byte();
    if (opcode === OP.i64Const) stack.push(body.s());
    else if (opcode === OP.localGet) stack.push(locals.get(body.u()));
    else if (opcode === OP.i64Add) stack.push(sum(stack.pop(), stack.pop()));
    else if (opcode === OP.localSet || opcode === OP.localTee) {
      const local = body.u();
      const value = stack.pop();
      if (value === undefined) locals.delete(local);
      else locals.set(local, value);
      if (opcode === OP.localTee) stack.push(value);
    } else {
      if (opcode !== OP.call) skipImmediates(body, opcode);
      else if (body.u() === callee) {
        const guard = stack.pop();
        if (guard === undefined) throw new RangeError(`instrumentation at ${at} without a constant guard`);
        found.push({ at: first, guard });
      }
      stack = [];
    }
  }
  return found;
}

/** Indices of the functions that a body calls by name. Throws RangeError as guardCalls does. */
export function directCalls(body: WasmReader): Set<number> {
  skipLocals(body);
  const found = new Set<number>();
  while (!body.done) {
    const opcode = body.byte();
    if (opcode === OP.call) found.add(body.u());
    else if (opcode === OP.i64Const || (opcode >= OP.localGet && opcode <= OP.localTee)) body.skipLeb();
    else skipImmediates(body, opcode);
  }
  return found;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

function skipLocals(body: WasmReader): void {
  for (let groups = body.u(); groups > 0; groups--) {
    body.u();
    body.byte();
  }
}

/** Skips what follows an opcode. Throws RangeError on an instruction that the compiler does not emit for us. */
export function skipImmediates(body: WasmReader, opcode: number): void {
  switch (opcode) {
    case 0x02: // block
    case 0x03: // loop
    case 0x04: // if
    case 0x0c: // br
    case 0x0d: // br_if
    case 0x12: // return_call
    case 0x23: // global.get
    case 0x24: // global.set
    case 0x25: // table.get
    case 0x26: // table.set
    case 0x3f: // memory.size
    case 0x40: // memory.grow
    case 0x41: // i32.const
    case 0xd0: // ref.null
    case 0xd2: // ref.func
      body.skipLeb();
      break;
    case 0x11: // call_indirect
    case 0x13: // return_call_indirect
      body.skipLeb();
      body.skipLeb();
      break;
    case 0x0e: // br_table
      for (let targets = body.u() + 1; targets > 0; targets--) body.skipLeb();
      break;
    case 0x1c: // select with types
      for (let types = body.u(); types > 0; types--) body.byte();
      break;
    case 0x43: // f32.const
      body.skip(4);
      break;
    case 0x44: // f64.const
      body.skip(8);
      break;
    case 0xfc:
      skipPrefixed(body);
      break;
    case 0xfe:
      skipAtomic(body);
      break;
    default:
      if (opcode >= 0x28 && opcode <= 0x3e) skipMemoryArgument(body);
      else if (!hasNoImmediate(opcode))
        throw new RangeError(`WebAssembly: unknown instruction 0x${opcode.toString(16)} at ${body.at - 1}`);
  }
}

/** unreachable and nop, arithmetic and comparisons; else, end, return, drop, select, ref.is_null. */
function hasNoImmediate(opcode: number): boolean {
  if (opcode <= 0x01 || (opcode >= 0x45 && opcode <= 0xc4)) return true;
  return [0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1].includes(opcode);
}

/** Alignment (bit 6: a memory index follows) and offset. */
function skipMemoryArgument(body: WasmReader): void {
  if (body.u() & 0x40) body.skipLeb();
  body.skipLeb();
}

/** Saturating truncation, bulk memory, tables. */
function skipPrefixed(body: WasmReader): void {
  const operation = body.u();
  const immediates = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1][operation];
  if (immediates === undefined) throw new RangeError(`WebAssembly: unknown instruction 0xfc ${operation}`);
  for (let count = immediates; count > 0; count--) body.skipLeb();
}

function skipAtomic(body: WasmReader): void {
  if (body.u() === 3) body.skip(1);
  else skipMemoryArgument(body);
}
