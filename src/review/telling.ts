// SPDX-License-Identifier: GPL-2.0-or-later
// Runs of the base -> how much each scenario has to say about a series: the changed lines and functions of the base that
// it executes, then the changed files, then files that include a changed header.
import type { Image } from '../kernel/values.ts';
import type { SemanticDiff } from '../semantics/values.ts';
import type { Overlay, SourceTree } from '../tree/values.ts';
import type { Rooms, ScenarioInfo } from './rooms.ts';
import type { Runs } from './run.ts';
import { sharedAreas } from './select.ts';
import type { Review } from './values.ts';

/** What a scenario executes of the base. */
export interface Telling {
  score: number;
  /** Changed code of the base runs in it. */
  executes: boolean;
  /** Changed functions, those with the most executed lines first. */
  functions: string[];
  /** Lines that the series changes, removes, or beside which it adds. */
  lines: number;
  files: string[];
  includers: string[];
}

/**
 * Weights of the shares that a scenario executes: of changed lines and functions, of touched areas that it declares, of
 * the lines of changed files that any scenario executes, of files that include a changed header. Symbols weigh most,
 * then files, then includers: each weight is more than all that come after it.
 */
const WEIGHT = { lines: 1000, functions: 400, areas: 200, files: 20, includers: 1 } as const;

/** Includers, and changed functions, that are named for one scenario; a series may change hundreds. */
const INCLUDERS_NAMED = 5;
const FUNCTIONS_NAMED = 10;

interface Base {
  image: Image;
  runs: Runs;
  tree: SourceTree;
  overlay: Overlay;
}

/** In: the semantic diff, scenarios, the base's image in check with its runs. Out: by scenario. */
export async function tellingOf(
  rooms: Rooms,
  semantics: SemanticDiff,
  scenarios: readonly ScenarioInfo[],
  { image, runs, tree, overlay }: Base,
): Promise<Map<string, Telling>> {
  const bases = semantics.functions.flatMap(({ name, base }) => (base === undefined ? [] : [{ name, ...base }]));
  const changed = basePaths(semantics);
  const headers = changed.filter((path) => path.endsWith('.h'));
  const including = await rooms.includers(image, tree, overlay, headers);
  const around = new Set([...including.values()].flat().filter((path) => !changed.includes(path)));
  const blocks = new Map([...runs].map(([name, run]) => [name, run.blocks]));
  const executed = await rooms.executedByRun(image, blocks, [...changed, ...around]);
  const everywhere = linesOfAll(executed, changed);
  const areas = new Set(semantics.areas.map(({ id }) => id));
  const told = new Map<string, Telling>();
  for (const scenario of scenarios) {
    const ran = executed.get(scenario.name);
    if (ran === undefined) continue;
    const has = (file: string, line: number): boolean => ran.get(file)?.has(line) === true;
    const lines = (semantics.baseLines ?? []).filter(({ file, line }) => has(file, line)).length;
    const inside = bases.map(({ name, file, startLine, endLine }) => ({
      name,
      lines: [...(ran.get(file) ?? [])].filter((line) => startLine <= line && line <= endLine).length,
    }));
    const functions = inside.filter((one) => one.lines > 0).sort((a, b) => b.lines - a.lines);
    const files = changed.filter((path) => (ran.get(path)?.size ?? 0) > 0);
    const fileLines = files.reduce((sum, path) => sum + (ran.get(path)?.size ?? 0), 0);
    const includers = [...around].filter((path) => (ran.get(path)?.size ?? 0) > 0).sort();
    const score =
      WEIGHT.lines * share(lines, semantics.baseLines?.length ?? 0) +
      WEIGHT.functions * share(functions.length, bases.length) +
      WEIGHT.areas * share(sharedAreas(scenario, areas).length, areas.size) +
      WEIGHT.files * share(fileLines, everywhere) +
      WEIGHT.includers * share(includers.length, around.size);
    told.set(scenario.name, {
      score,
      executes: lines > 0 || functions.length > 0,
      functions: [...new Set(functions.map(({ name }) => name))],
      lines,
      files,
      includers: includers.slice(0, INCLUDERS_NAMED),
    });
  }
  return told;
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Paths of the changed files in the base; files that the series adds are none. */
function basePaths({ files, baseLines = [] }: SemanticDiff): string[] {
  const ours = files
    .filter(({ status, kind }) => status !== 'added' && (kind === 'mm-source' || kind === 'header'))
    .map(({ path, oldPath }) => oldPath ?? path);
  return [...new Set([...ours, ...baseLines.map(({ file }) => file)])].sort();
}

function linesOfAll(
  executed: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<number>>>,
  files: readonly string[],
): number {
  const lines = new Set<string>();
  for (const byFile of executed.values()) {
    for (const file of files) for (const line of byFile.get(file) ?? []) lines.add(`${file}:${line}`);
  }
  return lines.size;
}

type Chosen = NonNullable<Review['scenarios']['chosen']>[number];

/** Why a matched scenario was chosen, as the contract says it. */
export function chosenRow(
  scenario: ScenarioInfo,
  telling: Telling | undefined,
  areas: ReadonlySet<string>,
  ran: boolean,
): Chosen {
  const own = sharedAreas(scenario, areas);
  const { functions = [], lines = 0, files = [], includers = [] } = telling ?? {};
  const why = whyOf(own, telling);
  const named = functions.slice(0, FUNCTIONS_NAMED);
  return { scenario: scenario.name, why, areas: own, functions: named, lines, files, includers, ran };
}

/** "executes anon_vma_clone and 2 more (12 changed lines); declares fork-propagation". */
function whyOf(areas: readonly string[], telling: Telling | undefined): string {
  const parts: string[] = [];
  const [first, ...rest] = telling?.functions ?? [];
  const lines = telling?.lines ?? 0;
  const counted = `${lines} changed line${lines === 1 ? '' : 's'} of the base`;
  if (first !== undefined) {
    const more = rest.length > 0 ? ` and ${rest.length} more` : '';
    parts.push(`executes ${first}${more}${lines > 0 ? ` (${counted})` : ''}`);
  } else if (lines > 0) parts.push(`executes ${counted}`);
  if (areas.length > 0) parts.push(`declares ${areas.join(', ')}`);
  if (parts.length === 0) parts.push('nothing speaks for any scenario: all are matched');
  return parts.join('; ');
}
