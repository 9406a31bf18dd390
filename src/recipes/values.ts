// SPDX-License-Identifier: GPL-2.0-or-later
// The values of the recipes room: how a recipe says what to change in a tree that it does not quote.
// A recipe holds names and small tokens of the tree and text of our own, never text of the tree.

/** One pattern or several for the eras of the kernel; any of them counts. */
export type Words = string | string[];

/**
 * Names statements of a function: those whose own tokens (for a compound one its header) hold the pattern's tokens in a row.
 * Without `of` exactly one statement must match; with it exactly `of` must, and `nth` (from 1) is meant.
 */
export type Pattern = Words | { has: Words; nth?: number; of?: number; inside?: Words };

/** Where an edit is made. The first path of `in` that exists and, where named, holds the function. */
interface Place {
  in: Words;
}
interface InFunction extends Place {
  function: Words;
}

export interface Drop extends InFunction {
  /** The statement goes, a compound one with everything in it. */
  drop: Pattern;
  /** The comment directly above goes, too. */
  comment?: true;
}
export interface Duplicate extends InFunction {
  duplicate: Pattern;
}
export interface Negate extends InFunction {
  /** The condition of this if or loop is negated. */
  negate: Pattern;
}
export interface Swap extends InFunction {
  swap: [Pattern, Pattern];
}
export interface Move extends InFunction {
  move: Pattern;
  before?: Pattern;
  after?: Pattern;
}
export interface Insert extends InFunction {
  /** Text of our own; two leading spaces stand for one tab. <name> stands for a name of the recipe. */
  insert: string;
  before?: Pattern;
  after?: Pattern;
  /** At the start of the body of this compound statement, after its declarations. */
  into?: Pattern;
  /** At the start of the function, after its declarations. */
  start?: true;
}
export interface Replace extends InFunction {
  /** A token sequence in the tokens of statements. */
  replace: Words;
  by: string;
  /** Only in this statement; without it in all of the function. */
  where?: Pattern;
  /** How often the sequence must be there; 1 if not said. */
  times?: number;
}
export interface Instead extends InFunction {
  /** The statement becomes this text; <statement> in it stands for the statement as it was. */
  instead: string;
  of: Pattern;
}
export interface Extract extends InFunction {
  /** First and last statement, neighbours in one block, that move into a new function above. */
  extract: [Pattern, Pattern];
  /** "static void name(struct x *y)". Its parameters carry the names used in the statements. */
  signature: string;
  /** What stands in their place: "name(y);". */
  call: string;
  /** Comment of the new function, without the comment signs. */
  about?: string;
}
export interface InlineLocal extends InFunction {
  /** A local variable, set once where it is declared, gives way to its value. */
  inline: string;
}
export interface Define extends InFunction {
  /** A function or declaration of our own, placed above the function. */
  define: string;
}
export interface Rename extends Place {
  /** A name with all its uses in the file, comments included; the new name must be new there. */
  rename: string;
  to: string;
}
export interface Member extends Place {
  struct: string;
  /** A member of our own, added as the last one. */
  member: string;
}
export interface Create extends Place {
  create: string;
}
export interface Append extends Place {
  append: string;
}
export interface BeforeLast extends Place {
  /** The last line that reads exactly so; the text goes above it. */
  beforeLast: string;
  add: string;
}
export interface Either {
  /** Ways for the eras of the kernel; exactly one of them must fit. */
  either: Edit[][];
}

export type FileEdit = Rename | Member | Create | Append | BeforeLast;
export type FunctionEdit =
  | Drop
  | Duplicate
  | Negate
  | Swap
  | Move
  | Insert
  | Replace
  | Instead
  | Extract
  | InlineLocal
  | Define;
export type Edit = FunctionEdit | FileEdit | Either;

export interface RecipePatch {
  title: string;
  message: string;
  edits: Edit[];
}

/** `wrong` and `control` plant a bug, `correct` does not, `example` is for demonstrations. */
export type RecipeKind = 'example' | 'wrong' | 'correct' | 'control';

export interface Recipe {
  /** kebab-case; unique among all recipes. */
  name: string;
  kind: RecipeKind;
  about: string;
  /** Semantic area (an id of rules/), for controls and where it helps. */
  area?: string;
  /** The kernel that it is written for, such as 7.2, where it need not fit others. */
  version?: string;
  /** By kernel version, why a wrong change is not found there: a known limit, and a test sees to it that it still is one. */
  missed?: Record<string, string>;
  /** Invariants of which at least one must trip; empty for a correct change. */
  invariants: string[];
  /** Number of the patch that brings the bug, from 1; present exactly where the recipe plants one. */
  firstBad?: number;
  /** A history, in plain words, that shows the bug. */
  history?: string;
  /** What the scenarios must have beyond mmap, faults, fork, mprotect, mremap, munmap and exit: "swap", "ksm", ... */
  needs: string[];
  /** Names that differ between eras: <key> in texts becomes the one that the edited file has. */
  names: Record<string, string[]>;
  cover?: { title: string; text: string };
  patches: RecipePatch[];
}

/** One patch of an applied recipe: the files that it changes, with their content after it. */
export interface RecipeFiles {
  title: string;
  message: string;
  files: Map<string, string>;
}

export interface AppliedRecipe {
  patches: RecipeFiles[];
}

/** Reads a file of the tree; undefined where the tree does not have it. */
export type ReadFile = (path: string) => string | undefined;

/** A control as planted: switched on at run time by its number. */
export interface PlantedControl {
  id: string;
  number: number;
  area: string;
  /** The invariants of which at least one must trip. */
  invariants: string[];
}
