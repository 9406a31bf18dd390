// SPDX-License-Identifier: GPL-2.0-or-later
// The simulator's shrinking as the review asks for it: one booted process for each image, however many trials it runs.
import type { Image } from '../kernel/values.ts';
import { expand } from '../simulator/grammar/expand.ts';
import { Scope } from '../simulator/grammar/scope.ts';
import { hasThreads, print, type Scenario } from '../simulator/index.ts';
import { isValid } from '../simulator/search/mutate.ts';
import { Session } from '../simulator/session.ts';
import { shrink } from '../simulator/shrink/shrink.ts';
import type { Run, Violation } from '../simulator/values.ts';
import { type ShrinkRequest, type Shrunk, shrunkNote } from './shrunk.ts';

/** To be closed: its processes wait for the next trial. */
export class Shrinker {
  readonly #sessions = new Map<string, Session>();

  /**
   * The smallest history come to that breaks the signature on the bad image and does not on the good one, where there is
   * one. Undefined where nothing shorter than the scenario does, or the scenario itself does not.
   */
  async shrink(scenario: Scenario, request: ShrinkRequest): Promise<Shrunk | undefined> {
    const { bad, good, signature, runs, mustSucceed = false } = request;
    // Each trial would be an exploration of its own: such scenarios stand as they are written, which is short.
    if (hasThreads(scenario)) return undefined;
    const steps = expand(scenario.steps, new Scope(scenario.files));
    let last: { run: Run; violation: Violation } | undefined;
    const shows = async (candidate: Scenario): Promise<boolean> => {
      const run = await this.#session(bad).run(candidate);
      const violation = run.violations.find((one) => one.signature === signature);
      if (violation === undefined) return false;
      if (good !== undefined) {
        const other = await this.#session(good).run(candidate);
        // A history that the good side cannot judge says nothing about what is new.
        if (other.inconclusive !== undefined || other.skipped !== undefined) return false;
        if (other.violations.some((one) => one.signature === signature)) return false;
      }
      last = { run, violation };
      return true;
    };
    const { configs: _, ...rest } = scenario;
    const flat = { ...rest, configs: [bad.config], steps };
    if (!(await shows(flat))) return undefined;
    const result = await shrink(
      { scenario: flat },
      async ({ scenario: candidate }) =>
        (!mustSucceed || isValid(candidate.steps, candidate.files)) && shows(candidate),
      { runs },
    );
    // The last trial that showed it is the result: each pass keeps the last one that did.
    const best = result.trial.scenario;
    if (last === undefined || last.run.steps.length === 0) return undefined;
    if (!(await shows(best))) throw new Error(`${scenario.name} broke ${signature} once and not again`);
    const { run, violation } = last;
    const kept: Scenario = { ...best, configs: scenario.configs };
    const note = shrunkNote({ from: steps.length, to: best.steps.length, runs: result.runs, bounded: result.bounded });
    const text = `${note}${print(kept)}`;
    const stepText = run.steps[violation.step] ?? '';
    return { text, violation, stepText, runs: result.runs, bounded: result.bounded };
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }

  #session(image: Image): Session {
    const known = this.#sessions.get(image.key);
    if (known !== undefined) return known;
    const session = new Session(image);
    this.#sessions.set(image.key, session);
    return session;
  }
}
