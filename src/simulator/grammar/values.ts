// SPDX-License-Identifier: GPL-2.0-or-later
// A scenario as written: what the parser hands on and the printer takes.
import type { ConfigName } from '../../kernel/values.ts';
import type { SearchRequest } from '../search/values.ts';
import type { ScaledWorkload } from '../workload/values.ts';

/** Page numbers count from the region's start. */
export interface PageRange {
  first: number;
  count: number;
}

/** A page of a region: `A` is its page 0, `A+3` its page 3. */
export interface Place {
  region: string;
  page: number;
}

export type Source =
  | { kind: 'anon' }
  | { kind: 'devzero' }
  /** A file declared under `files:`; `file` for ext4, `tmpfs` for the kernel's shmem. */
  | { kind: 'file' | 'tmpfs'; name: string };

export type MapFlag = 'fixed' | 'populate' | 'growsdown';

export type FolioOp =
  | 'migrate'
  | 'migrate-begin'
  | 'reclaim'
  | 'swapout'
  | 'split'
  | 'referenced'
  | 'page-idle'
  | 'poison';

/** What the machine does without any process. */
export type MachineStep =
  | 'quiesce'
  | 'ksm-scan'
  | 'khugepaged'
  | 'shrink'
  | 'hugepages-64k'
  | 'migrate-end'
  | 'migrate-undo';

export type Action =
  | {
      op: 'mmap';
      place: Place;
      pages: number;
      prot: string;
      share: 'private' | 'shared';
      source: Source;
      /** File page that the first page maps. */
      offset: number;
      flags: MapFlag[];
      /** Puts the region directly after or before another one rather than at its own place. */
      beside?: { side: 'after' | 'before'; region: string };
    }
  | { op: 'munmap' | 'mlock' | 'munlock'; region: string; range?: PageRange }
  /** The heap of the process is this region up to a page. */
  | { op: 'brk'; region: string; pages: number }
  | { op: 'mprotect'; region: string; range?: PageRange; prot: string }
  | { op: 'madvise'; region: string; range?: PageRange; advice: string }
  | { op: 'mremap'; region: string; range?: PageRange; to?: Place; pages?: number; dontunmap: boolean }
  | { op: 'write'; region: string; pages: PageRange[] }
  | { op: 'read'; region: string; pages: PageRange[] }
  | { op: 'walk'; region: string; page: number }
  /** What the kernel does to the folios there on its own account, one page after the other. */
  | { op: FolioOp; region: string; pages: PageRange[] }
  /** UFFDIO_MOVE, UFFDIO_COPY. */
  | { op: 'uffd-move' | 'uffd-copy'; region: string; range?: PageRange; to: Place }
  | { op: 'fork'; child: string }
  | { op: 'vfork'; child: string }
  /** clone(CLONE_VM): another task in the same address space. */
  | { op: 'clone'; child: string }
  | { op: 'exec' }
  | { op: 'exit' };

/** Allocations of a step that are made to fail: each in its turn, or the one of this number. */
export type Fail = 'each' | number;

/** What stands beside a step. */
export interface Beside {
  check?: 'none';
  fail?: Fail;
}

/** One thread of a `concurrently` block: a process and its steps, or, without a process, a pass of ksmd. */
export interface Thread {
  process?: string;
  steps: Action[];
}

export type Step =
  | ({ kind: 'action'; process: string; action: Action; fails?: string } & Beside)
  | { kind: 'mark'; name: string }
  | { kind: 'exit-all' }
  | { kind: MachineStep }
  | { kind: 'concurrently'; threads: Thread[] }
  | { kind: 'repeat'; times: number; as: string; steps: Template[] };

/** A step inside a repeat block: text in which `{i}`, `{i+1}`, `{i*2}` stand for numbers. */
export type Template =
  | ({ kind: 'text'; process: string; text: string } & Beside)
  | { kind: 'mark'; name: string }
  | { kind: MachineStep }
  | { kind: 'repeat'; times: number; as: string; steps: Template[] };

export interface FileDeclaration {
  name: string;
  kind: 'ext4' | 'tmpfs';
  pages: number;
}

export interface Scenario {
  /** Kebab-case id, never renamed. */
  name: string;
  /** One line: what it is for. */
  about: string;
  /** Areas of the rules that it speaks for. */
  areas: string[];
  /** Features that the tree must have. */
  requires: string[];
  configs: ConfigName[];
  files: FileDeclaration[];
  /** For the invariant `bounded`: object or measure -> most that may be alive at a mark and before the end. */
  bounds: Record<string, number>;
  steps: Step[];
  /** The folder it was read from; "" for text that is no file. */
  family: string;
  /** With threads: how many of their schedules to try; not part of the text. */
  schedules?: number;
  /** Given: the scenario stands for a workload, and `steps` is empty. */
  load?: ScaledWorkload;
  /** Given: the scenario stands for a search, and `steps` is empty. */
  search?: SearchRequest;
}

/** A step without repeat blocks, ready to run. */
export type FlatStep = Exclude<Step, { kind: 'repeat' }>;
