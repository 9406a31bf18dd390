// SPDX-License-Identifier: GPL-2.0-or-later
// A schedule as text: short enough for a mail, exact enough to be replayed.
//
//   s1:a17bc4a:9f3c21aa
//
// Version, turns, hash. A turn is a thread (a, b, c, d in the order of the block) and the number of scheduling points that
// it passes before another thread takes over, behind a point the basic blocks that it executes after the last of them
// (a17.340); without a number it runs until it waits, spins or is over. Behind the last turn the threads go on in turn, each until it cannot. The hash is that of all that happened at scheduling points: a
// replay with another one is not the same run.
import { InputError } from '../../errors.ts';
import type { PassedTurn, Turn } from '../../machine/values.ts';
import { LIMITS } from '../limits.ts';

export interface WrittenSchedule {
  turns: Turn[];
  hash: number;
}

const FORM = /^s1:((?:[a-d][0-9]{0,9}(?:\.[1-9][0-9]{0,8})?)+):([0-9a-f]{8})$/;

/** The turns that were taken, those at the end left out that would be taken anyway. */
export function formatSchedule(passed: readonly PassedTurn[], hash: number): string {
  let last = passed.length;
  while (last > 1 && asUsual(passed[last - 2], passed[last - 1])) last--;
  const turns = passed.slice(0, last).map(({ thread, points, blocks, forced }) => {
    const behind = blocks === undefined ? '' : `.${blocks}`;
    return threadLetter(thread) + (forced ? '' : `${points}${behind}`);
  });
  return `s1:${turns.join('')}:${hash.toString(16).padStart(8, '0')}`;
}

/** Errors: InputError. */
export function parseSchedule(text: string): WrittenSchedule {
  const match = text.length <= LIMITS.scheduleText ? FORM.exec(text) : null;
  if (match === null)
    throw new InputError(`not a schedule such as s1:a17bc4a:9f3c21aa: ${JSON.stringify(text.slice(0, 60))}`);
  const turns = [...(match[1] ?? '').matchAll(/([a-d])([0-9]*)(?:\.([0-9]+))?/g)].map(([, letter, points, blocks]) => ({
    thread: (letter ?? 'a').charCodeAt(0) - LETTER_A,
    points: Number(points || 0),
    ...(blocks !== undefined && { blocks: Number(blocks) }),
  }));
  return { turns, hash: Number.parseInt(match[2] ?? '0', 16) };
}

const LETTER_A = 'a'.charCodeAt(0);

export function threadLetter(thread: number): string {
  return String.fromCharCode(LETTER_A + thread);
}

/** What a plan needs to know of the turns that were taken. */
export function planOf(passed: readonly PassedTurn[]): Turn[] {
  return passed.map(({ thread, points, blocks, forced }) => ({
    thread,
    points: forced ? 0 : points,
    ...(!forced && blocks !== undefined && { blocks }),
  }));
}

/** True if the scheduler without a plan would go from one turn to the other (threads.c th_cyclic()), and end it so. */
function asUsual(before: PassedTurn | undefined, turn: PassedTurn | undefined): boolean {
  if (before === undefined || turn === undefined || !before.forced || !turn.forced) return false;
  for (let i = 1; i <= LIMITS.threads; i++) {
    const next = (before.thread + i) % LIMITS.threads;
    if (before.ready & (1 << next)) return next === turn.thread;
  }
  return false;
}
