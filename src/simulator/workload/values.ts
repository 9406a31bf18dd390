// SPDX-License-Identifier: GPL-2.0-or-later
// A workload as written, and what one run of it found. Plain values: they travel to the worker process and back.
import type { LockUse } from '../../machine/values.ts';
import type { FileDeclaration, MapFlag, Source } from '../grammar/values.ts';

/** Whole numbers, parameters and repeat variables under + - * / %; division rounds down. */
export type Expr = number | { name: string } | { op: '+' | '-' | '*' | '/' | '%'; left: Expr; right: Expr };

/** `C{i}`: the i-th of a family of processes or regions; `P` has no index. */
export interface Indexed {
  base: string;
  index?: Expr;
}

/** `lib{i}+2` */
export interface WorkPlace {
  region: Indexed;
  page: Expr;
}

/** Pages from the place's on; without a count, the whole region from there. */
export interface WorkRange {
  place: WorkPlace;
  count?: Expr;
}

export type WorkAction =
  | {
      op: 'mmap';
      place: WorkPlace;
      pages: Expr;
      prot: string;
      share: 'private' | 'shared';
      source: Source;
      offset: Expr;
      flags: MapFlag[];
    }
  | { op: 'munmap' | 'mlock' | 'munlock'; range: WorkRange }
  | { op: 'mprotect'; range: WorkRange; prot: string }
  | { op: 'madvise'; range: WorkRange; advice: string }
  | { op: 'mremap'; range: WorkRange; to?: WorkPlace; pages?: Expr; dontunmap: boolean }
  /** One access a page; with a percentage only to so many of them, evenly spread. */
  | { op: 'write' | 'read'; range: WorkRange; percent?: Expr }
  | { op: 'fork'; child: Indexed }
  | { op: 'exec' }
  | { op: 'exit' };

export type WorkStep =
  | { kind: 'action'; process: Indexed; action: WorkAction; text: string; at: string }
  | { kind: 'mark'; name: string; at: string }
  | { kind: 'quiesce'; at: string }
  | { kind: 'repeat'; times: Expr; as: string; steps: WorkStep[]; at: string };

export interface WorkRegion {
  name: string;
  /** How many of it there are, and the pages of each; `gap` pages stay free behind each. */
  count: Expr;
  pages: Expr;
  gap: Expr;
  at: string;
}

/** A number that the scale multiplies, or one that it leaves alone. */
export interface WorkParameter {
  name: string;
  about: string;
  value: number;
  /** Undefined: the same at every scale. Else the least that a small scale leaves. */
  least?: number;
}

export interface Workload {
  /** Kebab-case id, never renamed. */
  name: string;
  /** One line: what it stands for. */
  about: string;
  areas: string[];
  /** Where its make-up comes from. */
  sources: { fact: string; from: string }[];
  parameters: WorkParameter[];
  files: (Omit<FileDeclaration, 'pages'> & { pages: Expr; at: string })[];
  regions: WorkRegion[];
  steps: WorkStep[];
}

/** A workload at a scale, as a scenario carries it. */
export interface ScaledWorkload {
  workload: Workload;
  scale: number;
}

/** Reverse-map walks from the folios of one kind. */
export interface LoadWalks {
  /** Walks made, and mapped folios of that kind that they stand for (an estimate where only some were walked). */
  walked: number;
  visits: number;
  worst: number;
  /** Basic blocks executed. */
  blocks: number;
}

export interface LoadObject {
  object: string;
  live: number;
  rcuPending: number;
  /** Bytes per object. */
  size: number;
}

/** The forks since the mark before. */
export interface LoadForks {
  count: number;
  /** Objects handed out inside them, by cache. */
  objects: Record<string, number>;
  pageTableBytes: number;
  blocks: number;
}

export interface LoadMark {
  name: string;
  processes: number;
  /** What is there beyond a machine without processes. */
  objects: LoadObject[];
  slabBytes: number;
  pageTableBytes: number;
  /** Folios of user data. */
  folios: number;
  /** Every so-manieth folio was walked. */
  walkedEvery: number;
  anonWalks: LoadWalks;
  fileWalks: LoadWalks;
  forks: LoadForks;
  /** Since the mark before. */
  locks: LockUse[];
  /** Steps of each kind since the mark before; accesses count by page. */
  operations: Record<string, number>;
  /** Why the invariants were not checked here. */
  notChecked?: string;
}

/** What a workload's run measured. */
export interface Load {
  scale: number;
  parameters: Record<string, number>;
  marks: LoadMark[];
}
