// SPDX-License-Identifier: GPL-2.0-or-later
// What the review needs of the other rooms, and nothing more. The real ones are in real-rooms.ts; tests give their own.
import type { BuildFailure, ConfigName, Image, StructLayout } from '../kernel/values.ts';
import type { SemanticDiff } from '../semantics/values.ts';
import type { Series } from '../series/values.ts';
import type { Run } from '../simulator/values.ts';
import type { AppliedSeries, Overlay, SourceTree } from '../tree/values.ts';
import type { ControlResult } from './values.ts';

/** A scenario as the review sees it. */
export interface ScenarioInfo {
  name: string;
  /** Ids of the areas that it exercises. */
  areas: string[];
  /** Its text, as a reader can run it again. */
  text: string;
  /** Number of steps: its share of the budget. */
  steps: number;
}

export interface BuildRequest {
  tree: SourceTree;
  overlay: Overlay;
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
  /** Version of everything that decides what a run says; part of the run cache's key. */
  simulatorVersion: string;
  applySeries(tree: SourceTree, series: Series, options: { base?: string }): Promise<AppliedSeries>;
  analyse(applied: AppliedSeries): Promise<SemanticDiff>;
  buildImage(request: BuildRequest): Promise<BuildResult>;
  layouts(image: Image): Promise<Record<string, StructLayout>>;
  /** By path; a file that the image does not contain is absent. */
  executedLines(image: Image, blocks: [number, number][], files: string[]): Promise<Map<string, FileLines>>;
  scenarios(): Promise<ScenarioInfo[]>;
  /** One fresh process per call. Scenarios that the image cannot have are answered as skipped. */
  runScenarios(image: Image, scenarios: ScenarioInfo[], options: { seed: number }): AsyncIterable<Run>;
  /** Positive controls: plants each area's known bug into the base and looks whether the scenarios see it. */
  controls(request: ControlRequest): Promise<ControlResult[]>;
}

export interface ControlRequest {
  tree: SourceTree;
  areas: { id: string; control?: string }[];
  scenarios: ScenarioInfo[];
  seed: number;
  jobs: number;
  onProgress?: (done: number, total: number) => void;
}
