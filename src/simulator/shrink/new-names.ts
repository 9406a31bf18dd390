// SPDX-License-Identifier: GPL-2.0-or-later
// Processes and regions get the names that a reader expects: P, C1, C2, and A, B, D in the order of their coming.
import type { Action, FlatStep } from '../grammar/values.ts';
import { childOf, regionsOf, withSteps } from './fewer-steps.ts';
import type { Pass } from './values.ts';

/** C is a child's name in most scenarios. */
const REGIONS = [...'ABDEFGHIJKLMNQRSTUVWXYZ'];

export const newNames: Pass = {
  what: 'names',
  async shrink(trial, test) {
    const { steps } = trial.scenario;
    const processes = new Map([['P', 'P']]);
    const regions = new Map<string, string>();
    const children = steps.flatMap((step) => childOf(step) ?? []);
    for (const [i, child] of children.entries()) processes.set(child, children.length === 1 ? 'C' : `C${i + 1}`);
    for (const region of steps.flatMap(regionsOf))
      if (!regions.has(region)) regions.set(region, REGIONS[regions.size] ?? region);
    // A name that stands for two processes one after the other cannot be told apart here.
    if (new Set(children).size !== children.length || regions.size > REGIONS.length) return trial;
    const candidate = withSteps(
      trial,
      steps.map((step) => renamed(step, processes, regions)),
    );
    return (await test(candidate)) ? candidate : trial;
  },
};

function renamed(step: FlatStep, processes: Map<string, string>, regions: Map<string, string>): FlatStep {
  if (step.kind !== 'action') return step;
  const region = (name: string): string => regions.get(name) ?? name;
  const action = { ...step.action } as Action;
  if ('child' in action) action.child = processes.get(action.child) ?? action.child;
  if ('region' in action) action.region = region(action.region);
  if ('to' in action && action.to !== undefined) action.to = { ...action.to, region: region(action.to.region) };
  if (action.op === 'mmap') {
    action.place = { ...action.place, region: region(action.place.region) };
    if (action.beside) action.beside = { ...action.beside, region: region(action.beside.region) };
  }
  return { ...step, process: processes.get(step.process) ?? step.process, action };
}
