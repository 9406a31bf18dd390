// SPDX-License-Identifier: GPL-2.0-or-later
// The history of one file in scope -> what changed in it, for the whole series and patch by patch.

import type { FileChange } from './areas.ts';
import { baseLinesOf, changedLinesOf } from './changed-lines.ts';
import { compareOutlines, type NamedChange } from './compare.ts';
import { conditionsOf } from './conditions.ts';
import type { FunctionDelta, FunctionSide } from './function-changes.ts';
import type { FileHistory } from './history.ts';
import { kconfigSymbols } from './kconfig.ts';
import { compareMacros, type MacroChange } from './named-macros.ts';
import type { Outline, OutlineFunction } from './outline.ts';
import type { Pieces } from './outside.ts';
import type {
  BaseLine,
  ChangedConfig,
  ChangedLine,
  ChangedStruct,
  ChangeStatus,
  FileKind,
  Unreadable,
} from './values.ts';
import { Version } from './version.ts';

/** What differs between two versions of one file. */
export interface FileStep {
  patch: number;
  change: FileChange;
  functions: FunctionDelta[];
  structs: ChangedStruct[];
  config: ChangedConfig[];
  macros: MacroChange[];
}

export interface FileSemantics {
  path: string;
  /** Undefined where no token of the file changed. */
  change?: FileChange;
  steps: FileStep[];
  functions: FunctionDelta[];
  structs: ChangedStruct[];
  config: ChangedConfig[];
  /** Static keys, parameters and exports; of the whole series. */
  macros: MacroChange[];
  changedLines: ChangedLine[];
  baseLines: BaseLine[];
  unreadable: Unreadable[];
  /** All versions of a C file, the base first. */
  versions: Version[];
}

const nothing = (path: string): FileSemantics => ({
  path,
  steps: [],
  functions: [],
  structs: [],
  config: [],
  macros: [],
  changedLines: [],
  baseLines: [],
  unreadable: [],
  versions: [],
});

/** In: a file in scope and its kind. */
export function fileSemantics(history: FileHistory, kind: FileKind): FileSemantics | Promise<FileSemantics> {
  if (kind === 'kconfig') return ofKconfig(history);
  if (/\.[ch]$/.test(history.path)) return ofC(history);
  return ofText(history);
}

async function ofC(history: FileHistory): Promise<FileSemantics> {
  const { path, basePath = path } = history;
  const made = nothing(path);
  const pieces: Pieces = new Map();
  const base = await Version.of(0, history.base, pieces);
  const versions: Version[] = [];
  for (const { patch, text } of history.versions) versions.push(await Version.of(patch, text, pieces));
  made.versions = [base, ...versions];
  for (const [i, after] of versions.entries()) {
    const before = { version: versions[i - 1] ?? base, path: i === 0 ? basePath : path };
    const step = compare(path, before, after, () => [after.patch]);
    if (step !== undefined) made.steps.push({ patch: after.patch, ...step });
  }
  const last = versions.at(-1) ?? base;
  const patchesOf = (pick: (step: FileStep) => { name: string }[], name: string): number[] =>
    made.steps.filter((step) => pick(step).some((one) => one.name === name)).map((step) => step.patch);
  const whole = compare(path, { version: base, path: basePath }, last, patchesOf);
  if (whole?.change.outline === undefined) {
    // A file that only moved, came empty or went empty is still built, or not built, elsewhere.
    if (history.status !== 'modified') made.change = { path, config: [] };
    return made;
  }
  const { change, functions, structs, macros } = whole;
  const lines = changedLinesOf(base.tokens, versions);
  const unreadable = unreadableOf(path, last, lines);
  if (last.outline.failed || base.outline.failed) for (const one of functions) one.unreadable = true;
  const conditions = last.tokens === undefined ? () => undefined : conditionsOf(last.tokens);
  made.changedLines = lines.map(({ line, patch }) => {
    const holder = holderOf(last.outline, line);
    const condition = conditions(line);
    const name = holder === undefined ? {} : { function: holder.name };
    return { file: path, line, patch, ...name, ...(condition === undefined ? {} : { condition }) };
  });
  // A line next to a function that is added belongs to a neighbour that does not change.
  const touched = new Set(functions.map(({ before }) => before?.made.name));
  made.baseLines = baseLinesOf(base.tokens, last.tokens).flatMap((line) => {
    const holder = holderOf(base.outline, line);
    return holder && touched.has(holder.name) ? [{ file: basePath, line, function: holder.name }] : [];
  });
  return { ...made, change, functions, structs, macros, unreadable };
}

