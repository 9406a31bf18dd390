// SPDX-License-Identifier: GPL-2.0-or-later
// Executed blocks of the patched runs -> which changed lines became code, and which of them ran.
import type { Image } from '../kernel/values.ts';
import type { ChangedLine, SemanticDiff } from '../semantics/values.ts';
import { type BlockRanges, unionOfBlocks } from '../simulator/blocks.ts';
import { BuiltLines, leftOut, whyIdle } from './idle-lines.ts';
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
  const built = new BuiltLines();
  for (const { image, runs } of sides) built.add(await rooms.executedLines(image, blocksOf(runs), files));
  const code = semantics.changedLines.filter((line) => built.isCode(line));
  const left = leftOut(semantics.changedLines, semantics.functions, built);
  const all = [...code, ...left.map(({ line }) => line)];
  const idle = code.filter((line) => !built.ran(line));
  const missed = [...idle.map((line) => ({ line, ...whyIdle(line, semantics.functions, built) })), ...left];
  missed.sort(({ line: a }, { line: b }) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
  const ran = (lines: ChangedLine[]) => lines.filter((line) => built.ran(line));
  const coverage: Coverage = {
    config: 'check',
    changedLines: all.length,
    executedLines: ran(all).length,
    notExecuted: missed.slice(0, NOT_EXECUTED_MAX).map(({ line, reason, why }) => ({
      file: line.file,
      line: line.line,
      function: line.function ?? '',
      patch: line.patch,
      reason,
      why,
    })),
    notBuilt: files.filter((file) => file.endsWith('.c') && !built.has(file)),
    patches: [...Map.groupBy(all, ({ patch }) => patch)]
      .sort(([a], [b]) => a - b)
      .map(([patch, lines]) => ({ patch, changedLines: lines.length, executedLines: ran(lines).length })),
    executed: rangesOf(ran(all)),
  };
  return { coverage, idleAreas: idleAreas(semantics, all, built, coverage.notBuilt) };
}

/** Lines as ranges, by file. */
function rangesOf(lines: ChangedLine[]): NonNullable<Coverage['executed']> {
  return [...Map.groupBy(lines, ({ file }) => file)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, own]) => {
      const ranges: [number, number][] = [];
      for (const line of own.map((one) => one.line).sort((a, b) => a - b)) {
        const last = ranges.at(-1);
        if (last && line <= last[1] + 1) last[1] = line;
        else ranges.push([line, line]);
      }
      return { file, lines: ranges };
    });
}

/** An area is idle if its functions have changed executable lines, or lie in a file that is not built, and none ran. */
function idleAreas(semantics: SemanticDiff, all: ChangedLine[], built: BuiltLines, notBuilt: string[]): string[] {
  const idle: string[] = [];
  const unbuilt = new Set(notBuilt);
  const fileOf = new Map(semantics.functions.map((one) => [one.name, one.file]));
  for (const area of semantics.areas) {
    const functions = new Set(area.functions);
    const lines = all.filter((line) => line.function !== undefined && functions.has(line.function));
    const missing = area.functions.some((name) => unbuilt.has(fileOf.get(name) ?? ''));
    if ((lines.length > 0 || missing) && !lines.some((line) => built.ran(line))) idle.push(area.id);
  }
  return idle;
}

const blocksOf = (runs: Runs): BlockRanges => unionOfBlocks([...runs.values()].map(({ blocks }) => blocks));
