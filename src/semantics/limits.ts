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
  /** Bytes of one rule file. */
  ruleBytesMax: 256 * 1024,
  /** Rule files in one folder. */
  ruleFilesMax: 500,
} as const;