const holderOf = ({ functions }: Outline, line: number): OutlineFunction | undefined =>
  functions.find((one) => one.startLine <= line && line <= one.endLine);

/** Undefined where no token differs. patchesOf: which patches changed a name. */
function compare(
  path: string,
  before: { version: Version; path: string },
  after: Version,
  patchesOf: (pick: (step: FileStep) => { name: string }[], name: string) => number[],
): Omit<FileStep, 'patch'> | undefined {
  const made = compareOutlines(before.version.outline, after.outline);
  if (made.functions.length + made.structs.length + made.macros.length === 0 && !made.rest) return undefined;
  const macros = compareMacros(before.version.macros, after.macros);
  const config = macros.filter(({ kind, change }) => kind !== 'export' && change !== 'removed');
  return {
    change: { path, outline: made, config: config.map(({ symbol }) => symbol) },
    functions: made.functions.map((one) => ({
      ...one,
      file: path,
      patches: patchesOf((step) => step.functions, one.name),
      ...sidesOf(one, before, { version: after, path }),
    })),
    structs: made.structs.map((one) => ({ ...one, file: path, patches: patchesOf((step) => step.structs, one.name) })),
    config: [],
    macros,
  };
}

/** The definitions before and after; of several of one name those that are not on the other side as well. */
function sidesOf(
  { name, status, startLine }: NamedChange,
  before: { version: Version; path: string },
  after: { version: Version; path: string },
): Pick<FunctionDelta, 'before' | 'after'> {
  const side = (
    { version, path }: { version: Version; path: string },
    made: OutlineFunction | undefined,
  ): FunctionSide | undefined => (made === undefined ? undefined : { version, path, made });
  const named = ({ version }: { version: Version }): OutlineFunction[] =>
    version.outline.functions.filter((one) => one.name === name);
  const [old, now] = [named(before), named(after)];
  const fresh = (these: OutlineFunction[], others: OutlineFunction[]): OutlineFunction | undefined =>
    these.find((one) => !others.some((other) => other.bodyHash === one.bodyHash)) ?? these[0];
  const from = status === 'removed' ? old.find((one) => one.startLine === startLine) : fresh(old, now);
  const to = status === 'removed' ? undefined : (now.find((one) => one.startLine === startLine) ?? fresh(now, old));
  const [left, right] = [side(before, from), side(after, to)];
  return { ...(left === undefined ? {} : { before: left }), ...(right === undefined ? {} : { after: right }) };
}

/** What the parser cannot read outside of functions, where a line changed; of functions see FunctionReader. */
function unreadableOf(path: string, { tokens, outline }: Version, lines: readonly { line: number }[]): Unreadable[] {
  if (tokens === undefined) return [];
  return outline.unreadable.flatMap(({ startLine, endLine, why }) => {
    const hit = outline.failed || lines.some(({ line }) => startLine <= line && line <= endLine);
    return hit ? [{ path, why: `${why} (lines ${startLine} to ${endLine})` }] : [];
  });
}

function ofKconfig(history: FileHistory): FileSemantics {
  const { path } = history;
  const made = nothing(path);
  let before = history.base ?? '';
  for (const { patch, text } of history.versions) {
    const config = changedSymbols(path, before, text ?? '').map((one) => ({ ...one, patches: [patch] }));
    const change = { path, config: config.map(({ symbol }) => symbol) };
    if (config.length > 0) made.steps.push({ patch, change, config, functions: [], structs: [], macros: [] });
    before = text ?? '';
  }
  made.config = changedSymbols(path, history.base ?? '', before).map((one) => {
    const patches = made.steps.filter((step) => step.change.config.includes(one.symbol)).map((step) => step.patch);
    return { ...one, patches };
  });
  if (made.config.length > 0) made.change = { path, config: made.config.map((one) => one.symbol) };
  return made;
}

function changedSymbols(file: string, before: string, after: string): Omit<ChangedConfig, 'patches'>[] {
  const old = kconfigSymbols(before);
  const now = kconfigSymbols(after);
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((symbol) => {
    if (old.get(symbol) === now.get(symbol)) return [];
    const kind: ChangeStatus = !old.has(symbol) ? 'added' : !now.has(symbol) ? 'removed' : 'changed';
    return [{ symbol, kind, file }];
  });
}

/** Makefiles, assembly, anything else in scope: every touch counts. */
function ofText(history: FileHistory): FileSemantics {
  const change: FileChange = { path: history.path, config: [] };
  const steps = history.versions.map(({ patch }) => ({
    patch,
    change,
    functions: [],
    structs: [],
    config: [],
    macros: [],
  }));
  return { ...nothing(history.path), change, steps };
}
