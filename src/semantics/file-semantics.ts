// SPDX-License-Identifier: GPL-2.0-or-later
// The history of one file in scope -> what changed in it, for the whole series and patch by patch.

import type { FileChange } from './areas.ts';
import { changedLinesOf } from './changed-lines.ts';
import { compareOutlines, type NamedChange } from './compare.ts';
import type { FileHistory } from './history.ts';
import { kconfigSymbols } from './kconfig.ts';
import { type Outline, type OutlineFunction, outline } from './outline.ts';
import { type Tokens, tokenize, tokenLines } from './tokens.ts';
import type {
  ChangedConfig,
  ChangedFunction,
  ChangedLine,
  ChangedStruct,
  ChangeStatus,
  FileKind,
  Unreadable,
} from './values.ts';

export interface FileSemantics {
  /** Undefined where no token of the file changed. */
  change?: FileChange;
  steps: { patch: number; change: FileChange }[];
  functions: ChangedFunction[];
  structs: ChangedStruct[];
  config: ChangedConfig[];
  changedLines: ChangedLine[];
  unreadable: Unreadable[];
}

const NOTHING: Outline = { functions: [], structs: [], macros: [], unreadable: [], restHash: '' };
const SWITCH = /\b(DEFINE_STATIC_KEY\w*|early_param|__setup|core_param|module_param\w*) \( "?(\w+)/;

const nothing = (): FileSemantics => ({
  steps: [],
  functions: [],
  structs: [],
  config: [],
  changedLines: [],
  unreadable: [],
});

/** In: a file in scope and its kind. */
export function fileSemantics(history: FileHistory, kind: FileKind): FileSemantics | Promise<FileSemantics> {
  if (kind === 'kconfig') return ofKconfig(history);
  if (/\.[ch]$/.test(history.path)) return ofC(history);
  return ofText(history);
}

/** One version of a C file, read without the parser. */
interface Version {
  patch: number;
  tokens: Tokens | undefined;
  outline: Outline;
}

async function ofC(history: FileHistory): Promise<FileSemantics> {
  const made = nothing();
  const base = await versionOf(0, history.base);
  const versions: Version[] = [];
  for (const { patch, text } of history.versions) versions.push(await versionOf(patch, text));
  for (const [i, { patch, outline: after }] of versions.entries()) {
    const change = changeOf(history.path, (versions[i - 1] ?? base).outline, after);
    if (change !== undefined) made.steps.push({ patch, change });
  }
  const last = versions.at(-1) ?? base;
  const whole = changeOf(history.path, base.outline, last.outline);
  if (whole?.outline === undefined) {
    // A file that only moved, came empty or went empty is still built, or not built, elsewhere.
    if (history.status !== 'modified') made.change = { path: history.path, config: [] };
    return made;
  }
  made.change = whole;
  const { functions, structs } = whole.outline;
  const lines = changedLinesOf(base.tokens, versions);
  const unreadable = await unreadableOf(history.path, base.outline, last, lines);
  const unread = new Set(unreadable.map((one) => one.function));
  const patchesOf = (pick: (change: FileChange) => NamedChange[], name: string): number[] =>
    made.steps.filter((step) => pick(step.change).some((one) => one.name === name)).map((step) => step.patch);
  for (const one of functions) {
    const patches = patchesOf((change) => change.outline?.functions ?? [], one.name);
    const bad = last.outline.failed || base.outline.failed || (unread.has(one.name) && one.status !== 'removed');
    made.functions.push({ ...one, file: history.path, patches, ...(bad ? { unreadable: true } : {}) });
  }
  for (const one of structs) {
    const patches = patchesOf((change) => change.outline?.structs ?? [], one.name);
    made.structs.push({ ...one, file: history.path, patches });
  }
  made.changedLines = lines.map(({ line, patch }) => {
    const holder = last.outline.functions.find((one) => one.startLine <= line && line <= one.endLine);
    return { file: history.path, line, patch, ...(holder === undefined ? {} : { function: holder.name }) };
  });
  made.unreadable = unreadable;
  whole.config = switchesOf(last.tokens, lines);
  return made;
}

async function versionOf(patch: number, text: string | null): Promise<Version> {
  if (text === null) return { patch, tokens: undefined, outline: NOTHING };
  const tokens = tokenize(text);
  return { patch, tokens, outline: await outline(text, { tokens, parse: () => false }) };
}

function changeOf(path: string, before: Outline, after: Outline): FileChange | undefined {
  const change = compareOutlines(before, after);
  const { functions, structs, macros, rest } = change;
  if (functions.length + structs.length + macros.length === 0 && !rest) return undefined;
  return { path, outline: change, config: [] };
}

/** What the parser cannot read of functions that changed, and of changed lines outside of functions. */
async function unreadableOf(
  path: string,
  base: Outline,
  last: Version,
  lines: readonly { line: number }[],
): Promise<Unreadable[]> {
  if (last.tokens === undefined) return [];
  const known = new Set(base.functions.map((one) => one.bodyHash));
  const parse = (made: OutlineFunction): boolean => !known.has(made.bodyHash);
  const { unreadable, failed } = await outline(last.tokens.source, { tokens: last.tokens, parse });
  return unreadable.flatMap(({ name, startLine, endLine, why }) => {
    if (name !== undefined) return [{ path, function: name, why }];
    const hit = failed || lines.some(({ line }) => startLine <= line && line <= endLine);
    return hit ? [{ path, why: `${why} (lines ${startLine} to ${endLine})` }] : [];
  });
}

/** Static keys, boot and module parameters on changed lines. */
function switchesOf(tokens: Tokens | undefined, lines: readonly { line: number }[]): string[] {
  const text = tokens === undefined ? [] : tokenLines(tokens);
  const names = lines.flatMap(({ line }) => {
    const match = SWITCH.exec(text[line - 1] ?? '');
    return match === null ? [] : [match[2] as string];
  });
  return [...new Set(names)];
}

function ofKconfig(history: FileHistory): FileSemantics {
  const made = nothing();
  let before = history.base ?? '';
  for (const { patch, text } of history.versions) {
    const symbols = changedSymbols(before, text ?? '').map((one) => one.symbol);
    if (symbols.length > 0) made.steps.push({ patch, change: { path: history.path, config: symbols } });
    before = text ?? '';
  }
  const whole = changedSymbols(history.base ?? '', before);
  made.config = whole.map(({ symbol, kind }) => {
    const patches = made.steps.filter((step) => step.change.config.includes(symbol)).map((step) => step.patch);
    return { symbol, kind, file: history.path, patches };
  });
  if (whole.length > 0) made.change = { path: history.path, config: whole.map((one) => one.symbol) };
  return made;
}

function changedSymbols(before: string, after: string): { symbol: string; kind: ChangeStatus }[] {
  const old = kconfigSymbols(before);
  const now = kconfigSymbols(after);
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((symbol) => {
    if (old.get(symbol) === now.get(symbol)) return [];
    return [{ symbol, kind: !old.has(symbol) ? 'added' : !now.has(symbol) ? 'removed' : 'changed' }];
  });
}

/** Makefiles, assembly, anything else in scope: every touch counts. */
function ofText(history: FileHistory): FileSemantics {
  const change: FileChange = { path: history.path, config: [] };
  return { ...nothing(), change, steps: history.versions.map(({ patch }) => ({ patch, change })) };
}
