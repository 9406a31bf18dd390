// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot simulate --workload NAME [--scale X] --tree T [--against T2]`: what a workload costs on a tree, or on two.
import { existsSync } from 'node:fs';
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { firstWords } from '../review/build-failure.ts';
import { realRooms } from '../review/real-rooms.ts';
import type { Rooms } from '../review/rooms.ts';
import { suggestion } from '../simulator/grammar/tokens.ts';
import {
  checkWorkload,
  figuresOf,
  loadWorkload,
  ownWorkloads,
  type Run,
  runScenarios,
  type ScaledWorkload,
  scenarioOf,
  type Workload,
} from '../simulator/index.ts';
import { LIMITS } from '../simulator/limits.ts';
import { openTree } from '../tree/index.ts';
import type { SourceTree } from '../tree/values.ts';
import { print } from './output.ts';
import { type ProgressLine, progressLine } from './progress.ts';
import type { SimulateOptions } from './simulate.ts';
import { workloadComparisonText, workloadText } from './workload-text.ts';

/**
 * Exit code 1 where an invariant is broken (with --against: on the second tree and not on the first), 3 where the workload
 * could not be run, else 0.
 */
export async function simulateWorkload(options: SimulateOptions & { workload: string; scale: number }): Promise<void> {
  const scaled = { workload: findWorkload(options.workload), scale: options.scale };
  const steps = checkWorkload(scaled);
  const line = progressLine();
  const rooms = await realRooms();
  const results: { tree: SourceTree; run: Run }[] = [];
  try {
    for (const spec of [options.tree, options.against].slice(0, options.against === undefined ? 1 : 2)) {
      const tree = await openTree(spec, { cwd: process.cwd(), onProgress: (text) => line.show(text) });
      results.push({ tree, run: await runOn(rooms, tree, scaled, steps, options.jobs, line) });
    }
  } finally {
    rooms.close();
    line.clear();
  }
  const [first, second] = results;
  if (!first) throw new Error('no tree was opened');
  const known = new Set(second && first.run.violations.map(({ signature }) => signature));
  const broken = (second ?? first).run.violations.some(({ signature }) => !known.has(signature));
  process.exitCode = broken ? 1 : results.some(({ run }) => run.inconclusive !== undefined) ? 3 : 0;
  if (options.json) await print(`${JSON.stringify(asJson(scaled, results), null, 2)}\n`);
  else if (second)
    await print(workloadComparisonText(scaled, [first.tree.label, first.run], [second.tree.label, second.run]));
  else await print(workloadText(scaled, first.tree.label, first.run));
}

/** A file, or a workload of ours by name. */
export function findWorkload(word: string): Workload {
  if (/[./]/.test(word) && existsSync(word)) return loadWorkload(word);
  const own = ownWorkloads();
  const found = own.find(({ name }) => name === word);
  if (found) return found;
  const near = suggestion(
    word,
    own.map(({ name }) => name),
  );
  throw new InputError(`no workload or file is named ${cleanLine(word, 80)}${near}`);
}

async function runOn(
  rooms: Rooms,
  tree: SourceTree,
  scaled: ScaledWorkload,
  steps: number,
  jobs: number,
  line: ProgressLine,
): Promise<Run> {
  const phase = `build ${tree.label} (prod)`;
  const onProgress = (done: number, total: number) => line.show({ phase, done, total });
  const result = await rooms.buildImage({ tree, overlay: new Map(), config: 'prod', variant: '', jobs, onProgress });
  if ('failure' in result) throw new Error(`the overlay cannot build this tree (prod): ${firstWords(result.failure)}`);
  line.show(`run ${scaled.workload.name} on ${tree.label}, ${steps} steps`);
  const options = { jobs: 1, scenarioMs: LIMITS.workloadMs };
  for await (const run of runScenarios(result.image, [scenarioOf(scaled)], options)) return run;
  throw new Error('no run came back');
}

function asJson({ workload, scale }: ScaledWorkload, results: { tree: SourceTree; run: Run }[]): unknown {
  const trees = results.map(({ tree, run }) => ({
    tree: tree.label,
    config: run.config,
    parameters: run.load?.parameters ?? {},
    violations: run.violations,
    ...(run.inconclusive !== undefined && { inconclusive: run.inconclusive }),
    marks: (run.load?.marks ?? []).map((mark) => ({ ...mark, figures: figuresOf(mark) })),
  }));
  return { schema: 'rmapbot.workload/1', workload: workload.name, scale, trees };
}
