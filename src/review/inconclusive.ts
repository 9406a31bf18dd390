// SPDX-License-Identifier: GPL-2.0-or-later
// What could not be judged: all of it for the record, and the part that stands between the series and "clean".
import type { Run } from '../simulator/values.ts';
import type { ScenarioInfo } from './rooms.ts';
import type { Side } from './sides.ts';
import type { Inconclusive } from './values.ts';

export interface Doubts {
  all: Inconclusive[];
  /** Those that decide the verdict: matched scenarios, and any that only the patched side could not run. */
  deciding: Inconclusive[];
  notApplicable: string[];
  notRun: string[];
}

type Outcome = 'ran' | 'skipped' | 'not run' | 'one side';

function outcomeOf(before: Run | undefined, after: Run | undefined): Outcome {
  if (!before && !after) return 'not run';
  if (before?.skipped !== undefined && after?.skipped !== undefined) return 'skipped';
  if (!before || !after || before.skipped !== undefined || after.skipped !== undefined) return 'one side';
  return 'ran';
}

/** In: all sides, scenarios in the order run, those of touched areas, names left out by the budget, cap reached or not. */
export function doubtsOf(
  sides: Side[],
  order: ScenarioInfo[],
  matched: ReadonlySet<string>,
  leftOut: string[],
  capped: boolean,
): Doubts {
  const doubts: Doubts = { all: [], deciding: [], notApplicable: [], notRun: [...leftOut] };
  const add = (doubt: Inconclusive, decides: boolean) => {
    doubts.all.push(doubt);
    if (decides) doubts.deciding.push(doubt);
  };
  const seen = new Map<string, Set<Outcome>>();
  for (const { flavour, base, patched } of sides) {
    for (const { name } of order) {
      const [before, after] = [base.runs.get(name), patched.runs.get(name)];
      const outcome = outcomeOf(before, after);
      seen.set(name, (seen.get(name) ?? new Set()).add(outcome));
      const where = { scenario: name, config: flavour.config };
      const ours = matched.has(name);
      if (outcome === 'one side') {
        const reason = before?.skipped ?? after?.skipped ?? 'not run on one side: time cap';
        add({ ...where, reason: `${reason} (one side only)` }, ours);
      } else if (outcome === 'ran' && before?.inconclusive !== undefined) {
        add({ ...where, reason: `${before.inconclusive} (on the base, too)` }, ours);
      } else if (outcome === 'ran' && after?.inconclusive !== undefined)
        add({ ...where, reason: after.inconclusive }, true);
    }
  }
  for (const [name, outcomes] of seen) {
    if (outcomes.has('not run')) doubts.notRun.push(name);
    else if (outcomes.size === 1 && outcomes.has('skipped')) doubts.notApplicable.push(name);
  }
  doubts.notApplicable.sort();
  doubts.notRun.sort();
  for (const name of doubts.notRun) {
    if (matched.has(name)) add({ scenario: name, reason: capped ? 'not run: time cap' : 'not run: budget' }, true);
  }
  return doubts;
}
