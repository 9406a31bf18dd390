// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the compiler's machine code between processes, in the cache folder (see v8-code.ts).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { COMPILER_MEMORY_PAGES } from './limits.ts';
import { compilerVersion } from './llvm.ts';
import { keyOf, type Store, writeAtomically } from './store.ts';

export class CodeCache {
  readonly #store: Store;
  readonly #key: string;
  #checked: string | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.#key = keyOf(compilerVersion(), COMPILER_MEMORY_PAGES, process.version, process.arch, process.platform);
  }

  /** A file with whole, undamaged code, or "". */
  file(): string {
    if (this.#checked !== undefined) return this.#checked;
    const file = this.#path();
    this.#checked = existsSync(file) && this.#sum(readFileSync(file)) === this.#expected() ? file : '';
    return this.#checked;
  }

  keep(code: Uint8Array): void {
    const sum = Buffer.from(this.#sum(code));
    this.#store.put('compiler-code', this.#key, sum);
    writeAtomically(this.#path(), code);
  }

  /** Code that brought a process down is not offered again. */
  forget(): void {
    rmSync(this.#path(), { force: true });
    this.#checked = '';
  }

  #path(): string {
    return `${this.#store.file('compiler-code', this.#key)}.bin`;
  }

  #expected(): string | undefined {
    return this.#store.get('compiler-code', this.#key)?.toString('utf8');
  }

  #sum(code: Uint8Array): string {
    return createHash('sha256').update(code).digest('hex');
  }
}
