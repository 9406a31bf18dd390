// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot fuzz --tree T [--against T2]`: searches for histories that break something, and keeps them as scenarios.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import type { Image } from '../kernel/values.ts';
import { cleanLine, cleanLines } from '../report/sanitise.ts';
import { counted, wrap } from '../report/text.ts';
import { firstWords } from '../review/build-failure.ts';
import { type FuzzFinding, type FuzzResult, fuzz } from '../review/fuzz.ts';
import { changedBetween } from '../review/fuzz-lines.ts';
import { realRooms } from '../review/real-rooms.ts';
import { runScenarios } from '../simulator/index.ts';
import { openTree } from '../tree/index.ts';
import type { SourceTree } from '../tree/values.ts';
import { checkTarget, print, writeResult } from './output.ts';
import { progressLine } from './progress.ts';

export interface FuzzOptions {
  tree?: string;
  against?: string;
  /** Milliseconds. */
  time?: number;
  histories?: number;
  seed: number;
  /** Folder for what is found. */
  output?: string;
  jobs: number;
}

/** Where neither a time nor a number of histories is given. */
const TIME_DEFAULT_MS = 60_000;

/** Exit code 1 where something was found (with --against: on the second tree and not on the first), else 0. */
export async function fuzzTrees(options: FuzzOptions): Promise<void> {
  if (options.output !== undefined) prepare(options.output);
  const line = progressLine();
  const rooms = await realRooms();
  try {
    const sides: { tree: SourceTree; image: Image }[] = [];
    for (const spec of options.against === undefined ? [options.tree] : [options.tree, options.against]) {
      const tree = await openTree(spec, { cwd: process.cwd(), onProgress: (text) => line.show(text) });
      const phase = `build ${tree.label}`;
      const onProgress = (done: number, total: number) => line.show({ phase, done, total });
      const built = await rooms.buildImage({
        ...{ tree, overlay: new Map(), config: 'check', variant: '', jobs: options.jobs, onProgress },
      });
      if ('failure' in built) throw new Error(`the overlay cannot build this tree: ${firstWords(built.failure)}`);
      sides.push({ tree, image: built.image });
    }
    const [first, second] = sides;
    if (first === undefined) throw new Error('no tree was opened');
    const changed = second && (await changedBetween(first.tree, second.tree, second.image));
    const timeMs = options.time ?? (options.histories === undefined ? TIME_DEFAULT_MS : undefined);
    const result = await fuzz({
      image: first.image,
      ...(second && { against: second.image }),
      ...(changed && { targets: changed.blocks }),
      seed: options.seed,
      ...(options.histories !== undefined && { histories: options.histories }),
      ...(timeMs !== undefined && { timeMs }),
      run: (image, scenarios) => runScenarios(image, scenarios, { jobs: options.jobs }),
      onProgress: (done, found) => line.show(`${done} histories, ${found} found`),
    });
    line.clear();
    for (const finding of options.output === undefined ? [] : result.findings)
      await writeResult(join(options.output ?? '.', `${finding.name}.yaml`), `${LICENCE}${finding.text}`);
    const labels = sides.map(({ tree }) => tree.label);
    process.exitCode = result.findings.some(({ on }) => on === 'one' || on === 'second') ? 1 : 0;
    await print(fuzzText(labels, options.seed, timeMs, result, options.output));
  } finally {
    rooms.close();
    line.clear();
  }
}

const LICENCE = '# SPDX-License-Identifier: GPL-2.0-or-later\n';

function prepare(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new InputError(`cannot make the folder ${folder}: ${(error as NodeJS.ErrnoException).code}`);
  }
  checkTarget(join(folder, 'scenario.yaml'));
}

/** What was done, what was found, and how to do it again. */
export function fuzzText(
  labels: string[],
  seed: number,
  timeMs: number | undefined,
  result: FuzzResult,
  folder: string | undefined,
): string {
  const [first = '', second] = labels.map((label) => cleanLine(label));
  const { histories, steps, blocks, targets, corpus, findings } = result;
  const lines = [second === undefined ? first : `${first} -> ${second}`, ''];
  const coverage =
    targets.wanted === 0
      ? `${blocks} basic blocks ran`
      : `${targets.reached} of ${targets.wanted} blocks of changed lines ran`;
  lines.push(
    ...wrap(
      `${counted(histories, 'generated history', 'generated histories')}, seed ${seed}, ${counted(steps, 'step')}; ${coverage}; ${corpus} of them ran something new.`,
    ),
  );
  if (result.timedOut)
    lines.push(
      ...wrap(
        `The time of ${Math.round((timeMs ?? 0) / 1000)} s was used up: the same again with --histories ${histories}.`,
      ),
    );
  for (const { reason, count } of result.unjudged) lines.push(...wrap(`not judged: ${count}, ${cleanLine(reason)}`));
  lines.push('', findings.length === 0 ? 'Nothing was found.' : `Found ${findings.length}:`);
  for (const finding of findings) lines.push('', ...findingLines(finding, folder, first, second));
  return `${lines.join('\n')}\n`;
}

function findingLines(
  { on, name, text, violation, stepText }: FuzzFinding,
  folder: string | undefined,
  first: string,
  second: string | undefined,
): string[] {
  const where = { one: '', first: ` (only on ${first})`, second: ` (only on ${second})`, both: ' (on both)' }[on];
  return [
    `${violation.invariant}${where} after "${cleanLine(stepText)}"`,
    ...wrap(cleanLine(violation.evidence), '  '),
    ...(folder === undefined
      ? [
          '',
          ...cleanLines(text)
            .trimEnd()
            .split('\n')
            .map((line) => `    ${line}`),
        ]
      : [`  ${cleanLine(join(folder, `${name}.yaml`))}`]),
  ];
}
