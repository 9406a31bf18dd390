// SPDX-License-Identifier: GPL-2.0-or-later
// A toy machine that can be short of memory. Its forks and mprotects ask for three allocations each, its mmaps for two;
// states are gone back to by doing again what was done. A misdeed is what it does wrong when one fails.
import type { Origins, Probe, Refusal, Task } from '../../../src/machine/values.ts';
import { FakeMachine } from '../fake-machine.ts';

export type Misdeed =
  | 'none'
  /** A failed fork leaves the child's address space behind. */
  | 'leaks-child'
  /** A failed mprotect says EINVAL. */
  | 'wrong-errno'
  /** A failed mprotect says that it succeeded. */
  | 'lies'
  /** After a failed mprotect the next one fails too. */
  | 'does-not-recover'
  /** A failed mprotect splits the VMA all the same. */
  | 'splits';

const ENOMEM = -12;
const SITE = { file: 'mm/toy.c', line: 7 };

export class ShortMachine extends FakeMachine implements Probe {
  readonly probe: Probe = this;
  misdeed: Misdeed;
  #done: (() => void)[] = [];
  #refuseAt = 0;
  #asked = 0;
  #refused: Refusal | undefined;
  #broken = false;

  constructor(misdeed: Misdeed = 'none') {
    super([], 'check');
    this.misdeed = misdeed;
  }

  override reset(): void {
    super.reset();
    // The parent's constructor is the first to call.
    if (!(#done in this)) return;
    this.#done = [];
    this.#broken = false;
  }

  snapshot(): () => void {
    const done = [...this.#done];
    return () => {
      this.reset();
      for (const again of done) again();
      this.#done = [...done];
      this.#refuseAt = 0;
    };
  }
  refuse(n: number): void {
    this.#refuseAt = n;
    this.#asked = 0;
    this.#refused = undefined;
  }
  disarm(): void {
    this.#refuseAt = 0;
  }
  refusal(): Refusal | undefined {
    return this.#refused;
  }
  watch(): void {}
  origins(): Origins {
    return {};
  }
  kernelPages(): number {
    return 0;
  }
  perCpuAreas(): number {
    return 0;
  }

  /** True if one of so many allocations is to fail. */
  #short(what: string, name: string, count: number): boolean {
    for (let i = 0; i < count; i++) {
      this.#asked++;
      if (this.#asked !== this.#refuseAt) continue;
      this.#refused = { what, bytes: 64, stack: [{ ...SITE, function: `${name}_${i + 1}` }] };
      return true;
    }
    return false;
  }

  override openFile(...given: Parameters<FakeMachine['openFile']>): number {
    this.#done.push(() => super.openFile(...given));
    return super.openFile(...given);
  }
  override mmap(...given: Parameters<FakeMachine['mmap']>): number {
    if (this.#short('vm_area_struct', 'toy_mmap', 2)) return ENOMEM;
    this.#done.push(() => super.mmap(...given));
    return super.mmap(...given);
  }
  override write(...given: Parameters<FakeMachine['write']>): number {
    this.#done.push(() => super.write(...given));
    return super.write(...given);
  }
  override fork(task: Task): Task {
    if (this.#short('anon_vma', 'toy_fork', 3)) {
      if (this.misdeed === 'leaks-child') super.fork(task);
      return ENOMEM;
    }
    this.#done.push(() => super.fork(task));
    return super.fork(task);
  }
  override mprotect(task: Task, addr: number, length: number, prot: number): number {
    const short = this.#short('anon_vma_chain', 'toy_split', 3);
    if (this.#broken) return ENOMEM;
    if (!short) {
      this.#done.push(() => super.mprotect(task, addr, length, prot));
      return super.mprotect(task, addr, length, prot);
    }
    this.#broken = this.misdeed === 'does-not-recover';
    // The toy does not merge: rights that stay what they were only split.
    if (this.misdeed === 'splits') super.mprotect(task, addr, length, 3);
    return this.misdeed === 'lies' ? 0 : this.misdeed === 'wrong-errno' ? -22 : ENOMEM;
  }
}
