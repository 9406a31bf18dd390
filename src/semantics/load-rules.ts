// SPDX-License-Identifier: GPL-2.0-or-later
// Folders of rule files -> Rules. In: paths of folders. Out: checked rules, or an InputError that names file and line.

import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.ts';
import { checkYaml, readYaml, yamlFault } from '../yaml-file.ts';
import { limits } from './limits.ts';
import { type AreaRule, areaSchema, irrelevantSchema, type Rules, scopeSchema } from './rule-values.ts';

/** The rules that come with the program. */
export const ownRules = fileURLToPath(new URL('../../rules', import.meta.url));

/**
 * Loads the rule files (*.yaml) of folders; later folders add areas, scope and irrelevant functions.
 * Throws InputError "FILE:LINE: ..." for bad YAML, unknown keys, unknown invariants, ids that differ from the file's
 * name or appear twice.
 */
export async function loadRules(folders: readonly string[] = [ownRules]): Promise<Rules> {
  const areas = new Map<string, AreaRule>();
  const scope = { paths: [] as string[], except: [] as string[] };
  const irrelevant = new Map<string, string>();
  for (const folder of folders) {
    for (const file of await ruleFiles(folder)) {
      const source = await readYaml(file, limits.ruleBytesMax);
      const name = basename(file, '.yaml');
      if (name === 'scope') {
        const read = checkYaml(source, scopeSchema);
        scope.paths.push(...read.paths);
        scope.except.push(...read.except);
      } else if (name === 'irrelevant') {
        for (const [key, why] of Object.entries(checkYaml(source, irrelevantSchema).functions))
          irrelevant.set(key, why);
      } else {
        const area = checkYaml(source, areaSchema);
        if (area.id !== name) yamlFault(source, ['id'], `the id "${area.id}" differs from the file's name`);
        if (areas.has(area.id)) yamlFault(source, ['id'], `the area "${area.id}" is defined twice`);
        areas.set(area.id, area);
      }
    }
  }
  const other = areas.get('other-mm');
  if (other === undefined) throw new InputError(`${folders.join(', ')}: no rule file other-mm.yaml`);
  areas.delete('other-mm');
  const sorted = [...areas.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { areas: sorted, other, scope, irrelevant };
}

async function ruleFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => {
    throw new InputError(`${folder}: no such folder of rules`);
  });
  const files = entries.filter((name) => name.endsWith('.yaml')).sort();
  if (files.length > limits.ruleFilesMax)
    throw new InputError(`${folder}: more than ${limits.ruleFilesMax} rule files`);
  return files.map((name) => join(folder, name));
}
