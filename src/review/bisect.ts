// SPDX-License-Identifier: GPL-2.0-or-later
// Introduced faults -> the first patch that shows them, by building as few boundaries as needed.
import { type Fault, shows } from './faults.ts';
import type { Flavour, Images } from './images.ts';
import type { ScenarioInfo } from './rooms.ts';
import { type Runner, type Runs, runAll } from './run.ts';

/** Runs at a patch boundary, for the scenarios given; undefined where the tree does not build there. */
export type BoundaryRuns = (patch: number, flavour: Flavour, scenarios: string[]) => Promise<Runs | undefined>;

/** Boundary runs from images and runner; images are built once, runs come from the cache. */
export function boundaryRuns(images: Images, runner: Runner, scenarios: ScenarioInfo[]): BoundaryRuns {
  const byName = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  return async (patch, flavour, names) => {
    const image = await images.image(patch, flavour);
    if (!image) return undefined;
    const chosen = names.flatMap((name) => byName.get(name) ?? []);
    return runAll(runner, image, chosen);
  };
}

/**
 * Sets `patch` of the faults (introduced: first bad; fixed: first good). All faults of a flavour share the boundaries
 * built. The result k always has k shown and k-1 not shown, whether or not the patches between are monotonous.
 * Boundaries that do not build or cannot be judged are stepped around, as in git bisect skip; where that leaves more
 * than one candidate the last of them is taken and a note is returned.
 */
export async function findFirstPatches(
  faults: Fault[],
  last: number,
  runsAt: BoundaryRuns,
  mayBuild: () => boolean,
): Promise<string[]> {
  const notes: string[] = [];
  const pending = faults.map((fault) => ({ fault, good: 0, bad: last, skipped: new Set<number>() }));
  for (;;) {
    const open = pending.filter((item) => nextProbe(item) !== undefined);
    const first = open[0];
    if (!first) break;
    if (!mayBuild()) {
      notes.push('first bad patches not narrowed down: the time cap was reached');
      break;
    }
    // All faults that ask for the same boundary in the same flavour are answered by one build and one run.
    const probe = nextProbe(first) as number;
    const same = open.filter(
      (item) =>
        nextProbe(item) === probe &&
        item.fault.flavour.config === first.fault.flavour.config &&
        item.fault.flavour.variant === first.fault.flavour.variant,
    );
    const names = [...new Set(same.map((item) => item.fault.scenario))].sort();
    const runs = await runsAt(probe, first.fault.flavour, names);
    for (const item of same) {
      const shown = runs && shows(runs, item.fault);
      if (shown === undefined) item.skipped.add(probe);
      else if (shown === (item.fault.status !== 'fixed')) item.bad = probe;
      else item.good = probe;
    }
  }
  for (const { fault, good, bad } of pending) {
    fault.patch = bad;
    if (bad - good > 1) {
      notes.push(
        `${fault.violation.invariant} in ${fault.scenario}: patch ${good + 1} to ${bad}; the trees between could not be judged`,
      );
    }
  }
  return [...new Set(notes)];
}

/** The boundary nearest to the middle that is neither decided nor skipped. */
function nextProbe(item: { good: number; bad: number; skipped: ReadonlySet<number> }): number | undefined {
  const middle = (item.good + item.bad) >> 1;
  for (let distance = 0; distance < item.bad - item.good; distance++) {
    for (const probe of [middle - distance, middle + distance]) {
      if (probe > item.good && probe < item.bad && !item.skipped.has(probe)) return probe;
    }
  }
  return undefined;
}
