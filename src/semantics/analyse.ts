// SPDX-License-Identifier: GPL-2.0-or-later
// The semantics room. In: a series applied to its tree, and rules. Out: a SemanticDiff, which functions, structs,
// configuration symbols and lines the series changes, what the functions do, which areas of the reverse map that
// touches, and whether it concerns us at all. Reads files, runs nothing.

import type { AppliedSeries } from '../tree/values.ts';
import { type FileChange, touchedAreas } from './areas.ts';
import { companionsOf } from './companions.ts';
import { type FileSemantics, fileSemantics } from './file-semantics.ts';
import { matchFunctions } from './function-changes.ts';
import { FunctionReader } from './function-reader.ts';
import { type FileHistory, fileHistories } from './history.ts';
import { exportsOf, switchesOf } from './macro-changes.ts';
import { inScope, kindOf } from './paths.ts';
import type { Rules } from './rule-values.ts';
import type { ChangedFile, FileKind, PatchSemantics, SemanticDiff } from './values.ts';

export interface AnalyseOptions {
  /** Paths that an image of the base reads, where known: they are in scope whatever the rules say. */
  compiles?: (path: string) => boolean;
}

interface Judged {
  history: FileHistory;
  kind: FileKind;
  ours: boolean;
  semantics?: FileSemantics;
}

/** Says what a series changes. C that cannot be read is reported and counts as changed; nothing is skipped. */
export async function analyse(
  applied: AppliedSeries,
  rules: Rules,
  options: AnalyseOptions = {},
): Promise<SemanticDiff> {
  const files: Judged[] = [];
  for (const history of await fileHistories(applied)) {
    const paths = history.basePath === undefined ? [history.path] : [history.path, history.basePath];
    const near = paths.some((path) => inScope(path, rules.scope) || options.compiles?.(path) === true);
    const kind = kindOf(history.path, near);
    const ours = near && kind !== 'documentation' && kind !== 'test';
    files.push({ history, kind, ours, ...(ours ? { semantics: await fileSemantics(history, kind) } : {}) });
  }
  const read = files.flatMap((file) => file.semantics ?? []);
  const reader = await FunctionReader.of(applied, read);
  for (const one of read) {
    if (one.change) one.change.facts = reader.factsOf(one.functions);
    for (const step of one.steps) step.change.facts = reader.factsOf(step.functions);
  }
  const changes = read.flatMap((one) => one.change ?? []);
  const scope = judge(applied, files, changes);
  const around = scope.outOfScope ? [] : await restOf(files);
  const areas = touchedAreas(changes, rules);
  const config = read.flatMap((one) => one.config);
  const macros = read.flatMap((one) => one.steps.map((step) => ({ file: one.path, ...step })));
  const switches = switchesOf(read, macros);
  const claimed = areas.filter(({ id }) => id !== rules.other.id).flatMap((area) => area.functions);
  const kinds = files.map(({ history, kind }) => ({ path: history.path, kind }));
  return {
    functions: matchFunctions(read.flatMap((one) => one.functions)).map((one) => reader.changed(one)),
    structs: read.flatMap((one) => one.structs),
    config,
    switches,
    exports: exportsOf(read, macros),
    companions: companionsOf(kinds, [...new Set(claimed)], [...config, ...switches]),
    files: files.map(fileOf),
    areas,
    changedLines: [...read, ...around].flatMap((one) => reader.lines(one)),
    baseLines: read.flatMap((one) => one.baseLines),
    unreadable: [...read, ...around].flatMap((one) => [...one.unreadable, ...reader.unreadable(one)]),
    patches: applied.commits.map(({ number }) => patchOf(number, files, read, reader, rules)),
    entryPoints: entryPointsOf(rules),
    ...scope,
  };
}

/** C of the kernel that is not ours: its lines are changed lines that do not run here. */
async function restOf(files: readonly Judged[]): Promise<FileSemantics[]> {
  const rest: FileSemantics[] = [];
  for (const { history, kind, ours } of files) {
    if (!ours && (kind === 'other' || kind === 'header') && /\.[ch]$/.test(history.path))
      rest.push(await fileSemantics(history, kind));
  }
  return rest;
}

const entryPointsOf = (rules: Rules): string[] => [...new Set(rules.areas.flatMap((area) => area.entry ?? []))].sort();

function fileOf({ history, kind }: Judged): ChangedFile {
  const { path, basePath, status, versions } = history;
  const patches = [...new Set(versions.map((version) => version.patch))];
  return { path, ...(status === 'renamed' && basePath ? { oldPath: basePath } : {}), status, kind, patches };
}

function patchOf(
  number: number,
  files: readonly Judged[],
  read: readonly FileSemantics[],
  reader: FunctionReader,
  rules: Rules,
): PatchSemantics {
  const steps = read.flatMap((one) =>
    one.steps.filter((step) => step.patch === number).map((step) => ({ file: one.path, ...step })),
  );
  const areas = touchedAreas(
    steps.map((step) => step.change),
    rules,
  );
  const deltas = steps.flatMap((step) => step.functions);
  const claimed = areas.filter(({ id }) => id !== rules.other.id).flatMap((area) => area.functions);
  const own = steps.map(({ file, macros }) => ({ path: file, macros }));
  const config = steps.flatMap((step) => step.config);
  const switches = switchesOf(own, steps);
  const kinds = files
    .filter(({ history }) => history.versions.some(({ patch }) => patch === number))
    .map(({ history, kind }) => ({ path: history.path, kind }));
  return {
    number,
    functions: [...new Set(deltas.map((one) => one.name))].sort(),
    areas: areas.map((area) => area.id),
    changes: {
      functions: matchFunctions(deltas).map((one) => reader.changed(one)),
      structs: steps.flatMap((step) => step.structs),
      config,
      switches,
      exports: exportsOf(own, steps),
      companions: companionsOf(kinds, [...new Set(claimed)], [...config, ...switches]),
    },
  };
}

function judge(
  applied: AppliedSeries,
  files: readonly Judged[],
  changes: readonly FileChange[],
): Pick<SemanticDiff, 'outOfScope' | 'why'> {
  const [first] = changes;
  if (first !== undefined) {
    const more = changes.length > 1 ? ` and ${changes.length - 1} more` : '';
    return { outOfScope: false, why: `changes ${first.path}${more}` };
  }
  if (applied.commits.length === 0) return { outOfScope: false, why: 'no patch of the series applies' };
  if (files.length === 0) return { outOfScope: true, why: 'the series changes nothing' };
  if (files.some((file) => file.ours)) {
    return { outOfScope: true, why: 'in the memory management only comments, help texts and white space change' };
  }
  return { outOfScope: true, why: 'touches no file of the memory management' };
}
