// SPDX-License-Identifier: GPL-2.0-or-later
// What the review needs of the other rooms, and nothing more. The real ones are in real-rooms.ts; tests give their own.
import type { NarrowLayouts } from '../kernel/layouts-32.ts';
import type { BuildFailure, ConfigName, Image, StructLayout } from '../kernel/values.ts';
import type { SemanticDiff } from '../semantics/values.ts';
import type { Series } from '../series/values.ts';
import type { Scenario } from '../simulator/index.ts';
import type { Run } from '../simulator/values.ts';
import type { AppliedSeries, NeededPatches, Overlay, SourceTree } from '../tree/values.ts';

import type { ShrinkRequest, Shrunk } from './shrunk.ts';
import type { WorkloadInfo } from './workloads.ts';

/** A scenario as the review sees it. */
export interface ScenarioInfo {
  name: string;
  /** Ids of the areas that it exercises. */
  areas: string[];
  /** Its text, as a reader can run it again. */
  text: string;
  /** Number of steps: its share of the budget. */
  steps: number;
  /** It has threads; and how many of their schedules are to be tried, once that is decided. */
  threads?: boolean;
  schedules?: number;
}

export interface BuildRequest {
  tree: SourceTree;
  overlay: Overlay;
  /** The part of the overlay that is the prerequisites'. */
  base?: Overlay;
  config: ConfigName;
  variant: string;
  jobs: number;
  /** Units compiled and units to compile. */
  onProgress?: (done: number, total: number) => void;
}

export type BuildResult = { image: Image } | { failure: BuildFailure };

/** Lines of one file that became code, and those that ran. */
export interface FileLines {
  executable: ReadonlySet<number>;
  executed: ReadonlySet<number>;
}

export interface Rooms {
  /** Version of everything of ours that decides what a run says or a control is; part of every cache key. */
  programVersion: string;
  applySeries(tree: SourceTree, series: Series, options: ApplyWhere): Promise<AppliedSeries>;
  /** True where the tree has a file at the path; asked only for paths that a series names. */
  hasFile(tree: SourceTree, path: string): boolean;
  analyse(applied: AppliedSeries): Promise<SemanticDiff>;
  /** Says that something of the tree will probably be built. */
  warm?(tree: SourceTree, jobs: number): void;
  buildImage(request: BuildRequest): Promise<BuildResult>;
  layouts(image: Image): Promise<Record<string, StructLayout>>;
  /** Layouts for 32 bits, or why there are none. In: what lies over the tree, and under the series. */
  narrowLayouts(tree: SourceTree, overlay: Overlay, under: Overlay): Promise<NarrowLayouts>;
  /** By path; a file that the image does not contain is absent. */
  executedLines(image: Image, blocks: [number, number][], files: string[]): Promise<Map<string, FileLines>>;
  /** Executed lines of some files, by scenario and file. In: executed blocks by scenario, packed. */
  executedByRun(
    image: Image,
    runs: ReadonlyMap<string, string>,
    files: string[],
  ): Promise<Map<string, Map<string, ReadonlySet<number>>>>;
  /** Files of the image that include a header themselves, by header. In: what lies over the tree. */
  includers(image: Image, tree: SourceTree, overlay: Overlay, headers: string[]): Promise<Map<string, string[]>>;
  /** Who calls whom, and who takes whose address, by name. In: what lies over the tree that the image was made of. */
  callGraph(image: Image, tree: SourceTree, overlay: Overlay): Promise<Record<string, string[]>>;
  scenarios(): Promise<ScenarioInfo[]>;
  /** Workloads whose memory is part of every review, at a scale that takes less than a second; none if not given. */
  workloads?(): Promise<WorkloadInfo[]>;
  /** Generated histories that look for the lines of files, as what an image can run like a scenario. */
  search?(image: Image, lines: ReadonlyMap<string, ReadonlySet<number>>, options: SearchOptions): Promise<ScenarioInfo>;
  /** A generated history as a scenario of the review. */
  scenarioInfo?(scenario: Scenario): ScenarioInfo;
  /** Makes scenarios smaller that show a finding; without it they stay as they are. To be closed. */
  shrinker?(): {
    shrink(scenario: ScenarioInfo, request: ShrinkRequest): Promise<Shrunk | undefined>;
    close(): void;
  };
  /** Fresh processes at each call. Scenarios that the image cannot have are answered as skipped. */
  runScenarios(image: Image, scenarios: ScenarioInfo[], options: RunSettings): AsyncIterable<Run>;
  /** Plants the named control bugs, dormant, into a tree with files laid over it. */
  plantControls(tree: SourceTree, ids: string[], under: Overlay): Promise<Planted>;
}

export interface SearchOptions {
  name: string;
  seed: number;
  histories: number;
}

export interface ApplyWhere {
  base?: string;
  /** To be applied first. */
  prerequisites?: readonly NeededPatches[];
}

export interface RunSettings {
  seed: number;
  /** Processes at a time. */
  jobs: number;
  /** Number of the planted control to switch on; 0 or absent: none. */
  plant?: number;
  /** The one schedule to replay in a scenario with threads. */
  schedule?: string;
}

/** A tree with control bugs that sleep until a run switches one on. */
export interface Planted {
  overlay: Overlay;
  controls: { id: string; number: number; invariants: string[] }[];
  /** Controls that could not be planted into this tree. */
  unfit: { id: string; reason: string }[];
}
