// SPDX-License-Identifier: GPL-2.0-or-later
// The machine room. In: a linked image of a tree's mm/. Out: a booted machine that takes the steps of scenarios and shows
// its world. Meant to run in a worker process without rights (src/simulator/worker.ts).
import type { Image } from '../kernel/values.ts';
import { SimMachine } from './machine.ts';

export { SimFault } from './fault.ts';
export { SimMachine } from './machine.ts';
export { NOOPS } from './noops.ts';

/** Boots an image. Throws SimFault where the kernel's own boot goes wrong. */
export async function createMachine(image: Image): Promise<SimMachine> {
  return new SimMachine(image);
}
