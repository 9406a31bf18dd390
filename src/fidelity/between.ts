// SPDX-License-Identifier: GPL-2.0-or-later
// What two trees do differently in the same scenarios. In: two images. Out: for each scenario the steps after which
// counts or topologies differ. An index that counts addresses rather than pages of the file is told apart.
import type { Image } from '../kernel/values.ts';
import { expand } from '../simulator/grammar/expand.ts';
import { Scope } from '../simulator/grammar/scope.ts';
import { compareHistory, type Outcome } from '../simulator/ground-truth/compare.ts';
import { linesOf } from '../simulator/ground-truth/lines.ts';
import type { Replay, Wanted } from '../simulator/ground-truth/values.ts';
import type { Scenario } from '../simulator/index.ts';
import type { FidelityRooms } from './measure.ts';

/** Replays scenarios step by step on both images. Scenarios that one of them does not concern are left out. */
export async function compareTrees(
  first: Image,
  second: Image,
  scenarios: readonly Scenario[],
  rooms: Pick<FidelityRooms, 'run' | 'onProgress'>,
): Promise<Outcome[]> {
  const has = (image: Image, feature: string): boolean => (image.features ?? []).includes(feature);
  const shared = scenarios.filter(
    ({ requires, configs }) =>
      configs.includes('prod') && requires.every((feature) => has(first, feature) && has(second, feature)),
  );
  const flat = shared.map((scenario) => ({
    ...scenario,
    steps: expand(scenario.steps, new Scope(scenario.files)).filter((step) => step.kind !== 'exit-all'),
  }));
  const wanted = new Map(flat.map(({ name, steps }) => [name, everyStep(steps.length)]));
  const replays: Map<string, Replay>[] = [];
  for (const image of [first, second]) {
    const found = new Map<string, Replay>();
    for await (const run of rooms.run(image, flat, wanted)) {
      if (run.replay !== undefined) found.set(run.scenario, run.replay);
      rooms.onProgress?.('replay', found.size + replays.length * flat.length, flat.length * 2);
    }
    replays.push(found);
  }
  return flat.flatMap((scenario) => {
    const [before, after] = replays.map((found) => found.get(scenario.name));
    return before === undefined || after === undefined ? [] : [compareReplays(scenario, before, after)];
  });
}

function everyStep(count: number): Wanted {
  const steps = Array.from({ length: count }, (_, step) => step);
  return { regions: [], counts: steps, topologies: steps };
}

function compareReplays(scenario: Scenario, before: Replay, after: Replay): Outcome {
  const checks = before.observations.map(({ step, counts, topology }) => ({
    step,
    counts,
    ...(topology && { topology: { whole: true, lines: linesOf(topology, { whole: true }) } }),
  }));
  const truth = { family: scenario.family ?? '', name: scenario.name, scenario, regions: [], unsupported: [], checks };
  const outcome = compareHistory(truth, after);
  const stop = before.stopped;
  const both = stop !== undefined && stop.step === after.stopped?.step;
  if (stop !== undefined && stop.kind !== 'failed')
    outcome.notRun ??= `${stop.kind === 'requires' ? `requires ${stop.feature}` : stop.reason} ("${stop.text}")`;
  // What fails on both, or could not be done on the first, is no difference.
  if (both && after.stopped?.kind === 'failed')
    outcome.differences = outcome.differences.filter(({ what }) => what !== 'step');
  else if (stop?.kind === 'failed' && after.stopped?.kind !== 'failed') {
    const at = `step ${stop.step + 1}`;
    const { step, text, reason } = stop;
    outcome.differences.push({
      step,
      at,
      what: 'step',
      expected: reason,
      got: 'success',
      figure: 'success',
      before: text,
    });
  }
  return outcome;
}
