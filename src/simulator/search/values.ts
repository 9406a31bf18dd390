// SPDX-License-Identifier: GPL-2.0-or-later
// A search for histories that break something: what it is asked for, and what it found.
import type { FlatStep, Scenario } from '../grammar/values.ts';
import type { Violation } from '../values.ts';

/** Ids as [from, to) ranges, ascending. */
export type Ranges = [number, number][];

export interface SearchRequest {
  /** Equal requests give equal results. */
  seed: number;
  /** Histories to run. */
  histories: number;
  /** Basic blocks worth reaching; every block counts, but less, where others are given. */
  targets?: Ranges;
  /** Blocks that are known to be reached: nothing new. */
  seen?: Ranges;
  /** Histories that brought something new before, to go on from. */
  corpus?: FlatStep[][];
}

/** A history that broke something, with what it broke that no history before it did. */
export interface Found {
  scenario: Scenario;
  violations: Violation[];
}

export interface SearchResult {
  histories: number;
  /** Steps executed in all. */
  steps: number;
  found: Found[];
  /** Histories that could not be judged: why, how many, and the first of them. */
  unjudged: { reason: string; count: number; first: Scenario }[];
  /** Histories that executed blocks which none before them did. */
  corpus: FlatStep[][];
  /** All blocks executed. */
  blocks: Ranges;
}
