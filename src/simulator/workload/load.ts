// SPDX-License-Identifier: GPL-2.0-or-later
// Workload files -> Workloads, and a workload at a scale as the scenario that stands for it.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readText } from '../../yaml-file.ts';
import type { Scenario } from '../grammar/values.ts';
import { LIMITS } from '../limits.ts';
import { parseWorkload } from './parse.ts';
import type { ScaledWorkload, Workload } from './values.ts';

const OWN = fileURLToPath(new URL('../../../simulations/workloads', import.meta.url));

/** Reads one workload file. Errors: InputError. */
export function loadWorkload(file: string, shown = file): Workload {
  return parseWorkload(readText(file, LIMITS.fileBytes, shown), shown);
}

/** The workloads that come with the program, by name. Errors: InputError. */
export function ownWorkloads(): Workload[] {
  return readdirSync(OWN)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => loadWorkload(path.join(OWN, name), name));
}

/** What runs where scenarios run: in prod, which alone has a distribution's sizes. */
export function scenarioOf(scaled: ScaledWorkload): Scenario {
  const { name, about, areas } = scaled.workload;
  return {
    name,
    about,
    areas,
    requires: [],
    configs: ['prod'],
    files: [],
    bounds: {},
    steps: [],
    family: 'workloads',
    load: scaled,
  };
}
