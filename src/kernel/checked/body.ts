// SPDX-License-Identifier: GPL-2.0-or-later
// One function body with its accesses checked: before each load and store whose address may lie outside the function's
// own stack frame, a call that is given the address and the number of bytes.
import { WasmReader } from '../wasm-reader.ts';
import { accessSize, BULK, I32, I64, isFloatAccess, isLoad, isStore, OP, storedType } from './opcodes.ts';
import { type Moves, Output } from './output.ts';
import { KIND, type Signatures, Walker } from './walker.ts';

/** Bit of the second argument of the check that tells a store. As in simulations/machine/check.c. */
const WRITE = 2 ** 31;

/** Indices of the functions that are called: check(address, bytes), checkRange(address, bytes, write). */
export interface Checks {
  check: number;
  checkRange: number;
}

export interface Body {
  bytes: Uint8Array;
  /** File offsets of the body behind its size, and of its end. */
  start: number;
  end: number;
  parameters: number;
}

/** The body's new content (without its size). moves: noted relative to the body's start, 0. */
export function checkedBody(body: Body, signatures: Signatures, checks: Checks, moves: Moves): Uint8Array {
  const mixed = mixedLocals(body, signatures);
  const reader = new WasmReader(body.bytes, body.start, body.end);
  const groups = reader.u();
  const declarations = reader.at;
  let locals = body.parameters;
  for (let i = 0; i < groups; i++) {
    locals += reader.u();
    reader.byte();
  }
  const output = new Output((body.end - body.start) * 2);
  output.u(groups + 2);
  output.copy(body.bytes, declarations, reader.at);
  output.u(3);
  output.byte(I64);
  output.u(1);
  output.byte(I32);
  let copied = reader.at;
  moves.note(copied - body.start, output.length - (copied - body.start));
  const write = new CheckWriter(output, checks, locals);
  const walker = new Walker(reader, signatures, mixed);
  while (walker.next()) {
    if (!needsCheck(walker)) continue;
    output.copy(body.bytes, copied, walker.at);
    copied = walker.at;
    write.before(walker);
    // The instruction itself follows; what lies behind it has moved.
    moves.note(copied - body.start + 1, output.length - (copied - body.start));
  }
  output.copy(body.bytes, copied, body.end);
  return output.bytes();
}

/** Locals that do not always hold the same kind of value: found in as many passes as it takes to find no more. */
function mixedLocals({ bytes, start, end }: Body, signatures: Signatures): Set<number> {
  const mixed = new Set<number>();
  for (let before = -1; before !== mixed.size; ) {
    before = mixed.size;
    const reader = new WasmReader(bytes, start, end);
    for (let groups = reader.u(); groups > 0; groups--) {
      reader.u();
      reader.byte();
    }
    const walker = new Walker(reader, signatures, mixed);
    while (walker.next());
  }
  return mixed;
}

function needsCheck(walker: Walker): boolean {
  const { opcode } = walker;
  if (isLoad(opcode)) return walker.operand(0) === KIND.any;
  if (isStore(opcode)) return walker.operand(1) === KIND.any;
  if (opcode !== OP.prefixed) return false;
  if (walker.operation === BULK.copy) return walker.operand(1) === KIND.any || walker.operand(2) === KIND.any;
  return walker.operation === BULK.fill && walker.operand(2) === KIND.any;
}

class CheckWriter {
  readonly #output: Output;
  readonly #checks: Checks;
  /** New locals: three of 64 bits, one of 32. */
  readonly #address: number;
  readonly #second: number;
  readonly #third: number;
  readonly #narrow: number;

  constructor(output: Output, checks: Checks, firstLocal: number) {
    this.#output = output;
    this.#checks = checks;
    this.#address = firstLocal;
    this.#second = firstLocal + 1;
    this.#third = firstLocal + 2;
    this.#narrow = firstLocal + 3;
  }

  before({ opcode, operation, offset }: Walker): void {
    if (isFloatAccess(opcode)) throw new RangeError('WebAssembly: an access to floating-point numbers');
    if (isLoad(opcode)) {
      this.#check(offset, accessSize(opcode));
      this.#local(OP.localGet, this.#address);
    } else if (isStore(opcode)) {
      const value = storedType(opcode) === I32 ? this.#narrow : this.#second;
      this.#local(OP.localSet, value);
      this.#check(offset, accessSize(opcode) - WRITE);
      this.#local(OP.localGet, this.#address);
      this.#local(OP.localGet, value);
    } else if (operation === BULK.copy) {
      this.#save(this.#second, this.#third);
      this.#range(this.#second, 0);
      this.#range(this.#address, 1);
      this.#restore(this.#second, this.#third);
    } else {
      this.#save(this.#narrow, this.#third);
      this.#range(this.#address, 1);
      this.#restore(this.#narrow, this.#third);
    }
  }

  #local(opcode: number, local: number): void {
    this.#output.byte(opcode);
    this.#output.u(local);
  }

  /** The address is on the stack and goes into its local. access: bytes, less 2^31 for a store, as a signed number. */
  #check(offset: number, access: number): void {
    const output = this.#output;
    this.#local(OP.localTee, this.#address);
    if (offset !== 0) {
      output.byte(OP.i64Const);
      output.s(offset);
      output.byte(OP.i64Add);
    }
    output.byte(OP.i32Const);
    output.s(access);
    output.byte(OP.call);
    output.u(this.#checks.check);
  }

  #range(address: number, write: number): void {
    this.#local(OP.localGet, address);
    this.#local(OP.localGet, this.#third);
    this.#output.byte(OP.i32Const);
    this.#output.s(write);
    this.#output.byte(OP.call);
    this.#output.u(this.#checks.checkRange);
  }

  #save(second: number, third: number): void {
    this.#local(OP.localSet, third);
    this.#local(OP.localSet, second);
    this.#local(OP.localSet, this.#address);
  }

  #restore(second: number, third: number): void {
    this.#local(OP.localGet, this.#address);
    this.#local(OP.localGet, second);
    this.#local(OP.localGet, third);
  }
}
