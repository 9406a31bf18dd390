// SPDX-License-Identifier: GPL-2.0-or-later
// The values that the semantics room hands on: what a series changes, said in functions, structs and areas.

export type ChangeStatus = 'added' | 'removed' | 'changed';

/** A function whose tokens differ before and after the series. A comment or white space is no difference. */
export interface ChangedFunction {
  name: string;
  file: string;
  status: ChangeStatus;
  /** Lines from 1, both included: in the final file, or in the base file where the function was removed. */
  startLine: number;
  endLine: number;
  /** Numbers of the patches that changed it on the way, ascending. */
  patches: number[];
  /** The parser could not read it (wholly): it is treated as changed. */
  unreadable?: true;
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
}
