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
  /** In scenarios with threads: the schedule that shows it, to be replayed by `--schedule`. See explore/schedule.ts. */
  schedule?: string;
  /** Its turns in words: which thread ran, and where it stood when another one took over. */
  turns?: TurnText[];
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

/** One turn of a failing schedule. */
export interface TurnText {
  /** "a", "b", ...: the threads in the order of the block. */
  thread: string;
  /** Scheduling points that it passed. */
  points: number;
  /** Why it ended: it had to wait or was over, or another thread took over. */
  forced: boolean;
  /** Where it stood then, innermost first; not known where it was over. */
  where: SourcePosition[];
}

/** What the explorer did with a scenario's threads. */
export interface Exploration {
  /** The threads by letter: "a: P: munmap A". */
  threads: string[];
  /** Schedules run, and different ones among them by what happened at scheduling points. */
  schedules: number;
  different: number;
  /** Schedules by their kind; for those with one change of the running thread also how many there are. */
  unchanged: number;
  oneChange: number;
  oneChangeOf: number;
  more: number;
  random: number;
  /** Scheduling points of the longest schedule. */
  points: number;
  /** Processor milliseconds; not part of any deterministic output. */
  cpuMs: number;
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
  /** In scenarios with threads: how their interleavings were explored. */
  exploration?: Exploration;
  /** What a workload's run measured at its marks. */
  load?: Load;
  /** What a search came upon; its own violations are no violations of this run. */
  search?: SearchResult;
  /** Milliseconds; not part of any deterministic output. */
  elapsedMs: number;
}
