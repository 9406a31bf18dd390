// SPDX-License-Identifier: GPL-2.0-or-later
// What the laboratory hands on: one design in one history.
import type { Picture } from '../simulator/picture-values.ts';
import type { DesignInfo, OperationCost, OperationKind, OptionValues } from './values.ts';

/** Numbers of one kind over many walks. */
export interface Spread {
  mean: number;
  /** Of a hundred walks, 99 need no more. */
  p99: number;
  worst: number;
}

export interface WalkCosts {
  walks: number;
  /** VMAs shown to the callback. */
  visits: Spread;
  /** Objects of the reverse map looked at, those VMAs included. */
  objects: Spread;
}

/** What happened since the mark before. */
export interface Epoch {
  costs: Record<OperationKind, OperationCost>;
  walks: WalkCosts;
  /** The lock that was held over most objects; absent where none was taken. */
  longestHold?: { lock: string; objects: number };
}

export interface LabObject {
  object: string;
  live: number;
  /** Bytes of one. */
  size: number;
}

export interface LabMark extends Epoch {
  /** A workload's mark; for a scenario "most": each object at its highest number. */
  name: string;
  /** VMAs in address spaces. Others, that a design pins, are objects too. */
  vmas: number;
  objects: LabObject[];
  /** Of all these objects, VMAs included. */
  bytes: number;
  bytesPerVma: number;
}

export interface LabViolation {
  invariant: string;
  evidence: string;
  /** The step after which it was seen. */
  step: string;
  /** A command that shows it again. */
  reproducer: string;
  /** Steps up to it; for a workload its marks. */
  steps: string[];
}

/** One design in one history. */
export interface LabRun {
  design: string;
  options: OptionValues;
  history: string;
  /** Of a workload. */
  scale?: number;
  marks: LabMark[];
  violations: LabViolation[];
  /** Why the history could not be judged, and what in it no design models. */
  inconclusive?: string;
  unmodelled: Record<string, number>;
  /** The world when most VMAs were there, or after the step that broke. */
  picture?: Picture;
}

export interface LabReport {
  schema: 'rmapbot.lab/1';
  designs: (DesignInfo & { chosen: OptionValues })[];
  /** History by history, each in all designs. */
  runs: LabRun[];
}
