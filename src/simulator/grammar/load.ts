// SPDX-License-Identifier: GPL-2.0-or-later
// Folders and files -> Scenarios, in the order of family and name.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors.ts';
import { readText } from '../../yaml-file.ts';
import { LIMITS } from '../limits.ts';
import { parseScenario } from './parse.ts';
import type { Scenario } from './values.ts';

/** Reads one scenario file. Errors: InputError. */
export function loadScenario(file: string, shown = file): Scenario {
  const text = readText(file, LIMITS.fileBytes, shown);
  return parseScenario(text, shown, path.basename(path.dirname(path.resolve(file))));
}

/** All *.yaml below a folder, sorted by family and name. Errors: InputError, also for a name used twice. */
export function loadScenarios(folder: string): Scenario[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const names = new Map<string, string>();
  return files.map((file) => {
    const shown = path.relative(folder, file);
    const scenario = loadScenario(file, shown);
    const before = names.get(scenario.name);
    if (before !== undefined) throw new InputError(`${shown}: the name ${scenario.name} is taken by ${before}`);
    names.set(scenario.name, shown);
    return scenario;
  });
}
