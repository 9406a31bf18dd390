// SPDX-License-Identifier: GPL-2.0-or-later
// Executed blocks of the patched runs -> which changed lines became code, and which of them ran.
import type { Image } from '../kernel/values.ts';
import type { ChangedLine, SemanticDiff } from '../semantics/values.ts';
import { NOT_EXECUTED_MAX } from './limits.ts';
import type { Rooms } from './rooms.ts';
import type { Runs } from './run.ts';
import type { Coverage } from './values.ts';

export interface MeasuredCoverage {
  coverage: Coverage;
  /** Areas with changed executable lines of which none ran. */
  idleAreas: string[];
}

/** In: semantic diff, patched images of one configuration (its variants) with all their runs. */
export async function measureCoverage(
  rooms: Rooms,
  semantics: SemanticDiff,
  sides: { image: Image; runs: Runs }[],
): Promise<MeasuredCoverage> {
  const files = [...new Set(semantics.changedLines.map((line) => line.file))].sort();
  const executable = new Set<string>();
  const executed = new Set<string>();
  const inImage = new Set<string>();
  for (const { image, runs } of sides) {
    const lines = await rooms.executedLines(image, mergeBlocks(runs), files);
    for (const [file, found] of lines) {
      inImage.add(file);
      for (const line of found.executable) executable.add(`${file}:${line}`);
      for (const line of found.executed) executed.add(`${file}:${line}`);
    }
  }
  const key = (line: ChangedLine) => `${line.file}:${line.line}`;
  const code = semantics.changedLines.filter((line) => executable.has(key(line)));
  const idle = code.filter((line) => !executed.has(key(line)));
  const coverage: Coverage = {
    config: 'check',
    changedLines: code.length,
    executedLines: code.length - idle.length,
    notExecuted: idle.slice(0, NOT_EXECUTED_MAX).map(({ file, line, patch, function: name }) => ({
      file,
      line,
      function: name ?? '',
      patch,
    })),
    notBuilt: files.filter((file) => file.endsWith('.c') && !inImage.has(file)),
  };
  return { coverage, idleAreas: idleAreas(semantics, code, executed, coverage.notBuilt) };
}

/** An area is idle if its functions have changed executable lines, or lie in a file that is not built, and none ran. */
function idleAreas(
  semantics: SemanticDiff,
  code: ChangedLine[],
  executed: ReadonlySet<string>,
  notBuilt: string[],
): string[] {
  const idle: string[] = [];
  const unbuilt = new Set(notBuilt);
  const fileOf = new Map(semantics.functions.map((one) => [one.name, one.file]));
  for (const area of semantics.areas) {
    const functions = new Set(area.functions);
    const lines = code.filter((line) => line.function !== undefined && functions.has(line.function));
    const ran = lines.some((line) => executed.has(`${line.file}:${line.line}`));
    const missing = area.functions.some((name) => unbuilt.has(fileOf.get(name) ?? ''));
    if ((lines.length > 0 || missing) && !ran) idle.push(area.id);
  }
  return idle;
}

/** The blocks of all runs as ascending, disjoint [from, to) ranges. */
export function mergeBlocks(runs: Runs): [number, number][] {
  const all = [...runs.values()].flatMap((run) => run.blocks).sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of all) {
    const last = merged.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
