// SPDX-License-Identifier: GPL-2.0-or-later
// Folders of rule files -> Rules. In: paths of folders. Out: checked rules, or an InputError that names file and line.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { InputError } from '../errors.ts';
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
      const source = await readRule(file);
      const name = basename(file, '.yaml');
      if (name === 'scope') {
        const read = check(source, scopeSchema);
        scope.paths.push(...read.paths);
        scope.except.push(...read.except);
      } else if (name === 'irrelevant') {
        for (const [key, why] of Object.entries(check(source, irrelevantSchema).functions)) irrelevant.set(key, why);
      } else {
        const area = check(source, areaSchema);
        if (area.id !== name) fault(source, ['id'], `the id "${area.id}" differs from the file's name`);
        if (areas.has(area.id)) fault(source, ['id'], `the area "${area.id}" is defined twice`);
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

interface Source {
  file: string;
  document: Document;
  lines: LineCounter;
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

async function readRule(file: string): Promise<Source> {
  const { size } = await stat(file);
  if (size > limits.ruleBytesMax) throw new InputError(`${file}: larger than ${limits.ruleBytesMax} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(await readFile(file, 'utf8'), { lineCounter: lines });
  const error = document.errors[0];
  if (error !== undefined) {
    const [first] = error.message.split('\n');
    throw new InputError(`${file}:${lines.linePos(error.pos[0]).line}: ${first?.replace(/ at line.*$/, '')}`);
  }
  return { file, document, lines };
}

function check<S extends z.ZodType>(source: Source, schema: S): z.infer<S> {
  const read = schema.safeParse(source.document.toJS({ maxAliasCount: 0 }));
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const path = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys')
    fault(source, [...path, issue.keys[0] ?? ''], `unknown key "${issue.keys[0]}"`);
  const at = path.join('.');
  return fault(source, path, `${at === '' ? '' : `${at}: `}${issue?.message ?? 'unreadable'}`);
}

function fault(source: Source, path: readonly PropertyKey[], why: string): never {
  let line = 1;
  for (let depth = path.length; depth > 0; depth--) {
    const node = source.document.getIn(path.slice(0, depth), true);
    if (!isNode(node) || !node.range) continue;
    line = source.lines.linePos(node.range[0]).line;
    break;
  }
  throw new InputError(`${source.file}:${line}: ${why}`);
}
