// SPDX-License-Identifier: GPL-2.0-or-later
// The values that the simulator hands on: what one scenario did on one image.
import type { ConfigName, SourcePosition } from '../kernel/values.ts';
import type { ObjectCount, Origins } from '../machine/values.ts';
import type { Picture } from './picture-values.ts';

export type { ObjectCount } from '../machine/values.ts';

import type { Replay } from './ground-truth/values.ts';
import type { SearchResult } from './search/values.ts';
import type { Load } from './workload/values.ts';

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
  /** Stacks of what it conflicts with: where the other lock was taken. */
  stacks?: { what: string; where: SourcePosition[] }[];
  /** Equal for the same fault in base and patched: invariant and the evidence's shape without numbers. */
  signature: string;
  /** Names of modelled functions it rests on; not empty makes it a warning at most. */
  modelled: string[];
  /** Of an error of memory: who allocated and freed the object, innermost call first. */
  origins?: Origins;
  /** The world before and after the step, where it could be looked at: after a crash it cannot. */
  pictures?: { before?: Picture; after?: Picture };
}

/** One allocation of a step that was made to fail. */
export interface RefusedAllocation {
  step: number;
  /** Which of the step's allocations, from 1. */
  number: number;
  /** "anon_vma_chain in anon_vma_clone". */
  site: string;
  /** The error's name; absent where the step succeeded without it. */
  errno?: string;
}

export interface Run {
  scenario: string;
  config: ConfigName;
  /** The step texts as executed, one line each. */
  steps: string[];
  /**
   * What each step did, in prod only: one entry a step that was done. Keys: "allocated OBJECT", "freed OBJECT",
   * "lock CLASS (MODE)" (how often taken), "held CLASS (MODE)" (basic blocks of the tree executed under it), "nodes CLASS (MODE)" (nodes of
   * the trees of reverse-map walks touched under it), "faults", "copies", "blocks" (all basic blocks of the tree); and of the walks from every mapped folio that the checks made after it
   * "walks" and "visits". What did not occur is absent.
   */
  work?: Record<string, number>[];
  violations: Violation[];
  marks: { name: string; step: number; objects: ObjectCount[] }[];
  /** Allocations that were made to fail, in their order. */
  refusals?: RefusedAllocation[];
  /** What failed steps left behind: a finding only where the base, failed at the same place, does not leave it. */
  remnants?: Violation[];
  /** Why the scenario could not be judged: unmodelled function, unexpected errno, cap. Undefined = judged. */
  inconclusive?: string;
  /** Why the scenario does not concern this image: a feature that the tree lacks, another configuration. Not judged,
   *  and not inconclusive either. */
  skipped?: string;
  /** Rmap visits per walk: how many walks, visits in all, worst single walk. */
  walks: { count: number; visits: number; worst: number };
  /** Executed basic blocks, packed (blocks.ts). */
  blocks: string;
  /** What a replay of a measured history counted and saw; such a run checks no invariants. */
  replay?: Replay;
  /** What a workload's run measured at its marks. */
  load?: Load;
  /** What a search came upon; its own violations are no violations of this run. */
  search?: SearchResult;
  /** Milliseconds; not part of any deterministic output. */
  elapsedMs: number;
}
