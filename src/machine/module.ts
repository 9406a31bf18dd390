// SPDX-License-Identifier: GPL-2.0-or-later
// The linked module, instantiated. In: an image. Out: its functions to call with plain numbers, and its memory.
import { readFileSync } from 'node:fs';
import type { Image, SourcePosition } from '../kernel/values.ts';
import { badAccess, badFree } from './bad-access.ts';
import { FaultReader, memoryFault, SimFault } from './fault.ts';
import { functionImports, type HostFunction, importObject } from './imports.ts';
import { LinearMemory } from './linear-memory.ts';
import { Told } from './probe.ts';
import { Stacks } from './stacks.ts';

type Exported = (...args: (bigint | number)[]) => bigint | number | undefined;

export class Module {
  readonly memory: LinearMemory;
  /** No-ops that ran since the last reset. */
  readonly noops = new Set<string>();
  readonly #exports: Record<string, unknown>;
  readonly #functions = new Map<string, Exported>();
  readonly #stackPointer: WebAssembly.Global;
  readonly #stackTop: bigint;
  /** Stacks that the models of locks were asked to take, by number (lock-watch.ts). */
  readonly stacks = new Map<number, SourcePosition[]>();
  readonly faults: FaultReader;
  /** What the module told about allocations. */
  readonly told = new Told();
  #stacks: Stacks | undefined;
  #broken = false;

  constructor(image: Image) {
    const bytes = readFileSync(image.wasmFile);
    this.faults = new FaultReader(image.linesFile);
    const imports = importObject(functionImports(bytes), this.#host(), this.noops);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports);
    this.#exports = instance.exports as Record<string, unknown>;
    this.#stackPointer = this.#exports.__stack_pointer as WebAssembly.Global;
    this.#stackTop = this.#stackPointer.value as bigint;
    (this.#exports.__wasm_call_ctors as Exported)();
    this.memory = new LinearMemory(this.#exports.memory as WebAssembly.Memory, {
      dataStart: Number(this.#stackTop),
      heapBase: this.global('__heap_base'),
      pageStruct: this.call('sim_page_struct_size'),
      blocks: this.call('sim_block_count'),
    });
  }

  global(name: string): number {
    return Number((this.#exports[name] as WebAssembly.Global).value);
  }

  has(name: string): boolean {
    return typeof this.#exports[name] === 'function';
  }

  /** Calls a function whose parameters are all 64 bits wide. Throws SimFault; the module must then be reset. */
  call(name: string, ...args: (number | bigint)[]): number {
    return this.callMixed(name, args.map(BigInt));
  }

  /** The same with the arguments exactly as the function takes them: number for int, bigint for long and pointers. */
  callMixed(name: string, args: (number | bigint)[]): number {
    if (this.#broken) throw new Error('the machine is used after a fault, without a reset');
    let found = this.#functions.get(name);
    if (found === undefined) {
      found = this.#exports[name] as Exported;
      if (typeof found !== 'function') throw new Error(`the image has no function ${name}`);
      this.#functions.set(name, found);
    }
    try {
      return Number(found(...args) ?? 0);
    } catch (thrown) {
      this.#broken = true;
      throw this.faults.read(thrown);
    }
  }

  /**
   * Runs the simulated threads to their end, beginning with this one. traced: gives the place where each turn ended, empty
   * where a thread was over. Rejects with a SimFault as call() throws it.
   */
  async runThreads(first: number, traced: boolean): Promise<SourcePosition[][] | undefined> {
    if (this.#broken) throw new Error('the machine is used after a fault, without a reset');
    this.#stacks ??= new Stacks(
      WebAssembly.promising(this.#exports.sim_thread_main) as (thread: number) => Promise<number>,
      this.#stackPointer,
    );
    try {
      await this.#stacks.run(first, traced);
    } catch (thrown) {
      this.#broken = true;
      throw this.faults.read(thrown);
    }
    return this.#stops();
  }

  #stops(): SourcePosition[][] | undefined {
    return this.#stacks?.stops?.map((stack) => this.faults.positions(stack));
  }

  /**
   * After a fault, before memory is put back: only functions that look at plain memory may be called. The ends of the
   * threads' turns until then, if they were traced.
   */
  look(): SourcePosition[][] | undefined {
    this.#broken = false;
    return this.#stops();
  }

  /** Forgets a fault: memory has been put back. */
  mend(): void {
    this.#broken = false;
    this.#stackPointer.value = this.#stackTop;
    this.noops.clear();
    this.stacks.clear();
  }

  /** What the module may ask of its host; see simulations/machine/sim.h. Pointers arrive as BigInt. */
  #host(): Record<string, HostFunction> {
    const text = (at: bigint) => this.memory.text(Number(at));
    return {
      bug: (what: bigint, file: bigint, line: number, func: bigint) => {
        const words = text(what);
        if (words.startsWith('unmodelled: ')) throw new SimFault('unmodelled', words.slice('unmodelled: '.length));
        if (text(file).startsWith('machine:')) throw new SimFault('crash', words);
        throw new SimFault(
          'kernel-says',
          `kernel BUG at ${text(file)}:${line} in ${text(func)}${words && `: ${words}`}`,
        );
      },
      warn: (what: bigint, file: bigint, line: number, func: bigint) => {
        const words = text(what);
        throw new SimFault('kernel-says', `WARNING at ${text(file)}:${line} in ${text(func)}${words && `: ${words}`}`);
      },
      say: (what: bigint, length: bigint) => {
        const said = this.memory.text(Number(what), Number(length));
        // KERN_SOH and a level stand before the text (include/linux/kern_levels.h).
        const words = said.charCodeAt(0) === 1 ? said.slice(2) : said;
        if (/^(BUG|WARNING):/.test(words)) throw new SimFault('kernel-says', words.trimEnd());
      },
      stuck: (_lock: bigint, why: bigint) => {
        throw new SimFault('deadlock', text(why));
      },
      stack: (number: bigint) => {
        this.stacks.set(Number(number), this.faults.here());
      },
      exhausted: (what: bigint) => {
        const words = text(what);
        throw new SimFault(words === 'steps' || words.startsWith('faults') ? 'out-of-fuel' : 'out-of-memory', words);
      },
      badAccess: (kind: bigint, address: bigint, access: number, start: bigint, bytes: bigint, cache: bigint) => {
        throw memoryFault(badAccess({ kind: text(kind), address, access, start, bytes, cache: text(cache) }));
      },
      badFree: (kind: bigint, _address: bigint, start: bigint, bytes: bigint, cache: bigint) => {
        throw memoryFault(badFree(text(kind), start, bytes, text(cache)));
      },
      refused: (what: bigint, bytes: bigint) => this.told.refuse(text(what), Number(bytes)),
      watched: (start: bigint, event: number) => this.told.event(Number(start), event),
      switch: new WebAssembly.Suspending((to: number) => this.#stacks?.switchTo(to)),
      grow: (end: bigint) => BigInt(this.memory.growTo(Number(end))),
    };
  }
}
