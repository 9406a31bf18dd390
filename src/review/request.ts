// SPDX-License-Identifier: GPL-2.0-or-later
// What a caller asks of the review room.
import type { Prerequisites, Series } from '../series/values.ts';
import type { SourceTree } from '../tree/values.ts';

/** What the review is doing now, for a terminal. */
export interface Progress {
  phase: string;
  done?: number;
  total?: number;
}

export interface ReviewRequest {
  series: Series;
  /** What was found of the series that it needs; without it nobody has looked. */
  prerequisites?: Prerequisites;
  /** Other series found in the same input, as `--series` would name them. */
  others: string[];
  tree: SourceTree;
  /** What reading the input brought up, one line each; goes into the review's notes. */
  notes: string[];
  /** Revision to apply to, where the tree has revisions. */
  base?: string;
  toolVersion: string;
  seed: number;
  /** Processes at a time. */
  jobs: number;
  /** Steps of scenarios, all images together. */
  budget: number;
  timeCapMs: number;
  /** Histories to generate beside the scenarios; none if not given. */
  histories?: number;
  /** Glob on scenario names; without it all are run. */
  scenarios?: string;
  onProgress?: (progress: Progress) => void;
  /** Folder for cached runs; without it none are kept. */
  cacheDir?: string;
  /** Milliseconds; tests give their own clock. */
  now?: () => number;
}
