// SPDX-License-Identifier: GPL-2.0-or-later
// Each step in the plainest form that still shows the finding: all checks, no flags, memory of the commonest kind, the
// fewest pages of a list.
import type { Action, FlatStep } from '../grammar/values.ts';
import { withSteps } from './fewer-steps.ts';
import type { FlatScenario, Pass, Trial } from './values.ts';

export const plainerSteps: Pass = {
  what: 'flags',
  async shrink(trial, test) {
    let best = await checked(trial, test);
    for (let i = best.scenario.steps.length - 1; i >= 0; i--) {
      for (let tried = 0; ; ) {
        const step = best.scenario.steps[i];
        const plainer = step === undefined ? [] : formsOf(step);
        const form = plainer[tried];
        if (form === undefined) break;
        const candidate = withSteps(best, best.scenario.steps.with(i, form));
        if (await test(candidate)) {
          best = candidate;
          tried = 0;
        } else tried++;
      }
    }
    return withoutFiles(best, test);
  },
};

/** With all checks after every step, the finding may show earlier, and the text is shorter. */
async function checked(trial: Trial, test: (trial: Trial) => Promise<boolean>): Promise<Trial> {
  const steps = trial.scenario.steps.map((step) => {
    if (step.kind !== 'action' || step.check === undefined) return step;
    const { check: _, ...rest } = step;
    return rest;
  });
  const candidate = withSteps(trial, steps);
  return (await test(candidate)) ? candidate : trial;
}

/** Files and bounds that no step needs any more. */
async function withoutFiles(trial: Trial, test: (trial: Trial) => Promise<boolean>): Promise<Trial> {
  const used = new Set(trial.scenario.steps.flatMap(fileOf));
  const files = trial.scenario.files.filter(({ name }) => used.has(name));
  const change = async (best: Trial, part: Partial<FlatScenario>): Promise<Trial> => {
    const candidate = { ...best, scenario: { ...best.scenario, ...part } };
    return (await test(candidate)) ? candidate : best;
  };
  const best = files.length < trial.scenario.files.length ? await change(trial, { files }) : trial;
  return Object.keys(best.scenario.bounds).length > 0 ? change(best, { bounds: {} }) : best;
}

function fileOf(step: FlatStep): string[] {
  if (step.kind !== 'action' || step.action.op !== 'mmap') return [];
  return 'name' in step.action.source ? [step.action.source.name] : [];
}

/** Plainer forms of a step, the plainest first; none of a form that none came from. */
function formsOf(step: FlatStep): FlatStep[] {
  if (step.kind !== 'action') return [];
  const form = (action: Action): FlatStep => ({ ...step, action });
  const { action } = step;
  switch (action.op) {
    case 'mmap':
      return [
        ...(action.source.kind === 'anon' ? [] : [form({ ...action, source: { kind: 'anon' }, offset: 0 })]),
        ...(action.share === 'private' ? [] : [form({ ...action, share: 'private' })]),
        ...(action.prot === 'rw' ? [] : [form({ ...action, prot: 'rw' })]),
        ...(action.offset === 0 ? [] : [form({ ...action, offset: 0 })]),
        ...action.flags.map((flag) => form({ ...action, flags: action.flags.filter((other) => other !== flag) })),
      ];
    case 'mremap':
      return [
        ...(action.dontunmap ? [form({ ...action, dontunmap: false })] : []),
        ...(action.to && action.pages !== undefined ? [form(withoutPages(action))] : []),
      ];
    case 'mprotect':
      return action.prot === 'r' || action.prot === 'rw' ? [] : [form({ ...action, prot: 'r' })];
    case 'vfork':
    case 'clone':
      return [form({ op: 'fork', child: action.child })];
    case 'write':
    case 'read':
    case 'migrate':
    case 'migrate-begin':
    case 'reclaim':
    case 'swapout':
    case 'split':
    case 'referenced':
    case 'page-idle':
    case 'poison': {
      const [first] = action.pages;
      if (first === undefined) return [];
      if (action.pages.length > 1) return action.pages.map((one) => form({ ...action, pages: [one] }));
      if (first.count === 1) return [];
      const last = first.first + first.count - 1;
      return [first.first, last].map((page) => form({ ...action, pages: [{ first: page, count: 1 }] }));
    }
    default:
      return [];
  }
}

function withoutPages({ pages: _, ...rest }: Extract<Action, { op: 'mremap' }>): Action {
  return rest;
}
