// SPDX-License-Identifier: GPL-2.0-or-later
// Creating something exactly once over a connection that may lose answers: look before, and look again before trying
// again. Requests that may be repeated without harm are repeated by the client itself (access.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOK_AGAIN_MS, RETRIES } from './limits.ts';

/** For requests that create: the client must not repeat them. */
export const NO_RETRY = { request: { retries: 0 } } as const;

/** Whether a request may have had its effect although it failed: the server or the network broke down, no refusal. */
function unclear(error: unknown): boolean {
  return ((error as { status?: number }).status ?? 0) >= 500;
}

/** What `find` finds, else what `create` makes. `unitMs`: the first wait; the next ones are 4 and 9 times as long. */
export async function once<T>(
  find: () => Promise<T | undefined>,
  create: () => Promise<T>,
  unitMs = LOOK_AGAIN_MS,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    const known = await find();
    if (known !== undefined) return known;
    try {
      return await create();
    } catch (error) {
      if (!unclear(error) || tried > RETRIES) throw error;
      await sleep(tried ** 2 * unitMs);
    }
  }
}
