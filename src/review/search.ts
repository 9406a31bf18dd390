// SPDX-License-Identifier: GPL-2.0-or-later
// Part of the budget goes to generated histories on the patched image, guided to the changed lines. What they break is
// run on the base as well, and is told like what a scenario breaks.
import type { Image } from '../kernel/values.ts';
import type { ChangedLine, SemanticDiff } from '../semantics/values.ts';
import type { SearchResult } from '../simulator/search/values.ts';
import type { Rooms, ScenarioInfo } from './rooms.ts';
import { type Runner, type Runs, runAll } from './run.ts';
import type { Side } from './sides.ts';
import type { Coverage, Review } from './values.ts';

/** What stands for the search among the scenarios that an image runs. */
export const SEARCH_NAME = 'generated-histories';

/** Nothing where no histories are wanted, or the rooms have no search. */
export async function searchScenario(
  rooms: Rooms,
  semantics: Pick<SemanticDiff, 'changedLines'>,
  image: Image,
  { seed, histories }: { seed: number; histories: number },
): Promise<ScenarioInfo[]> {
  if (histories === 0 || rooms.search === undefined) return [];
  return [await rooms.search(image, linesByFile(semantics.changedLines), { name: SEARCH_NAME, seed, histories })];
}

function linesByFile(lines: readonly ChangedLine[]): Map<string, Set<number>> {
  const byFile = new Map<string, Set<number>>();
  for (const { file, line } of lines) {
    const known = byFile.get(file);
    if (known) known.add(line);
    else byFile.set(file, new Set([line]));
  }
  return byFile;
}

export interface Searched {
  side: Side;
  result: SearchResult;
  /** Histories that broke something, as scenarios; their runs are among those of both sides. */
  generated: ScenarioInfo[];
}

/** Takes the search out of the patched runs of a side and runs what it found on both. Undefined where none was made. */
export async function takeSearch(sides: Side[], runner: Runner): Promise<Searched | undefined> {
  for (const [index, side] of sides.entries()) {
    const result = side.patched.runs.get(SEARCH_NAME)?.search;
    if (result === undefined) continue;
    const generated = result.found.flatMap(({ scenario }) => runner.rooms.scenarioInfo?.(scenario) ?? []);
    const [before, after] = await Promise.all(
      [side.base, side.patched].map(({ image }) => runAll(runner, image, generated, { again: true })),
    );
    const with_ = (runs: Runs, more: Runs = new Map()): Runs =>
      new Map([...[...runs].filter(([name]) => name !== SEARCH_NAME), ...more]);
    const whole: Side = {
      flavour: side.flavour,
      base: { ...side.base, runs: with_(side.base.runs, before) },
      patched: { ...side.patched, runs: with_(side.patched.runs, after) },
    };
    sides[index] = whole;
    return { side: whole, result, generated };
  }
  return undefined;
}

/** What the report says of it. In: the coverage that the scenarios reached. */
export async function searchRow(
  { side, result }: Searched,
  seed: number,
  coverage: Coverage,
  rooms: Rooms,
): Promise<NonNullable<Review['search']>> {
  const files = [...new Set(coverage.notExecuted.map(({ file }) => file))];
  const reached = await rooms.executedLines(side.patched.image, result.blocks, files);
  const more = coverage.notExecuted.filter(({ file, line }) => reached.get(file)?.executed.has(line) === true);
  return {
    config: side.flavour.config,
    seed,
    histories: result.histories,
    steps: result.steps,
    found: result.found.length,
    notJudged: result.unjudged.reduce((sum, { count }) => sum + count, 0),
    missedLines: coverage.changedLines - coverage.executedLines,
    newLines: more.length,
  };
}
