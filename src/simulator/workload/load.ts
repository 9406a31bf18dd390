// SPDX-License-Identifier: GPL-2.0-or-later
// Workload files -> Workloads, and a workload at a scale as the scenario that stands for it.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../errors.ts';
import type { Scenario } from '../grammar/values.ts';
import { LIMITS } from '../limits.ts';
import { parseWorkload } from './parse.ts';
import type { ScaledWorkload, Workload } from './values.ts';

const OWN = fileURLToPath(new URL('../../../simulations/workloads', import.meta.url));

/** Reads one workload file. Errors: InputError. */
export function loadWorkload(file: string, shown = file): Workload {
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > LIMITS.fileBytes) throw new InputError(`${shown}: larger than ${LIMITS.fileBytes} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${shown}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}`);
  }
  return parseWorkload(text, shown);
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
