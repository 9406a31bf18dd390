// SPDX-License-Identifier: GPL-2.0-or-later
// A machine's meter before and after a step -> what the step did.
import type { Meter } from '../machine/values.ts';

/** All counters of a meter; keys as in Run.work. */
export function reading(meter: Meter): Map<string, number> {
  const counters = new Map([
    ['faults', meter.faults()],
    ['copies', meter.copies()],
    ['blocks', meter.spentBlocks()],
  ]);
  for (const [object, count] of meter.allocated()) counters.set(`allocated ${object}`, count);
  for (const [object, count] of meter.freed()) counters.set(`freed ${object}`, count);
  for (const { lock, mode, taken, blocks, nodes } of meter.locks()) {
    counters.set(`lock ${lock} (${mode})`, taken);
    counters.set(`held ${lock} (${mode})`, blocks);
    counters.set(`nodes ${lock} (${mode})`, nodes);
  }
  return counters;
}

/** By how much the counters grew; those that did not are left out. */
export function grown(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> {
  const found: [string, number][] = [];
  for (const [key, count] of after) {
    const growth = count - (before.get(key) ?? 0);
    if (growth > 0) found.push([key, growth]);
  }
  return Object.fromEntries(found);
}
