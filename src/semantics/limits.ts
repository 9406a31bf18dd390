// SPDX-License-Identifier: GPL-2.0-or-later
// Bounds of the semantics room. C code and rules come from strangers: each bound says what happens at it.

export const limits = {
  /** A larger C file is not parsed but reported unreadable; the largest of mm/ has 0.25 MB. */
  sourceBytesMax: 1024 * 1024,
  /** Brackets nested deeper than this make a file unreadable; kernel code stays under 20. */
  nestingMax: 400,
  /** Steps that the parser may report on one file before it is stopped; 0.25 MB of kernel code take about 2,500. */
  parseStepsMax: 200_000,
  /** Places of one file where the parser fails that are told apart; the last stands for the rest of the file. */
  errorsMax: 50,
  /** Differing lines of one file up to which lines are matched one by one; beyond, the whole span counts as changed. */
  differingLinesMax: 3_000,
  /** Sum of products of lengths up to which functions are compared token by token in order; 0.5 s. */
  alikeCellsMax: 100_000_000,
  /** Functions of each kind that are matched with each other; a series moves some dozens. */
  matchedFunctionsMax: 200,
  /** Likeness from which one name in two files is one function that moved. */
  movedAlike: 0.3,
  /** Likeness from which two names are one function; below this many tokens only equal bodies are. */
  renamedAlike: 0.6,
  renamedTokensMin: 20,
  /** Likeness from which a function is worth naming as the closest one. */
  closestAlike: 0.4,
  /** Members of one path a->b->c that are followed; the kernel writes at most six. */
  fieldPathMax: 30,
  /** Characters kept of a condition's text. */
  conditionMax: 80,
  /** Bytes of one rule file. */
  ruleBytesMax: 256 * 1024,
  /** Rule files in one folder. */
  ruleFilesMax: 500,
} as const;
