// SPDX-License-Identifier: GPL-2.0-or-later
// A step, again and again from the state before it, with its first, second, ... allocation failing until it asks for no
// more. In: the step, the state, the rest of the history. Out: what was tried, and what failed steps left behind.
import type { Machine, Probe, Refusal } from '../../machine/values.ts';
import type { Executor, Outcome } from '../execute.ts';
import type { FlatStep } from '../grammar/values.ts';
import { errnoName } from '../grammar/words.ts';
import type { Broken } from '../invariants/values.ts';
import { LIMITS } from '../limits.ts';
import type { RefusedAllocation } from '../values.ts';
import type { World } from '../world.ts';
import { changes, figures } from './changes.ts';
import { isDocumented } from './errors.ts';
import { heldBefore, settle, settleMoved } from './settle.ts';
import { siteOf } from './site.ts';
import type { FailingStep } from './values.ts';

/** What a trial needs of the runner. Whatever is reported while a trial lasts is told with the allocation that failed. */
export interface Bench {
  readonly machine: Machine;
  world(executor: Executor): World;
  check(world: World): void;
  report(invariant: string, broken: Iterable<Broken>): void;
  /** What is a finding only against the base. */
  remnant(broken: Broken): void;
  /** One of the later steps: it must succeed; whether all is well is looked at in the end. */
  follow(executor: Executor, step: FlatStep): void;
  /** Everything that a scenario ends with. */
  end(executor: Executor): void;
  /** Which trial it is from here on. */
  begin(step: FailingStep, number: number): void;
}

/** Makes the step's allocations fail, one after the other. The machine is where it was afterwards. */
export function failInTurn(
  bench: Bench,
  executor: Executor,
  step: FailingStep,
  rest: readonly FlatStep[],
): Omit<RefusedAllocation, 'step'>[] {
  const { probe } = bench.machine;
  if (probe === undefined) throw new Error('this machine cannot make allocations fail');
  const tried: Omit<RefusedAllocation, 'step'>[] = [];
  const before = figures(bench.world(executor));
  const back = probe.snapshot();
  const whole = executor.clone();
  const outcome = whole.step(step);
  const after = figures(bench.world(whole));
  back();
  // A step that fails by itself is told when it is done in earnest.
  if (!('done' in outcome)) return tried;
  const [first, last] = step.fail === 'each' ? [1, LIMITS.refusals] : [step.fail ?? 1, step.fail ?? 1];
  for (let number = first; number <= last; number++) {
    bench.begin(step, number);
    const one = new Trial(bench, probe, step, { start: executor, whole, before, after }).run(number, rest);
    back();
    if (one === undefined) break;
    tried.push({ number, ...one });
  }
  return tried;
}

interface Known {
  /** The state before the step. */
  start: Executor;
  /** The state after it, had nothing failed. */
  whole: Executor;
  /** Figures before it and after it. */
  before: ReadonlyMap<string, number>;
  after: ReadonlyMap<string, number>;
}

class Trial {
  readonly #bench: Bench;
  readonly #probe: Probe;
  readonly #step: FailingStep;
  readonly #known: Known;

  constructor(bench: Bench, probe: Probe, step: FailingStep, known: Known) {
    this.#bench = bench;
    this.#probe = probe;
    this.#step = step;
    this.#known = known;
  }

  /** Undefined where the step asks for fewer allocations. */
  run(number: number, rest: readonly FlatStep[]): { site: string; errno?: string } | undefined {
    const state = this.#known.start.clone();
    const held = heldBefore(state, this.#step);
    this.#probe.refuse(number);
    const outcome = state.step(this.#step);
    const refusal = this.#probe.refusal();
    if (refusal === undefined) return undefined;
    this.#probe.disarm();
    const failed = !('done' in outcome);
    if (failed) this.#afterFailure(state, outcome);
    else if (held !== undefined) settleMoved(state, held, this.#step, this.#bench.world(state));
    this.#remnants(state, failed, refusal);
    this.#bench.check(this.#bench.world(state));
    if (failed) this.#again(state);
    for (const step of rest) this.#bench.follow(state, step);
    this.#bench.end(state);
    const errno = 'errno' in outcome && outcome.errno !== undefined ? { errno: errnoName(outcome.errno) } : {};
    return { site: siteOf(refusal), ...errno };
  }

  #afterFailure(state: Executor, outcome: Exclude<Outcome, { done: true }>): void {
    const { action } = this.#step;
    const { start, whole } = this.#known;
    if ('cannot' in outcome) throw new Error(`a step that could be done cannot: ${outcome.cannot}`);
    if (outcome.errno === undefined || !isDocumented(this.#step, outcome.errno, start))
      this.#bench.report('failure', [outcome.broken]);
    state.scope = start.scope.clone();
    settle(state, start, whole, action, this.#bench.world(state));
  }

  /** What a failed step has changed all the same; what one that did without has done otherwise. */
  #remnants(state: Executor, failed: boolean, refusal: Refusal): void {
    const { before, after } = this.#known;
    const now = figures(this.#bench.world(state));
    for (const change of changes(failed ? before : after, now)) {
      const what = failed ? `leaves ${change}` : `ends with ${change}`;
      this.#bench.remnant({
        shape: `${what}, which the base does not (${siteOf(refusal)})`,
        evidence: `the step ${failed ? 'fails and ' : ''}${what}; the base, failed at the same place, does not`,
      });
    }
  }

  /** The same step once more, with memory enough. */
  #again(state: Executor): void {
    const outcome = state.step(this.#step);
    if ('cannot' in outcome) throw new Error(`a step that could be done cannot: ${outcome.cannot}`);
    if ('broken' in outcome) {
      const { shape, evidence } = outcome.broken;
      this.#bench.report('failure', [
        { shape: `${shape} when tried again`, evidence: `tried again with memory enough, ${evidence}` },
      ]);
      return;
    }
    this.#bench.check(this.#bench.world(state));
  }
}
