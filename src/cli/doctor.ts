// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot doctor [--tree T]`: what this machine has, and what of a tree can be built and run.
import { execFileSync } from 'node:child_process';
import { cacheRoot } from '../cache-dir.ts';
import { displayPath } from '../kernel/diagnostics.ts';
import type { ConfigName, Image } from '../kernel/values.ts';
import { cleanLine } from '../report/sanitise.ts';
import { counted, wrap } from '../report/text.ts';
import { realRooms } from '../review/real-rooms.ts';
import type { Rooms } from '../review/rooms.ts';
import type { Run } from '../simulator/index.ts';
import { openTree } from '../tree/index.ts';
import type { SourceTree } from '../tree/values.ts';
import { print } from './output.ts';
import { type ProgressLine, progressLine } from './progress.ts';
import { toolVersion } from './version.ts';

/** Messages of a failed build, names of missing models: so many are shown. */
const SHOWN = 10;

/** Exit code 0 where everything can be built and run, 3 where parts cannot, 4 where the tree does not build. */
export async function doctor(options: { tree?: string; jobs: number }): Promise<void> {
  await print(`${machineLines().join('\n')}\n`);
  const line = progressLine();
  const rooms = await realRooms();
  try {
    const tree = await openTree(options.tree, { cwd: process.cwd(), onProgress: (text) => line.show(text) });
    line.clear();
    await print(`\ntree      ${cleanLine(tree.label)}, ${cleanLine(tree.version)}\n`);
    let worst = 0;
    for (const config of ['check', 'prod'] as const) {
      worst = Math.max(worst, await examine(rooms, tree, config, options.jobs, line));
    }
    process.exitCode = worst;
  } finally {
    rooms.close();
    line.clear();
  }
}

function machineLines(): string[] {
  return [
    `rmapbot   ${toolVersion()}`,
    `node      ${process.versions.node}`,
    `git       ${version('git', ['--version']) ?? 'not found: rmapbot needs it'}`,
    `apt       ${version('apt-get', ['--version']) ?? 'not found: debian: trees cannot be fetched, others can'}`,
    `wasm64    ${wasm64() ? 'yes' : 'no: this Node cannot run the images'}`,
    `cache     ${cacheRoot()}`,
  ];
}

function version(program: string, args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0];
  } catch {
    return undefined; // that it is not there is the answer
  }
}

/** A module with one 64-bit memory. */
function wasm64(): boolean {
  return WebAssembly.validate(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1]));
}

async function examine(
  rooms: Rooms,
  tree: SourceTree,
  config: ConfigName,
  jobs: number,
  line: ProgressLine,
): Promise<number> {
  const onProgress = (done: number, total: number) => line.show({ phase: `build (${config})`, done, total });
  const built = await rooms.buildImage({ tree, overlay: new Map(), config, variant: '', jobs, onProgress });
  line.clear();
  if ('failure' in built) {
    const { unit, diagnostics, link } = built.failure;
    const errors = diagnostics.filter((one) => one.severity === 'error');
    const words = (errors.length > 0 ? errors : diagnostics).map(
      (one) => `  ${one.file}:${one.line}: ${one.severity}: ${one.message}`,
    );
    const more = link === undefined ? [] : [`  ${link}`];
    const text = [...words, ...more].slice(0, SHOWN).map((one) => `  ${cleanLine(one)}`);
    await print(`${[`${config.padEnd(10)}does not build: ${displayPath(unit)}`, ...text].join('\n')}\n`);
    return 4;
  }
  const runs = await runAll(rooms, built.image, jobs, line);
  const open = runs.filter((run) => run.inconclusive !== undefined);
  const broken = runs.filter((run) => run.violations.length > 0);
  const skipped = runs.filter((run) => run.skipped !== undefined).length;
  const indent = ' '.repeat(10);
  const lines = [
    `${config.padEnd(10)}builds; ${counted(built.image.unmodelled.length, 'function')} of the kernel not modelled (named when called)`,
    `${indent}${runs.length - skipped - open.length} of ${counted(runs.length, 'scenario')} run, ${skipped} not for this tree`,
    ...shown(open, (run) => `not judged: ${run.scenario}: ${run.inconclusive}`, indent),
    ...shown(broken, brokenText, indent),
  ];
  await print(`${lines.join('\n')}\n`);
  return open.length > 0 || broken.length > 0 ? 3 : 0;
}

/** The first few of some runs, and how many more there are. */
function shown(runs: Run[], text: (run: Run) => string, indent: string): string[] {
  const lines = runs.slice(0, SHOWN).flatMap((run) => wrap(cleanLine(text(run)), indent));
  return runs.length > SHOWN ? [...lines, `${indent}and ${runs.length - SHOWN} more`] : lines;
}

function brokenText({ scenario, violations }: Run): string {
  const invariants = [...new Set(violations.map((violation) => violation.invariant))].join(', ');
  return `the tree itself breaks ${invariants}: ${scenario}: ${violations[0]?.evidence ?? ''}`;
}

async function runAll(rooms: Rooms, image: Image, jobs: number, line: ProgressLine): Promise<Run[]> {
  const scenarios = await rooms.scenarios();
  const runs: Run[] = [];
  for await (const run of rooms.runScenarios(image, scenarios, { seed: 1, jobs })) {
    runs.push(run);
    line.show({ phase: `run (${image.config})`, done: runs.length, total: scenarios.length });
  }
  line.clear();
  return runs;
}
