// SPDX-License-Identifier: GPL-2.0-or-later
// The toy machine as a module for worker processes. The image's key says what goes wrong with it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Image } from '../../src/kernel/values.ts';
import type { Machine, Task } from '../../src/machine/values.ts';
import { FakeFault, FakeMachine } from './fake-machine.ts';

/** What a hostile program could get hold of in this process. */
function spy(): string {
  const attempt = (what: () => unknown): string => {
    try {
      what();
      return 'some';
    } catch {
      return 'none';
    }
  };
  // The shell sets PWD, Node its own channel.
  const names = Object.keys(process.env).filter((name) => !name.startsWith('NODE_CHANNEL'));
  const files = attempt(() => readFileSync('/etc/passwd'));
  const children = attempt(() => spawnSync('/bin/true').error ?? 'ran');
  return `environment ${names.join()}, files ${files}, children ${children}`;
}

class Fatal extends FakeMachine {
  readonly #how: string;
  constructor(how: string) {
    super();
    this.#how = how;
  }
  override exec(task: Task): void {
    if (this.#how === 'dies') process.kill(process.pid, 'SIGKILL');
    if (this.#how === 'hangs') for (;;);
    if (this.#how === 'throws') throw new RangeError('offset out of bounds');
    if (this.#how === 'spies') throw new Error(spy());
    super.exec(task);
  }
}

export async function createMachine(image: Image): Promise<Machine> {
  if (image.key === 'no boot') throw new FakeFault('kernel-says', 'BUG: at boot');
  if (image.key === 'no file') throw new Error('no such image');
  return new Fatal(image.key);
}
