// SPDX-License-Identifier: GPL-2.0-or-later
// One measured history on one machine. Comes in: its scenario and the steps of interest. Goes out: what was counted and
// seen after them, and why it ended early if it did.
import type { Machine } from '../../machine/values.ts';
import { Executor } from '../execute.ts';
import { isMachineFault } from '../faults.ts';
import { format } from '../grammar/print.ts';
import { FIRST_PROCESS } from '../grammar/scope.ts';
import type { FlatStep, Scenario } from '../grammar/values.ts';
import { LIMITS, PAGE_SIZE } from '../limits.ts';
import { World } from '../world.ts';
import { describeWorld } from './describe.ts';
import { COUNTED, type Observation, type Replay, type Stopped, type Wanted } from './values.ts';

/** The feature of trees whose mremap() moves several VMAs at once. */
const MOVES_SEVERAL = 'mremap-multi';

/** Replays a scenario. Throws only for failures of our own. */
export function replay(machine: Machine, scenario: Scenario, wanted: Wanted): Replay {
  // A converted history has its loops written out.
  const steps = scenario.steps.filter((step) => step.kind !== 'repeat');
  machine.reset();
  machine.setFuel(LIMITS.fuel);
  const result: Replay = { observations: [], steps: [] };
  const executor = new Executor(machine, scenario);
  if (wanted.measured) machine.withoutSwap?.();
  if (wanted.measured?.hugePages === false) machine.withoutHugePages?.(0);
  placeRegions(executor, wanted.regions);
  const start = counts(machine);
  const toCount = new Set(wanted.counts);
  const toDescribe = new Set(wanted.topologies);
  for (const [index, step] of steps.entries()) {
    result.steps.push(format(step));
    const stopped = run(machine, executor, step);
    if (stopped !== undefined) {
      result.stopped = { ...stopped, step: index, text: format(step) };
      break;
    }
    if (!toCount.has(index) && !toDescribe.has(index)) continue;
    const observation: Observation = { step: index, counts: counts(machine).map((live, i) => live - (start[i] ?? 0)) };
    if (toDescribe.has(index)) describe(machine, executor, observation);
    result.observations.push(observation);
  }
  return result;
}

type Why = Stopped extends infer Each ? (Each extends Stopped ? Omit<Each, 'step' | 'text'> : never) : never;

function run(machine: Machine, executor: Executor, step: FlatStep): Why | undefined {
  try {
    if (!machine.features.has(MOVES_SEVERAL) && movesSeveral(machine, executor, step))
      return { kind: 'requires', feature: MOVES_SEVERAL };
    const outcome = executor.step(step);
    if ('cannot' in outcome) return { kind: 'cannot', reason: outcome.cannot };
    if ('broken' in outcome) return { kind: 'failed', reason: outcome.broken.evidence };
    return undefined;
  } catch (error) {
    if (!isMachineFault(error)) throw error;
    const reason = `${error.kind}: ${error.detail}`;
    return error.kind === 'unmodelled' || error.kind === 'out-of-memory'
      ? { kind: 'cannot', reason }
      : { kind: 'failed', reason };
  }
}

/** Gives all regions their places in the measured order: as its first use would, one page of each is named. */
function placeRegions(executor: Executor, regions: readonly string[]): void {
  for (const region of regions) {
    const place = { region, page: 0 };
    const how = { prot: 'none', share: 'private', source: { kind: 'anon' }, offset: 0, flags: [] } as const;
    executor.scope.apply(FIRST_PROCESS, { op: 'mmap', place, pages: 1, ...how, flags: [] });
  }
}

/** Live objects, without those inside their grace period. */
function counts(machine: Machine): number[] {
  const live = new Map(machine.objects().map((object) => [object.object, object.live]));
  return COUNTED.map((object) => live.get(object) ?? 0);
}

function describe(machine: Machine, executor: Executor, observation: Observation): void {
  const place = (address: number): string => executor.scope.describe(address);
  const world = new World(machine, executor.processes, place);
  observation.topology = describeWorld(world, place);
  if (world.mms.some((mm) => mm.vmas.some((vma) => vma.anonPgoff !== vma.pgoff)))
    observation.fileIndexed = describeWorld(world, place, true);
}

/** True for an mremap() whose old range lies in more than one VMA. */
function movesSeveral(machine: Machine, executor: Executor, step: FlatStep): boolean {
  if (step.kind !== 'action' || step.action.op !== 'mremap') return false;
  const { region, range } = step.action;
  const process = executor.processes.find(({ name }) => name === step.process);
  if (process === undefined) return false;
  const { first, count } = executor.scope.rangeOf(region, range);
  const start = executor.scope.address(region, first);
  const end = start + count * PAGE_SIZE;
  const mm = machine.mmOf(process.task);
  const vmas = machine.mms().find(({ ptr }) => ptr === mm)?.vmas ?? [];
  return vmas.filter((vma) => vma.start < end && vma.end > start).length > 1;
}
