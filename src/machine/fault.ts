// SPDX-License-Identifier: GPL-2.0-or-later
// How an operation of the machine ends when it does not end well. In: what a host import or V8 threw. Out: a MachineFault
// with the place in the source.
import { Lines } from '../kernel/lines.ts';
import type { SourcePosition } from '../kernel/values.ts';
import type { FaultKind, MachineFault, MemoryError } from './values.ts';

/** Frames kept of a stack: enough to reach the system call from any depth of mm code. */
const FRAMES = 64;

export class SimFault extends Error implements MachineFault {
  override name = 'MachineFault';
  kind: FaultKind;
  detail: string;
  stack_: SourcePosition[] = [];
  modelled: string[] = [];
  memory?: MemoryError;

  constructor(kind: FaultKind, detail: string) {
    super(`${kind}: ${detail}`);
    this.kind = kind;
    this.detail = detail;
  }
}

/** A fault of memory. */
export function memoryFault(memory: MemoryError): SimFault {
  const fault = new SimFault('crash', `${memory.bug}: ${memory.detail}`);
  fault.memory = memory;
  return fault;
}

/** Turns whatever a call into the module threw into a fault with source positions, innermost first. */
export class FaultReader {
  readonly #linesFile: string;
  #lines: Lines | undefined;

  constructor(linesFile: string) {
    this.#linesFile = linesFile;
    Error.stackTraceLimit = FRAMES;
  }

  read(thrown: unknown): SimFault {
    const fault = thrown instanceof SimFault ? thrown : new SimFault('crash', crashText(thrown));
    if (fault.stack_.length === 0) {
      const all = this.#frames(thrown instanceof Error ? (thrown.stack ?? '') : '');
      fault.stack_ = ofTree(all);
      fault.modelled = modelledIn(all);
    }
    return fault;
  }

  /** Where the module is now: for calls from within a host import. */
  here(): SourcePosition[] {
    return this.positions(new Error().stack ?? '');
  }

  /** Of V8's text of a stack the frames in the tree's code; where there is none, in the machine's. */
  positions(stack: string): SourcePosition[] {
    return ofTree(this.#frames(stack));
  }

  #frames(stack: string): SourcePosition[] {
    const offsets = [...stack.matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)].map(([, hex]) =>
      Number.parseInt(hex ?? '0', 16),
    );
    if (offsets.length === 0) return [];
    this.#lines ??= Lines.load(this.#linesFile);
    const lines = this.#lines;
    return offsets.flatMap((offset) => lines.frames(offset - lines.codeStart));
  }
}

const isModel = ({ file }: SourcePosition): boolean => file.startsWith('machine:');

/** Frames in the tree's code; where there is none, in the machine's. */
function ofTree(all: SourcePosition[]): SourcePosition[] {
  const tree = all.filter((frame) => !isModel(frame));
  return tree.length > 0 ? tree : all;
}

/**
 * The models that the tree called and that called the tree, innermost first: what went wrong inside rests on them. Not
 * those that only found the fault, nor the machine's own entries. Wrappers are the tree's code; the end of a grace
 * period does what every kernel does there, it runs the callbacks.
 */
export function modelledIn(all: readonly SourcePosition[]): string[] {
  const first = all.findIndex((frame) => !isModel(frame));
  const last = all.findLastIndex((frame) => !isModel(frame));
  const between = all
    .slice(first + 1, Math.max(first + 1, last))
    .filter((frame) => isModel(frame) && !frame.file.startsWith('machine:wrappers/') && frame.file !== 'machine:rcu.c');
  return [...new Set(between.map(({ function: name }) => name))];
}

function crashText(thrown: unknown): string {
  if (thrown instanceof RangeError) return 'the kernel stack ran over';
  if (!(thrown instanceof WebAssembly.RuntimeError)) throw thrown;
  const { message } = thrown;
  if (message.includes('memory access out of bounds')) return 'access to an address where there is no memory';
  if (message.includes('null function') || message.includes('table index'))
    return 'call through a pointer that is no function';
  if (message.includes('signature mismatch')) return 'call through a pointer to a function of another type';
  if (message.includes('unreachable')) return 'ran into code that must not be reached';
  if (message.includes('divide by zero')) return 'division by zero';
  return message;
}
