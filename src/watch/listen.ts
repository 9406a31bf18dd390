// SPDX-License-Identifier: GPL-2.0-or-later
// One source, followed until the end: what it brings is kept, what fails is tried again, and the log has one line for an
// outage and one for its end.
import { cleanLine } from '../report/sanitise.ts';
import { type Follower, follow } from '../sources/follow/index.ts';
import { pause } from '../sources/follow/pause.ts';
import { takeIn } from './intake.ts';
import { BACKOFF_MAX_MS, BACKOFF_MS } from './limits.ts';
import { cursorOf, type State } from './state.ts';
import type { ListConfig, Source } from './values.ts';

export interface Listening {
  signal: AbortSignal;
  /** Ends when all that is there has been read, or the source has failed. */
  once: boolean;
  /** Something was kept. */
  onMail(): void;
}

/** Resolves when aborted, or after once; false where the source could not be read then. */
export async function listen(state: State, list: ListConfig, source: Source, options: Listening): Promise<boolean> {
  const { signal, once, onMail } = options;
  let follower: Follower | undefined;
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        follower ??= await follow(source.place);
        const before = cursorOf(state, source.name);
        const { arrivals, cursor, more, notes } = await follower.poll(before, list.since);
        for (const note of notes) state.ports.log(`${source.name}: ${cleanLine(note, 300)}`);
        if (arrivals.length > 0 || cursor !== before) {
          const { kept } = await takeIn(state, list, arrivals, { source: source.name, value: cursor });
          if (kept > 0 || arrivals.length > 0) onMail();
        }
        if (failures > 0) state.ports.log(`${source.name}: back after ${failures} attempts`);
        failures = 0;
        if (more) continue;
        if (once) return true;
        await follower.wait(source.every, signal);
      } catch (error) {
        follower?.close();
        follower = undefined;
        const why = cleanLine(error instanceof Error ? error.message : String(error), 300);
        if (failures++ === 0) state.ports.log(`${source.name}: ${why}; tried again until it is back`);
        if (once) return false;
        await pause(Math.min(BACKOFF_MS * 2 ** (failures - 1), BACKOFF_MAX_MS), signal);
      }
    }
    return true;
  } finally {
    follower?.close();
  }
}
