// SPDX-License-Identifier: GPL-2.0-or-later
// Lets a parent do what its child did, so that the fork is not needed.
import { childOf, withSteps } from './fewer-steps.ts';
import type { Pass } from './values.ts';

export const foldProcesses: Pass = {
  what: 'processes',
  async shrink(trial, test) {
    let best = trial;
    const forks = trial.scenario.steps.filter((step) => childOf(step) !== undefined).reverse();
    for (const fork of forks) {
      if (fork.kind !== 'action') continue;
      const child = childOf(fork);
      const steps = best.scenario.steps
        .filter((step) => childOf(step) !== child)
        .filter((step) => step.kind !== 'action' || step.process !== child || step.action.op !== 'exit')
        .map((step) => (step.kind === 'action' && step.process === child ? { ...step, process: fork.process } : step));
      const candidate = withSteps(best, steps);
      if (steps.length < best.scenario.steps.length && (await test(candidate))) best = candidate;
    }
    return best;
  },
};
