// SPDX-License-Identifier: GPL-2.0-or-later
// Measured histories -> what to replay and what to expect. In: a folder with scenarios/, sequences/ and topology/ as
// measured, or our own compact files (compact.ts). Out: one GroundTruth a history, by family and name.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors.ts';
import { readText } from '../../yaml-file.ts';
import type { Scenario } from '../grammar/values.ts';
import { LIMITS } from '../limits.ts';
import { type CompactFile, compactFile, unpackHistory } from './compact.ts';
import { type ConvertedHistory, convertHistory } from './convert.ts';
import { type MeasuredHistory, measuredHistory } from './history.ts';
import { linesOf } from './lines.ts';
import { Places, shortTopology, topologiesOf } from './measured-topology.ts';
import { COUNTED, type Counts, type Wanted } from './values.ts';

/** File beside our compact ones: what trees rightly do otherwise (src/fidelity/recorded.ts). */
export const EXPECTED = 'expected-differences.json';

/** What the measurement found at one moment. */
export interface Check {
  /** Of the scenario, from 0. */
  step: number;
  checkpoint?: string;
  counts: Counts;
  /** Canonical lines (lines.ts); `whole` as told there. */
  topology?: { whole: boolean; lines: string[] };
}

export interface GroundTruth {
  family: string;
  name: string;
  scenario: Scenario;
  /** In the order of their addresses. */
  regions: string[];
  /** Features that a tree must have for the whole history; undefined where nobody has said. */
  requires?: string[];
  /** Whether its processes had huge pages turned on (thp_enable). */
  hugePages?: boolean;
  /** Steps that this version cannot do. */
  unsupported: string[];
  checks: Check[];
}

/** Lines of topologies by checkpoint. */
export type TopologyLines = ReadonlyMap<string, string[]>;

/** Steps to count and to describe after. */
export function wantedOf({ checks, regions, hugePages }: GroundTruth): Wanted {
  return {
    ...(hugePages !== undefined && { measured: { hugePages } }),
    regions,
    counts: checks.map(({ step }) => step),
    topologies: checks.filter(({ topology }) => topology !== undefined).map(({ step }) => step),
  };
}

/** All histories of a folder in the measured form, or in ours. Errors: InputError that names the file. */
export function loadGroundTruth(folder: string): GroundTruth[] {
  if (!existsSync(folder)) throw new InputError(`${folder}: no such folder`);
  const found = ['scenarios', 'sequences'].flatMap((part) =>
    jsonFiles(path.join(folder, part)).map((file) => loadMeasured(folder, part, file)),
  );
  for (const file of found.length > 0 ? [] : jsonFiles(folder)) found.push(...loadCompact(path.join(folder, file)));
  if (found.length === 0) throw new InputError(`${folder}: no measured histories in scenarios/ or sequences/`);
  const names = new Set<string>();
  for (const { name } of found) {
    if (names.has(name)) throw new InputError(`${folder}: two histories are named ${name}`);
    names.add(name);
  }
  return found.sort((a, b) => order(a.family, b.family) || order(a.name, b.name));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function jsonFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file !== EXPECTED)
    .sort();
}

function readJson(file: string, shown: string): unknown {
  const text = readText(file, LIMITS.groundTruthBytes, shown);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InputError(`${shown}: is no JSON`);
  }
}

function loadMeasured(folder: string, part: string, file: string): GroundTruth {
  const shown = path.join(part, file);
  const json = readJson(path.join(folder, part, file), shown);
  const converted = convertHistory(json, shown);
  const history = measuredHistory.parse(json);
  const topology = path.join(folder, 'topology', file);
  const lines = new Map<string, string[]>();
  if (existsSync(topology)) {
    const places = new Places(history.layout, converted.place);
    const shownTopology = path.join('topology', file);
    for (const [checkpoint, shape] of topologiesOf(readJson(topology, shownTopology), shownTopology, places))
      lines.set(checkpoint, linesOf(shape, { whole: true }));
  }
  const family = history.group ?? (part === 'sequences' ? 'sequences' : 'other');
  return groundTruth(family, history, converted, lines, shown);
}

function loadCompact(file: string): GroundTruth[] {
  const shown = path.basename(file);
  const parsed = compactFile.safeParse(readJson(file, shown));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InputError(`${shown}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not measured histories'}`);
  }
  const { family, histories }: CompactFile = parsed.data;
  return histories.map((compact) => {
    const where = `${shown}: ${compact.name}`;
    const history = unpackHistory(compact, where);
    const lines = new Map(Object.entries(compact.topology ?? {}));
    const truth = groundTruth(family, history, convertHistory(history, where), lines, where);
    return { ...truth, requires: compact.requires ?? [] };
  });
}

function groundTruth(
  family: string,
  history: MeasuredHistory,
  { scenario, expected, unsupported, place }: ConvertedHistory,
  lines: TopologyLines,
  shown: string,
): GroundTruth {
  const places = new Places(history.layout, place);
  const checks = expected.map(({ step, checkpoint, counts, vmas }): Check => {
    const whole = checkpoint === undefined ? undefined : lines.get(checkpoint);
    const short = vmas && linesOf(shortTopology(vmas, shown, places), { whole: false });
    const topology = whole ? { whole: true, lines: whole } : short && { whole: false, lines: short };
    return {
      step,
      ...(checkpoint !== undefined && { checkpoint }),
      counts: COUNTED.map((object) => {
        const count = counts[object];
        if (count === undefined)
          throw new InputError(`${shown}: no count of ${object} at ${checkpoint ?? `step ${step + 1}`}`);
        return count;
      }),
      ...(topology && { topology }),
    };
  });
  const hugePages = history.steps.some(({ op }) => op === 'thp_enable');
  return { family, name: history.name, scenario, regions: places.regions, hugePages, unsupported, checks };
}
