// SPDX-License-Identifier: GPL-2.0-or-later
// Small modules as our linker writes them, from a program of our own: 64-bit memory, a stack pointer, and functions that
// call the instrumentation. The program can also be interpreted, to say what must be checked and what comes out.

export type Value = { kind: 'local'; local: number } | { kind: 'constant'; value: number };
export type Statement =
  /** local = memory[address + offset], of some width. */
  | { kind: 'load'; to: number; address: Address; offset: number; width: 1 | 2 | 4 | 8 }
  | { kind: 'store'; address: Address; offset: number; value: Value; width: 1 | 2 | 4 | 8; narrow: boolean }
  | { kind: 'fill'; address: Address; value: number; bytes: number }
  | { kind: 'copy'; to: Address; from: Address; bytes: number }
  | { kind: 'if'; local: number; yes: Statement[]; no: Statement[] }
  | { kind: 'twice'; body: Statement[] };
/** The function's own frame; an address that a parameter gives; a local that was either, by the path taken. */
export type Address = 'frame' | 'wild' | 'either';

export interface Seen {
  what: 'check' | 'range';
  address: number;
  bytes: number;
  write: boolean;
}

/** Parameters: address, value. Locals: the frame, "either", four of values, a counter. */
const LOCAL = { address: 0, value: 1, frame: 2, either: 3, values: 4, counter: 8 } as const;
export const VALUES = 4;
export const STACK_TOP = 4096;
export const FRAME_BYTES = 64;
const I64 = 0x7e;
const I32 = 0x7f;

const u = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...u(value >>> 7)]);
function s(value: number): number[] {
  const low = value & 127;
  const rest = Math.floor(value / 128);
  const last = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
  return last ? [low] : [low | 128, ...s(rest)];
}
const vector = (items: number[][]): number[] => [...u(items.length), ...items.flat()];
const name = (text: string): number[] => [...u(text.length), ...Buffer.from(text)];
const section = (id: number, content: number[]): number[] => [id, ...u(content.length), ...content];
const get = (local: number): number[] => [0x20, ...u(local)];
const set = (local: number): number[] => [0x21, ...u(local)];
const constant = (value: number): number[] => [0x42, ...s(value)];

const LOADS = { 1: 0x31, 2: 0x33, 4: 0x35, 8: 0x29 } as const;
const STORES = { 1: 0x3c, 2: 0x3d, 4: 0x3e, 8: 0x37 } as const;
/** Of 32-bit values. */
const NARROW = { 1: 0x3a, 2: 0x3b, 4: 0x36, 8: 0x37 } as const;

const local = (address: Address): number =>
  address === 'frame' ? LOCAL.frame : address === 'wild' ? LOCAL.address : LOCAL.either;
const pushed = (value: Value): number[] =>
  value.kind === 'constant' ? constant(value.value) : get(LOCAL.values + value.local);

function code(statement: Statement): number[] {
  switch (statement.kind) {
    case 'load': {
      const { to, address, offset, width } = statement;
      return [...get(local(address)), LOADS[width], 0, ...u(offset), ...set(LOCAL.values + to)];
    }
    case 'store': {
      const { address, offset, value, width, narrow } = statement;
      const wrap = narrow && width < 8 ? [0xa7] : [];
      const opcode = narrow && width < 8 ? NARROW[width] : STORES[width];
      return [...get(local(address)), ...pushed(value), ...wrap, opcode, 0, ...u(offset)];
    }
    case 'fill': {
      const { address, value, bytes } = statement;
      return [...get(local(address)), 0x41, ...s(value), ...constant(bytes), 0xfc, 11, 0];
    }
    case 'copy': {
      const { to, from, bytes } = statement;
      return [...get(local(to)), ...get(local(from)), ...constant(bytes), 0xfc, 10, 0, 0];
    }
    case 'if': {
      const { local: tested, yes, no } = statement;
      const branches = [...yes.flatMap(code), 0x05, ...no.flatMap(code), 0x0b];
      return [...get(LOCAL.values + tested), 0x50, 0x04, 0x40, ...branches];
    }
    case 'twice': {
      const count = [...get(LOCAL.counter), ...constant(1), 0x7c, 0x22, LOCAL.counter, ...constant(1), 0x83];
      return [0x03, 0x40, ...statement.body.flatMap(code), ...count, 0xa7, 0x0d, 0, 0x0b];
    }
  }
}

