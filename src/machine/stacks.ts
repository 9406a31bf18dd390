// SPDX-License-Identifier: GPL-2.0-or-later
// Stacks of the simulated threads. In: a module's entry for a thread's whole life. Out: one of them runs at a time, and
// another one when the module says so: the import that it calls then suspends the caller's WebAssembly stack (JSPI).
// The module's own stack pointer, one global, is each thread's while it runs.
import { MAIN_STACK_BYTES, THREAD_STACK_BYTES, THREADS_MAX } from './limits.ts';

/** A thread's life: its number -> who runs after it, -1 for nobody. Throws what the code under test threw. */
export type ThreadMain = (thread: number) => Promise<number>;

export class Stacks {
  readonly #main: ThreadMain;
  readonly #pointer: WebAssembly.Global;
  readonly #top: bigint;
  /** What makes a suspended thread go on. */
  readonly #suspended: ((() => void) | undefined)[] = [];
  readonly #saved: bigint[] = [];
  #running = 0;
  /** V8's text of the stack at the end of each turn, if they are traced; empty where a thread was over. */
  stops: string[] | undefined;
  #end: { resolve(): void; reject(thrown: unknown): void } | undefined;

  /** pointer: the module's stack pointer; its value now is the top of the one stack that all share. */
  constructor(main: ThreadMain, pointer: WebAssembly.Global) {
    this.#main = main;
    this.#pointer = pointer;
    this.#top = pointer.value as bigint;
  }

  /** Runs all threads to their end, beginning with this one. Rejects with what the first thread threw that failed. */
  run(first: number, traced: boolean): Promise<void> {
    this.#suspended.length = 0;
    this.stops = traced ? [] : undefined;
    return new Promise<void>((resolve, reject) => {
      this.#end = { resolve, reject };
      this.#start(first);
    });
  }

  /** The module's import: suspends the running thread until somebody switches back to it. */
  switchTo(thread: number): Promise<void> {
    const from = this.#running;
    this.stops?.push(new Error().stack ?? '');
    this.#saved[from] = this.#pointer.value as bigint;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#suspended[from] = resolve;
    this.#resume(thread);
    return promise;
  }

  /** The thread goes on as soon as the code that runs now has returned or is suspended. */
  #resume(thread: number): void {
    const wake = this.#suspended[thread];
    if (wake === undefined) {
      queueMicrotask(() => this.#start(thread));
      return;
    }
    this.#suspended[thread] = undefined;
    this.#running = thread;
    this.#pointer.value = this.#saved[thread];
    wake();
  }

  #start(thread: number): void {
    if (thread >= THREADS_MAX) throw new Error(`no stack for thread ${thread}`);
    this.#running = thread;
    this.#pointer.value = this.#top - BigInt(MAIN_STACK_BYTES + thread * THREAD_STACK_BYTES);
    this.#main(thread).then(
      (next) => this.#after(next),
      (thrown) => this.#over((end) => end.reject(thrown)),
    );
  }

  #after(next: number): void {
    this.stops?.push('');
    if (next < 0) this.#over((end) => end.resolve());
    else this.#resume(next);
  }

  #over(how: (end: { resolve(): void; reject(thrown: unknown): void }) => void): void {
    const end = this.#end;
    this.#end = undefined;
    this.#pointer.value = this.#top;
    if (end !== undefined) how(end);
  }
}
