// SPDX-License-Identifier: GPL-2.0-or-later
// The values that the semantics room hands on: what a series changes, said in functions, structs and areas.

export type ChangeStatus = 'added' | 'removed' | 'changed';

/** moved: the same name in another file. */
export type FunctionStatus = ChangeStatus | 'moved' | 'renamed';

/** What one function's own text does to the structs and locks of the reverse map; lists are sorted and unique. */
export interface FunctionFacts {
  /** Fields, as "vm_area_struct.anon_vma". */
  reads: string[];
  writes: string[];
  locks: LockFact[];
  /** Variables of slab caches, or "kmalloc", "pages". */
  allocates: string[];
  frees: string[];
  /** Functions and macros that it calls by name. */
  calls?: string[];
}

export interface LockFact {
  /** As "anon_vma (write)". */
  lock: string;
  does: 'takes' | 'tries' | 'drops' | 'asserts';
  /** The function or macro called. */
  with: string;
}

/** Another function that this one is, was, or is most like. */
export interface FunctionMatch {
  name: string;
  file: string;
  /** 0 to 1: twice the tokens in common, in order, over all tokens of both. */
  similarity: number;
}

/** A function whose tokens differ before and after the series. A comment or white space is no difference. */
export interface ChangedFunction {
  name: string;
  file: string;
  status: FunctionStatus;
  /** Lines from 1, both included: in the final file, or in the base file where the function was removed. */
  startLine: number;
  endLine: number;
  /** Numbers of the patches that changed it on the way, ascending. */
  patches: number[];
  /** The parser could not read it (wholly): it is treated as changed. */
  unreadable?: true;
  /** Of moved and renamed functions: what it was. */
  from?: FunctionMatch;
  /** Of added and removed ones: what is most like it on the other side, where something is. */
  closest?: FunctionMatch;
  /** Where it stands in the base, or in the tree before the patch; absent where it was added. */
  base?: { file: string; startLine: number; endLine: number };
  /** Absent where it was added, or cannot be read. */
  before?: FunctionFacts;
  /** Absent where it was removed, or cannot be read. */
  after?: FunctionFacts;
}

/** A struct or union whose members' tokens differ; lines as in ChangedFunction. */
export interface ChangedStruct {
  name: string;
  file: string;
  status: ChangeStatus;
  startLine: number;
  endLine: number;
  patches: number[];
}

export interface ChangedConfig {
  /** Without the CONFIG_ prefix. */
  symbol: string;
  kind: ChangeStatus;
  /** The Kconfig file that defines it. */
  file: string;
  patches: number[];
}

/** A static key, boot or module parameter on changed lines, beside the symbols of Kconfig. */
export interface ChangedSwitch {
  symbol: string;
  kind: 'static-key' | 'boot-parameter' | 'module-parameter';
  change: ChangeStatus;
  file: string;
  patches: number[];
}

export interface ChangedExport {
  symbol: string;
  change: ChangeStatus;
  /** The macro, as "EXPORT_SYMBOL_GPL"; null where it is not exported. */
  before: string | null;
  after: string | null;
  file: string;
  patches: number[];
}

/** What came along with the code, and what did not. */
export interface Companions {
  documentation: string[];
  tests: string[];
  /** One sentence each, as "changes anon_vma_clone, touches no test". */
  missing: string[];
}

/** What a path is to us; mm-source: C code of the memory management that our scope names. */
export type FileKind = 'mm-source' | 'header' | 'kconfig' | 'makefile' | 'documentation' | 'test' | 'other';

export interface ChangedFile {
  path: string;
  /** Only where the status is renamed. */
  oldPath?: string;
  status: 'added' | 'modified' | 'deleted' | 'renamed';
  kind: FileKind;
  patches: number[];
}

/** A line of a final file that differs from the base and carries C tokens (no comment, no blank). */
export interface ChangedLine {
  file: string;
  /** From 1, in the final file. */
  line: number;
  /** The patch that last wrote this line. */
  patch: number;
  /** The function that holds it, if one does. */
  function?: string;
  /** A statement begins on it: code is made of it wherever it is compiled. */
  statement?: true;
  /** Why it is an error path, in words; absent where it does not look like one. */
  errorPath?: string;
  /** The innermost condition of the preprocessor around it, as "ifdef CONFIG_KSM". */
  condition?: string;
}

/** A line of a function of the base that the series changes or removes, or beside which it adds. */
export interface BaseLine {
  file: string;
  line: number;
  function: string;
}

/** A semantic area (rules/*.yaml) that the series touches. */
export interface TouchedArea {
  id: string;
  name: string;
  /** One sentence each: what of the series matched. */
  why: string[];
  /** Ids of the invariants at stake. */
  invariants: string[];
  /** Changed functions that belong to it; ascending. */
  functions: string[];
  /** The planted bug that serves as the area's positive control; other-mm has none. */
  control?: string;
  about?: string;
  questions?: string[];
}

/** C that the parser could not read; the functions concerned count as changed. */
export interface Unreadable {
  path: string;
  function?: string;
  why: string;
}

export interface PatchSemantics {
  number: number;
  /** Names of the functions that this patch added, removed or changed. */
  functions: string[];
  /** Ids of the areas that this patch touches. */
  areas: string[];
  /** What it changes against the tree before it. */
  changes?: PatchChanges;
}

export interface PatchChanges {
  functions: ChangedFunction[];
  structs: ChangedStruct[];
  config: ChangedConfig[];
  switches: ChangedSwitch[];
  exports: ChangedExport[];
  companions: Companions;
}

/** What a series changes, for the whole and patch by patch. */
export interface SemanticDiff {
  functions: ChangedFunction[];
  structs: ChangedStruct[];
  config: ChangedConfig[];
  files: ChangedFile[];
  areas: TouchedArea[];
  changedLines: ChangedLine[];
  /** Nothing of the series can reach what we run. */
  outOfScope: boolean;
  /** One sentence: why it is out of scope, or what brought it into scope. */
  why: string;
  unreadable: Unreadable[];
  patches: PatchSemantics[];
  switches?: ChangedSwitch[];
  exports?: ChangedExport[];
  companions?: Companions;
  /** Where a run of the base touches what the series changes. */
  baseLines?: BaseLine[];
  /** Names of all functions that are entry points of the reverse map (rules: entry). */
  entryPoints?: string[];
}
