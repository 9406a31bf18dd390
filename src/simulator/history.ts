// SPDX-License-Identifier: GPL-2.0-or-later
// Steps -> a history that can be drawn: processes as lanes, which of them acts in each step, who is born and who ends.
// A lane becomes free with its process, so that a chain of generations needs two.
import { FIRST_PROCESS } from './grammar/scope.ts';
import type { FlatStep } from './grammar/values.ts';

export interface HistoryRow {
  step: FlatStep;
  /** Lane of the process that acts; undefined for marks and for what the machine does by itself. */
  actor?: number;
  /** A lane that begins here: a fork's, vfork's or clone's child. */
  born?: number;
  /** Lanes that end here. */
  ended: number[];
  /** What each lane shows while the step runs; undefined where it is free. */
  lanes: (LaneState | undefined)[];
}

export interface LaneState {
  process: string;
  /** Number of the process in the order of birth, from 0: stays the same over its life. */
  number: number;
  /** It waits for its vfork child. */
  waits: boolean;
}

/** In: steps without repeat blocks. Out: a row a step. Lanes of a row are those before its births and with its ends. */
export function historyOf(steps: readonly FlatStep[]): HistoryRow[] {
  const lanes: (LaneState | undefined)[] = [{ process: FIRST_PROCESS, number: 0, waits: false }];
  const waiting = new Map<string, string>();
  let born = 1;
  const laneOf = (process: string) => lanes.findIndex((lane) => lane?.process === process);
  const wake = (child: string) => {
    const parent = lanes[laneOf(waiting.get(child) ?? '')];
    waiting.delete(child);
    if (parent) parent.waits = false;
  };
  return steps.map((step) => {
    const row: HistoryRow = { step, ended: [], lanes: lanes.map((lane) => lane && { ...lane }) };
    if (step.kind === 'exit-all') {
      row.ended = [...lanes.keys()].filter((lane) => lanes[lane] !== undefined);
      lanes.fill(undefined);
    }
    if (step.kind !== 'action') return row;
    const { action, process } = step;
    const actor = laneOf(process);
    row.actor = actor;
    if (step.fails !== undefined) return row;
    if (action.op === 'fork' || action.op === 'vfork' || action.op === 'clone') {
      const free = lanes.indexOf(undefined);
      row.born = free < 0 ? lanes.length : free;
      lanes[row.born] = { process: action.child, number: born++, waits: false };
      const parent = lanes[actor];
      if (action.op === 'vfork' && parent) {
        parent.waits = true;
        waiting.set(action.child, process);
      }
    } else if (action.op === 'exec') wake(process);
    else if (action.op === 'exit') {
      wake(process);
      row.ended = [actor];
      lanes[actor] = undefined;
    }
    return row;
  });
}