/** main(address, value): the program; its result is the sum of the values. instrumented: whether it calls the guard. */
export function moduleOf(program: Statement[], instrumented = true): Uint8Array<ArrayBuffer> {
  const guard = instrumented ? [...constant(4), 0x10, 0] : [];
  const prologue = [
    0x23,
    0,
    ...set(LOCAL.frame),
    ...get(LOCAL.frame),
    ...constant(FRAME_BYTES),
    0x7d,
    ...set(LOCAL.frame),
  ];
  const either = [
    ...get(LOCAL.frame),
    ...set(LOCAL.either),
    ...get(LOCAL.value),
    ...[0x50, 0x04, 0x40],
    ...[...get(LOCAL.address), ...set(LOCAL.either), 0x0b],
  ];
  const sum = Array.from({ length: VALUES }, (_, i) => [...get(LOCAL.values + i), 0x7c]).flat();
  const start = [...guard, ...prologue, ...either, ...get(LOCAL.value), ...set(LOCAL.values)];
  const body = [...[1, 7, I64], ...start, ...program.flatMap(code), ...get(LOCAL.value), ...sum, 0x0b];
  const types = [
    [0x60, 1, I64, 0],
    [0x60, 2, I64, I32, 0],
    [0x60, 3, I64, I64, I32, 0],
    [0x60, 2, I64, I64, 1, I64],
  ];
  const names = ['__sanitizer_cov_trace_pc_guard', 'sim_check', 'sim_check_range', 'main'];
  const imports = names.slice(0, 3).map((text, type) => [...name('env'), ...name(text), 0, type]);
  const named = vector(names.map((text, index) => [...u(index), ...name(text)]));
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector(imports)),
    ...section(3, vector([[3]])),
    ...section(5, vector([[4, 1]])),
    ...section(6, vector([[I64, 1, ...constant(STACK_TOP), 0x0b]])),
    ...section(
      7,
      vector([
        [...name('main'), 0, 3],
        [...name('memory'), 2, 0],
      ]),
    ),
    ...section(10, vector([[...u(body.length), ...body]])),
    ...section(0, [...name('.debug_line'), 1, 2, 3]),
    ...section(0, [...name('name'), 1, ...u(named.length), ...named]),
  ]);
}

/** Runs main() and says what came out, what lies in memory, and what was asked. */
export function run(bytes: Uint8Array<ArrayBuffer>, address: number, value: number) {
  const seen: Seen[] = [];
  const env = {
    __sanitizer_cov_trace_pc_guard: () => {},
    sim_check: (at: bigint, access: number) =>
      seen.push({ what: 'check', address: Number(at), bytes: access & 0x7fffffff, write: access < 0 }),
    sim_check_range: (at: bigint, size: bigint, write: number) =>
      seen.push({ what: 'range', address: Number(at), bytes: Number(size), write: write === 1 }),
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
  const main = exports.main as (address: bigint, value: bigint) => bigint;
  const result = main(BigInt(address), BigInt(value));
  return { result, memory: Buffer.from((exports.memory as WebAssembly.Memory).buffer), seen };
}

/** What must be checked, in order. */
export function expectedChecks(program: Statement[], address: number, value: number): Seen[] {
  const seen: Seen[] = [];
  const memory = new DataView(new ArrayBuffer(65536));
  const values = [BigInt(value), 0n, 0n, 0n];
  const frame = STACK_TOP - FRAME_BYTES;
  const at = (where: Address): number => (where === 'frame' || (where === 'either' && value !== 0) ? frame : address);
  const note = (one: Seen, where: Address): void => {
    if (where !== 'frame') seen.push(one);
  };
  let counter = 0;
  const step = (statement: Statement): void => {
    if (statement.kind === 'load') {
      const { to, address: where, offset, width } = statement;
      const place = at(where) + offset;
      note({ what: 'check', address: place, bytes: width, write: false }, where);
      values[to] = BigInt.asUintN(width * 8, memory.getBigUint64(place, true));
    } else if (statement.kind === 'store') {
      const { address: where, offset, value: stored, width } = statement;
      const place = at(where) + offset;
      note({ what: 'check', address: place, bytes: width, write: true }, where);
      const word = stored.kind === 'constant' ? BigInt(stored.value) : (values[stored.local] ?? 0n);
      const old = memory.getBigUint64(place, true);
      const kept = (old >> BigInt(width * 8)) << BigInt(width * 8);
      memory.setBigUint64(place, BigInt.asUintN(64, kept | BigInt.asUintN(width * 8, word)), true);
    } else if (statement.kind === 'fill') {
      const { address: where, value: byte, bytes } = statement;
      note({ what: 'range', address: at(where), bytes, write: true }, where);
      new Uint8Array(memory.buffer).fill(byte, at(where), at(where) + bytes);
    } else if (statement.kind === 'copy') {
      const { to, from, bytes } = statement;
      if (to !== 'frame' || from !== 'frame') {
        seen.push({ what: 'range', address: at(from), bytes, write: false });
        seen.push({ what: 'range', address: at(to), bytes, write: true });
      }
      new Uint8Array(memory.buffer).copyWithin(at(to), at(from), at(from) + bytes);
    } else if (statement.kind === 'if') {
      const branch = values[statement.local] === 0n ? statement.yes : statement.no;
      branch.forEach(step);
    } else {
      // As the code has it: until the counter is even.
      do {
        statement.body.forEach(step);
        counter++;
      } while (counter % 2 === 1);
    }
  };
  program.forEach(step);
  return seen;
}
