// SPDX-License-Identifier: GPL-2.0-or-later
// Leaves steps out: all of a process, all of a region, then ever smaller pieces of the history, later ones first.
import type { FlatStep } from '../grammar/values.ts';
import type { Pass, Test, Trial } from './values.ts';

export const withSteps = (trial: Trial, steps: FlatStep[]): Trial => ({
  ...trial,
  scenario: { ...trial.scenario, steps },
});

/** Leaves out pieces of half the history, then of a quarter, and so on down to single steps (delta debugging). */
export const fewerSteps: Pass = {
  what: 'steps',
  async shrink(trial, test) {
    let best = trial;
    for (let size = Math.ceil(best.scenario.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let end = best.scenario.steps.length; end > 0; ) {
        const start = Math.max(0, end - size);
        const { steps } = best.scenario;
        const candidate = withSteps(best, [...steps.slice(0, start), ...steps.slice(end)]);
        if (candidate.scenario.steps.length > 0 && (await test(candidate))) best = candidate;
        end = Math.min(start, best.scenario.steps.length);
      }
    }
    return best;
  },
};

/** Every process with all that comes from it, the last born first. */
export const withoutProcesses: Pass = {
  what: 'processes',
  async shrink(trial, test) {
    const born = trial.scenario.steps.flatMap((step) => childOf(step) ?? []);
    return without(trial, test, born.reverse(), (steps, process) => {
      const gone = new Set([process]);
      return steps.filter((step) => {
        if (step.kind !== 'action') return true;
        const child = childOf(step);
        if (child !== undefined && (gone.has(step.process) || gone.has(child))) {
          gone.add(child);
          return false;
        }
        return !gone.has(step.process);
      });
    });
  },
};

/** Every region, by all steps that name it. */
export const withoutRegions: Pass = {
  what: 'regions',
  async shrink(trial, test) {
    const regions = [...new Set(trial.scenario.steps.flatMap(regionsOf))].reverse();
    return without(trial, test, regions, (steps, region) => steps.filter((step) => !regionsOf(step).includes(region)));
  },
};

async function without(
  trial: Trial,
  test: Test,
  names: string[],
  less: (steps: FlatStep[], name: string) => FlatStep[],
): Promise<Trial> {
  let best = trial;
  for (const name of names) {
    const steps = less(best.scenario.steps, name);
    const candidate = withSteps(best, steps);
    if (steps.length > 0 && steps.length < best.scenario.steps.length && (await test(candidate))) best = candidate;
  }
  return best;
}

/** The process that a step brings into being. */
export function childOf(step: FlatStep): string | undefined {
  if (step.kind !== 'action') return undefined;
  const { action } = step;
  return action.op === 'fork' || action.op === 'vfork' ? action.child : undefined;
}

/** The regions that a step names. */
export function regionsOf(step: FlatStep): string[] {
  if (step.kind !== 'action') return [];
  const { action } = step;
  const named: string[] = [];
  if ('region' in action) named.push(action.region);
  if (action.op === 'mmap') named.push(action.place.region, ...(action.beside ? [action.beside.region] : []));
  if ('to' in action && action.to !== undefined) named.push(action.to.region);
  return named;
}
