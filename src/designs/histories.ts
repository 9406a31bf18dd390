// SPDX-License-Identifier: GPL-2.0-or-later
// Random histories for a laboratory and for the machine alike: those of the search for bugs, without what no design
// models. In: a seed. Out: a scenario; equal seeds give equal scenarios.
import type { FlatStep, Scenario } from '../simulator/grammar/values.ts';
import { FILES, Generator } from '../simulator/search/generate.ts';
import { Model } from '../simulator/search/model.ts';
import { Random } from '../simulator/search/random.ts';
import { generated } from '../simulator/search/search.ts';

/** Steps that rest on KSM. */
function merges(step: FlatStep): boolean {
  return (
    step.kind === 'ksm-scan' ||
    (step.kind === 'action' && step.action.op === 'madvise' && /mergeable$/.test(step.action.advice))
  );
}

/** Steps that copy pages of a private file mapping ahead of any write. What they read after a later write through a
 *  shared mapping of the file is not specified (mmap(2)). */
function copiesAhead(step: FlatStep): boolean {
  if (step.kind !== 'action') return false;
  const { action } = step;
  return (
    action.op === 'mlock' || action.op === 'munlock' || (action.op === 'madvise' && action.advice === 'populate-write')
  );
}

function withoutPopulate(step: FlatStep): FlatStep {
  if (step.kind !== 'action' || step.action.op !== 'mmap') return step;
  return { ...step, action: { ...step.action, flags: step.action.flags.filter((flag) => flag !== 'populate') } };
}

function sharesFile(step: FlatStep): boolean {
  return (
    step.kind === 'action' &&
    step.action.op === 'mmap' &&
    step.action.share === 'shared' &&
    'name' in step.action.source
  );
}

/** `checked`: all invariants after every step, rather than after some. */
export function randomHistory(seed: number, length: number, checked = true): Scenario {
  const generator = new Generator(new Random(seed), { uffdMove: true, mediumFolios: false });
  let steps = generator.extend(new Model(FILES), [], length).filter((step) => !merges(step));
  if (steps.some(sharesFile)) steps = steps.filter((step) => !copiesAhead(step)).map(withoutPopulate);
  const all = steps.map((step): FlatStep => {
    if (!checked || step.kind !== 'action') return step;
    const { check: _, ...rest } = step;
    return rest;
  });
  return { ...generated(all), name: `random-${seed}` };
}
