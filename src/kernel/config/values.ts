// SPDX-License-Identifier: GPL-2.0-or-later
// The values inside the configuration room: parsed Kconfig, claims about what lies outside mm/, and the generated files.

/** n, m, y as kconfig orders them. */
export type Tristate = 0 | 1 | 2;

/** An expression of symbols and constants. */
export type Expr =
  | { op: 'symbol'; name: string }
  | { op: 'constant'; value: string }
  | { op: 'not'; of: Expr }
  | { op: 'and' | 'or'; of: Expr[] }
  | { op: '=' | '!=' | '<' | '<=' | '>' | '>='; left: Expr; right: Expr };

export type SymbolType = 'bool' | 'tristate' | 'string' | 'int' | 'hex';

/** A place in a Kconfig file. */
export interface Place {
  file: string;
  line: number;
}

/** One `config` entry. A symbol may have several. */
export interface Definition extends Place {
  name: string;
  type?: SymbolType;
  /** All conditions around and inside the entry that say when it exists at all. */
  depends: Expr[];
  /** `visible if` of the menus around it. */
  visible: Expr[];
  prompts: { text: string; condition?: Expr }[];
  defaults: { value: Expr; condition?: Expr }[];
  selects: { name: string; condition?: Expr }[];
  implies: { name: string; condition?: Expr }[];
  ranges: { low: Expr; high: Expr; condition?: Expr }[];
  /** Index into Kconfig.choices. */
  choice?: number;
  modules: boolean;
  transitional: boolean;
}

/** A `choice` block. */
export interface Choice extends Place {
  depends: Expr[];
  visible: Expr[];
  prompts: { text: string; condition?: Expr }[];
  defaults: { value: Expr; condition?: Expr }[];
  optional: boolean;
  members: string[];
}

/** A `$(...)` that would run a program of the host: answered from a table, never executed. */
export interface MacroUse extends Place {
  macro: string;
  answer: string;
}

export interface Kconfig {
  definitions: Definition[];
  choices: Choice[];
  /** Macros that the answers table did not know. */
  unanswered: MacroUse[];
  /** Files read, in order. */
  files: string[];
}

/** What we say about one symbol, with the reason. */
export interface Claim {
  is: string;
  /** Kconfig expression; the claim holds only where it is not n. */
  if?: string;
  /** Selected by an entry outside the parsed files; all of arch.yaml is. */
  selected?: boolean;
  why: string;
}

export interface GeneratedFiles {
  /** Relative path below the generated include directory -> content. */
  files: Map<string, string>;
  /** Symbols that are on or have a value, without CONFIG_: "y", a number, or the text of a string. */
  symbols: Map<string, string>;
  /** Symbols with a prompt or without that the overlay adds to the base. */
  newSymbols: string[];
  unanswered: { macro: string; file: string; line: number }[];
  /** New symbols that the series has x86 select but that stay off, as the series changes code of arch/x86 too. */
  notSelected: string[];
  /** Feature names that the tree has, kebab-case. */
  features: Set<string>;
  /** Symbols that the Kconfig files refer to and nobody defines or claims: taken as n, as kconfig does. */
  unclaimed: string[];
}
