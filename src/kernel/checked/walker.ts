// SPDX-License-Identifier: GPL-2.0-or-later
// Goes through the instructions of one function body and keeps what is known of the operands: whether a value is an
// address in the function's own stack frame, a constant, or anything. Values are followed through locals that are
// never set to anything else. In control flow everything on the operand stack is forgotten, which is always right.
import { skipImmediates } from '../wasm-code.ts';
import type { WasmReader } from '../wasm-reader.ts';
import { isBinary, isLoad, isStore, OP } from './opcodes.ts';

/** What is known of a value. */
export const KIND = { any: 0, constant: 1, frame: 2 } as const;

/** How many operands a function takes and gives, by its index; of a type, by its own. */
export interface Signatures {
  functions: readonly { parameters: number; results: number }[];
  types: readonly { parameters: number; results: number }[];
  /** Index of the global that holds the stack pointer. */
  stackPointer: number;
}

export class Walker {
  /** Of the instruction at hand: where it begins, its code, and behind a prefix its second code. */
  at = 0;
  opcode = 0;
  operation = 0;
  /** Static offset of a load or store. */
  offset = 0;
  readonly #body: WasmReader;
  readonly #signatures: Signatures;
  /** Kinds of locals; `undefined`: not set so far. */
  readonly #locals: (number | undefined)[];
  /** Locals that were set to values of different kinds. */
  readonly #mixed: Set<number>;
  #stack: number[] = [];
  #operands: readonly number[] = [];

  /** body: behind the declarations of locals. mixed: filled, and respected from the start. */
  constructor(body: WasmReader, signatures: Signatures, mixed: Set<number>) {
    this.#body = body;
    this.#signatures = signatures;
    this.#mixed = mixed;
    this.#locals = [];
  }

  /** Decodes one instruction; false at the body's end. Throws RangeError on what our compiler does not emit. */
  next(): boolean {
    const body = this.#body;
    if (body.done) return false;
    this.at = body.at;
    this.opcode = body.byte();
    this.#decode(this.opcode);
    return true;
  }

  /** Kind of an operand that the instruction at hand has just taken, 0 being the one that was pushed last. */
  operand(depth: number): number {
    return this.#operands[depth] ?? KIND.any;
  }

  #decode(opcode: number): void {
    const body = this.#body;
    switch (opcode) {
      case OP.localGet: {
        const local = body.u();
        this.#stack.push(this.#mixed.has(local) ? KIND.any : (this.#locals[local] ?? KIND.any));
        return;
      }
      case OP.localSet:
        this.#set(body.u(), this.#stack.pop() ?? KIND.any);
        return;
      case OP.localTee: {
        const kind = this.#stack.pop() ?? KIND.any;
        this.#set(body.u(), kind);
        this.#stack.push(kind);
        return;
      }
      case OP.globalGet:
        this.#stack.push(body.u() === this.#signatures.stackPointer ? KIND.frame : KIND.any);
        return;
      case OP.i32Const:
      case OP.i64Const:
        body.skipLeb();
        this.#stack.push(KIND.constant);
        return;
      case OP.call:
        this.#call(this.#signatures.functions[body.u()]);
        return;
      case OP.callIndirect: {
        const type = this.#signatures.types[body.u()];
        body.skipLeb();
        this.#take(1);
        this.#call(type);
        return;
      }
      case OP.prefixed: {
        const before = body.at;
        this.operation = body.u();
        body.at = before;
        skipImmediates(body, opcode);
        this.#effect(this.operation < 8 ? 1 : 3, this.operation < 8 ? 1 : 0);
        return;
      }
      default:
        this.#plain(opcode);
    }
  }

  #plain(opcode: number): void {
    const body = this.#body;
    if (isLoad(opcode) || isStore(opcode)) {
      if (body.u() & 0x40) throw new RangeError('WebAssembly: more than one memory');
      this.offset = body.u();
      if (isLoad(opcode)) this.#effect(1, 1);
      else this.#effect(2, 0);
      return;
    }
    if (opcode === 0xfe) throw new RangeError('WebAssembly: an atomic access');
    skipImmediates(body, opcode);
    if (opcode >= 0x45 && opcode <= 0xc4) this.#arithmetic(opcode);
    else if (opcode === OP.drop || opcode === OP.globalSet) this.#take(1);
    else if (opcode === OP.select) this.#effect(3, 1);
    else if (opcode === OP.memorySize || opcode === OP.f32Const || opcode === OP.f64Const) this.#stack.push(KIND.any);
    else if (opcode === OP.memoryGrow) this.#effect(1, 1);
    else this.#stack = [];
  }

  #arithmetic(opcode: number): void {
    if (!isBinary(opcode)) {
      this.#effect(1, 1);
      return;
    }
    this.#take(2);
    const [right = KIND.any, left = KIND.any] = this.#operands;
    this.#stack.push(combined(opcode, left, right));
  }

  #call(signature: { parameters: number; results: number } | undefined): void {
    if (signature === undefined) throw new RangeError('WebAssembly: a call of what is no function');
    this.#effect(signature.parameters, signature.results);
  }

  #take(count: number): void {
    const taken: number[] = [];
    for (let i = 0; i < count; i++) taken.push(this.#stack.pop() ?? KIND.any);
    this.#operands = taken;
  }

  #effect(taken: number, given: number): void {
    this.#take(taken);
    for (let i = 0; i < given; i++) this.#stack.push(KIND.any);
  }

  #set(local: number, kind: number): void {
    const known = this.#locals[local];
    if (known === undefined) this.#locals[local] = kind;
    else if (known !== kind) this.#mixed.add(local);
  }
}

/** Addresses in the frame stay there when constants are added or bits are masked. */
function combined(opcode: number, left: number, right: number): number {
  if (left === KIND.constant && right === KIND.constant) return KIND.constant;
  const masks = opcode === OP.i64And || opcode === OP.i64Or;
  if ((opcode === OP.i64Add || masks) && left === KIND.constant && right === KIND.frame) return KIND.frame;
  if ((opcode === OP.i64Add || opcode === OP.i64Sub || masks) && left === KIND.frame && right === KIND.constant)
    return KIND.frame;
  return KIND.any;
}
