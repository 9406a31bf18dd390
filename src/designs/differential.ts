// SPDX-License-Identifier: GPL-2.0-or-later
// One history on two machines, compared step by step: a kernel's and a laboratory's, or any two. Out: the first
// difference in object counts or in the whole topology (VMAs, chains, trees, counters, folios), or undefined.
import type { Machine } from '../machine/values.ts';
import type { Scenario } from '../simulator/grammar/values.ts';
import { linesOf } from '../simulator/ground-truth/lines.ts';
import { replay } from '../simulator/ground-truth/replay.ts';
import type { Replay } from '../simulator/ground-truth/values.ts';

export interface Difference {
  step: number;
  text: string;
  /** Lines that only one side has, or why it ended there. */
  first: string[];
  second: string[];
}

export function firstDifference(one: Machine, other: Machine, scenario: Scenario): Difference | undefined {
  const steps = scenario.steps.map((_, index) => index);
  const wanted = { regions: [], counts: steps, topologies: steps };
  const a = replay(one, scenario, wanted);
  const b = replay(other, scenario, wanted);
  for (const [index, text] of (a.steps.length > b.steps.length ? a : b).steps.entries()) {
    const [first, second] = [linesAt(a, index), linesAt(b, index)];
    const there = new Set(second);
    const here = new Set(first);
    if (first.join('\n') === second.join('\n')) continue;
    return {
      step: index,
      text,
      first: first.filter((line) => !there.has(line)),
      second: second.filter((line) => !here.has(line)),
    };
  }
  return undefined;
}

function linesAt({ observations, stopped }: Replay, step: number): string[] {
  const seen = observations.find((one) => one.step === step);
  if (seen?.topology === undefined) {
    const why = stopped === undefined ? '' : stopped.kind === 'requires' ? stopped.feature : stopped.reason;
    return [`ended at step ${stopped?.step}: ${why}`];
  }
  return [`counts ${seen.counts.join(' ')}`, ...linesOf(seen.topology, { whole: true })];
}
