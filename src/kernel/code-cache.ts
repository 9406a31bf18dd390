// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the compiler's machine code between processes, in the cache folder (see v8-code.ts).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { V8_FLAGS } from './compiler-process.ts';
import { CODE_UNITS, COMPILER_MEMORY_PAGES } from './limits.ts';
import { compilerVersion } from './llvm.ts';
import { keyOf, type Store, writeAtomically } from './store.ts';

export class CodeCache {
  readonly #store: Store;
  readonly #key: string;
  #checked: string | undefined;
  #units = 0;

  constructor(store: Store) {
    this.#store = store;
    const machine = [process.version, process.arch, process.platform];
    this.#key = keyOf(compilerVersion(), COMPILER_MEMORY_PAGES, V8_FLAGS, machine);
  }

  /** A file with whole, undamaged code, or "". */
  file(): string {
    if (this.#checked !== undefined) return this.#checked;
    const file = this.#path();
    const [sum, units] = this.#store.get('compiler-code', this.#key)?.toString('utf8').split(' ') ?? [];
    const whole = existsSync(file) && this.#sum(readFileSync(file)) === sum;
    this.#units = whole ? Number(units) : 0;
    this.#checked = whole ? file : '';
    return this.#checked;
  }

  /** True where code that a process has after so many units is better than what is kept. */
  wants(units: number): boolean {
    return CODE_UNITS.some((step) => units >= step && this.#units < step);
  }

  /** units: how many the process had compiled. */
  keep(code: Uint8Array, units: number): void {
    this.#store.put('compiler-code', this.#key, Buffer.from(`${this.#sum(code)} ${units}`));
    writeAtomically(this.#path(), code);
  }

  /** Not to be asked for twice. */
  expect(units: number): void {
    this.#units = units;
  }

  /** Code that brought a process down is not offered again. */
  forget(): void {
    rmSync(this.#path(), { force: true });
    this.#checked = '';
  }

  #path(): string {
    return `${this.#store.file('compiler-code', this.#key)}.bin`;
  }

  #sum(code: Uint8Array): string {
    return createHash('sha256').update(code).digest('hex');
  }
}
