// SPDX-License-Identifier: GPL-2.0-or-later
// The toy machine as a module for worker processes. The image's key says what goes wrong with it.
import type { Image } from '../../src/kernel/values.ts';
import type { Machine, Task } from '../../src/machine/values.ts';
import { FakeFault, FakeMachine } from './fake-machine.ts';

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
    if (this.#how === 'spies')
      throw new Error(
        Object.keys(process.env)
          .filter((name) => !name.startsWith('NODE_CHANNEL'))
          .join(),
      );
    super.exec(task);
  }
}

export async function createMachine(image: Image): Promise<Machine> {
  if (image.key === 'no boot') throw new FakeFault('kernel-says', 'BUG: at boot');
  if (image.key === 'no file') throw new Error('no such image');
  return new Fatal(image.key);
}
