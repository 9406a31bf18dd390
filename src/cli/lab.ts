// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot lab`: designs of the reverse map in the same histories, side by side, without any kernel.

import { matchesGlob } from 'node:path';
import { DESIGNS, designNamed, optionsOf } from '../designs/catalogue.ts';
import { type ChosenDesign, laboratory } from '../designs/lab.ts';
import type { LabReport } from '../designs/lab-values.ts';
import { InputError } from '../errors.ts';
import { labPage } from '../report/html/lab-page.ts';
import { designsText, labText } from '../report/lab-text.ts';
import { cleanLine } from '../report/sanitise.ts';
import { ownScenarios } from '../review/real-rooms.ts';
import { suggestion } from '../simulator/grammar/tokens.ts';
import { checkWorkload, type Scenario, scenarioOf } from '../simulator/index.ts';
import { letYoungSpaceGrow } from './memory.ts';
import { checkTarget, print, writeResult } from './output.ts';
import { progressLine } from './progress.ts';
import { findWorkload } from './workload.ts';

export interface LabOptions {
  design?: string[];
  scenario?: string;
  workload?: string;
  scale: number;
  option?: string[];
  html?: string;
  json?: string;
  list: boolean;
}

/** Parts of the scale that the page's charts begin with. */
const CHART_STEPS = [8, 4, 2];

/** Exit code 1 where a design breaks an invariant, 3 where a history could not be judged, else 0. */
export async function lab(options: LabOptions): Promise<void> {
  if (options.list) {
    await print(
      options.json === undefined
        ? designsText(DESIGNS.map(({ info }) => info))
        : asJson(DESIGNS.map(({ info }) => info)),
    );
    return;
  }
  if (options.scenario !== undefined && options.workload !== undefined)
    throw new InputError('give --scenario or --workload, not both');
  letYoungSpaceGrow();
  const designs = chosen(options.design ?? [], options.option ?? []);
  for (const file of [options.html, options.json]) if (file !== undefined && file !== '-') checkTarget(file);
  const histories = options.workload === undefined ? scenarios(options.scenario ?? '*') : workloads(options);
  const line = progressLine();
  let done = 0;
  const total = designs.length * histories.length;
  let report: LabReport;
  try {
    report = laboratory({
      ...{ designs, histories, pictures: options.html !== undefined },
      onRun: (design, history) => line.show({ phase: `${design}, ${history}`, done: done++, total }),
    });
  } finally {
    line.clear();
  }
  const { runs } = report;
  const broken = runs.some(({ violations }) => violations.length > 0);
  process.exitCode = broken ? 1 : runs.some(({ inconclusive }) => inconclusive !== undefined) ? 3 : 0;
  if (options.html !== undefined) await writeResult(options.html, labPage(report));
  if (options.json !== undefined && options.json !== '-') await writeResult(options.json, asJson(report));
  // The page's charts have smaller scales, too.
  const full = options.workload === undefined ? runs : runs.filter(({ scale }) => scale === options.scale);
  await print(options.json === '-' ? asJson(report) : labText({ ...report, runs: full }));
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Designs by name, all where none is named; DESIGN.NAME=VALUE goes to that design. */
function chosen(names: readonly string[], texts: readonly string[]): ChosenDesign[] {
  const given = new Map<string, Record<string, string>>();
  for (const text of texts) {
    const [, design, option, value] = /^([^.=]+)\.([^=]+)=(.*)$/.exec(text) ?? [];
    if (design === undefined || option === undefined || value === undefined)
      throw new InputError(`expected DESIGN.NAME=VALUE, not ${JSON.stringify(cleanLine(text, 80))}`);
    const module = designNamed(design);
    optionsOf(module, { [option]: value });
    given.set(design, { ...given.get(design), [option]: value });
  }
  const all = names.length === 0 ? DESIGNS.map(({ info }) => info.name) : [...new Set(names)];
  for (const name of all) designNamed(name);
  for (const name of given.keys())
    if (!all.includes(name)) throw new InputError(`--option is for ${name}, which is not among the designs that run`);
  return all.map((name) => ({ name, given: given.get(name) ?? {} }));
}

function scenarios(pattern: string): Scenario[] {
  const own = ownScenarios();
  const found = own.filter(({ name }) => matchesGlob(name, pattern));
  if (found.length > 0) return found;
  const names = own.map(({ name }) => name);
  throw new InputError(`no scenario is named ${cleanLine(pattern, 80)}${suggestion(pattern, names)}`);
}

/** The workload at its scale; for a page with charts, at parts of the scale before it. */
function workloads({ workload: name = '', scale, html }: LabOptions): Scenario[] {
  const workload = findWorkload(name);
  const parts = html === undefined ? [] : CHART_STEPS.map((part) => scale / part);
  return [...parts, scale].map((part) => {
    const scaled = { workload, scale: part };
    checkWorkload(scaled);
    return scenarioOf(scaled);
  });
}
