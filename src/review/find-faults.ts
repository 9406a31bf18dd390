// SPDX-License-Identifier: GPL-2.0-or-later
// Runs of all sides -> confirmed faults with their first bad patches, and what did not reproduce.
import { boundaryRuns } from './bisect.ts';
import { checkBoundaries } from './boundaries.ts';
import { firstWords } from './build-failure.ts';
import { confirmGroups } from './confirm.ts';
import { faultsOf } from './faults.ts';
import { blamePatches } from './first-patches.ts';
import { type FaultGroup, groupFaults } from './groups.ts';
import type { Images } from './images.ts';
import type { Progress } from './request.ts';
import type { ScenarioInfo } from './rooms.ts';
import type { Runner } from './run.ts';
import { comparisonOf, type Side } from './sides.ts';
import type { Finding, Inconclusive } from './values.ts';

export interface FoundFaults {
  confirmed: FaultGroup[];
  unstable: Inconclusive[];
  /** Notes about boundaries that do not build. */
  builds: Finding[];
  notes: string[];
}

/** In: images, both sides run, all scenarios run and the names of those of the touched areas. */
export async function findFaults(
  images: Images,
  runner: Runner,
  sides: Side[],
  scenarios: ScenarioInfo[],
  matched: string[],
  onProgress: (progress: Progress) => void,
): Promise<FoundFaults> {
  const faults = sides.flatMap((side) => faultsOf(comparisonOf(side), side.base.runs, side.flavour));
  const runsAt = boundaryRuns(images, runner, scenarios);
  const mayBuild = () => !runner.clock.expired;
  onProgress({ phase: 'find the first bad patch' });
  const notes = await blamePatches(faults, images.last, runsAt, mayBuild);

  const plain = sides.find(({ flavour }) => flavour.config === 'check' && flavour.variant === '');
  const builds: Finding[] = [];
  if (plain) {
    onProgress({ phase: 'check each patch' });
    const { flavour } = plain;
    const ends = { base: plain.base.runs, final: plain.patched.runs };
    const boundaries = await checkBoundaries(images.last, flavour, matched, ends, runsAt, mayBuild);
    faults.push(...boundaries.faults);
    notes.push(...boundaries.notes);
    for (const patch of boundaries.doNotBuild) builds.push(await buildNote(images, patch, plain));
  }
  onProgress({ phase: 'confirm' });
  const { groups, unstable } = await confirmGroups(groupFaults(faults, scenarios), images, runner, scenarios);
  return { confirmed: groups, unstable, builds, notes };
}

async function buildNote(images: Images, patch: number, { flavour }: Side): Promise<Finding> {
  const result = await images.result(patch, flavour);
  const words = 'failure' in result ? firstWords(result.failure) : '';
  return {
    invariant: 'builds',
    ...flavour,
    severity: 'note',
    status: 'bisectability',
    patch,
    scenario: '',
    step: null,
    stepText: '',
    where: [],
    whereIs: 'fault',
    summary: `the tree does not build after this patch, though it does after the whole series: ${words}`,
    alsoIn: [],
    modelled: [],
    reproducer: '',
  };
}
