// SPDX-License-Identifier: GPL-2.0-or-later
// The values that the simulator hands on: what one scenario did on one image.
import type { ConfigName, SourcePosition } from '../kernel/values.ts';
import type { ObjectCount } from '../machine/values.ts';

export type { ObjectCount } from '../machine/values.ts';

import type { Replay } from './ground-truth/values.ts';

/** One broken invariant at one step. */
export interface Violation {
  /** Id of the invariant, e.g. "walk-complete". */
  invariant: string;
  severity: 'violation' | 'warning';
  /** Index of the step after which it was seen, from 0; the step's text is in the run. */
  step: number;
  /** Evidence in a reviewer's words. Deterministic: no raw addresses of objects. */
  evidence: string;
  where: SourcePosition[];
  /** Equal for the same fault in base and patched: invariant and the evidence's shape without numbers. */
  signature: string;
  /** Names of modelled functions it rests on; not empty makes it a warning at most. */
  modelled: string[];
}

export interface Run {
  scenario: string;
  config: ConfigName;
  /** The step texts as executed, one line each. */
  steps: string[];
  violations: Violation[];
  marks: { name: string; step: number; objects: ObjectCount[] }[];
  /** Why the scenario could not be judged: unmodelled function, unexpected errno, cap. Undefined = judged. */
  inconclusive?: string;
  /** Why the scenario does not concern this image: a feature that the tree lacks, another configuration. Not judged,
   *  and not inconclusive either. */
  skipped?: string;
  /** Rmap visits per walk: how many walks, visits in all, worst single walk. */
  walks: { count: number; visits: number; worst: number };
  /** Ids of executed basic blocks, as [from, to) ranges, ascending. */
  blocks: [number, number][];
  /** What a replay of a measured history counted and saw; such a run checks no invariants. */
  replay?: Replay;
  /** Milliseconds; not part of any deterministic output. */
  elapsedMs: number;
}
