// SPDX-License-Identifier: GPL-2.0-or-later
// What the build and its compiler processes say to each other over IPC (structured clone).
import type { Overlay } from '../tree/values.ts';

/** The sources that following jobs see; replaces what was there. */
export interface OpenMessage {
  type: 'open';
  treeRoot: string;
  machineRoot: string;
  overlay: Overlay;
  memory: Map<string, Uint8Array>;
}

/** Adds one file in memory, for instance the precompiled header. */
export interface AddMessage {
  type: 'add';
  path: string;
  content: Uint8Array;
}

/** One run of LLVM. */
export interface Job {
  args: string[];
  /** Files given to this run alone, below ".out/". */
  inputs: [string, Uint8Array][];
  /** Files to hand back if they were written. */
  outputs: string[];
  /** Bytes kept of the standard output; undefined = the usual limit. */
  stdoutLimit?: number;
}

export interface RunMessage {
  type: 'run';
  id: number;
  job: Job;
}

export type ToWorker = OpenMessage | AddMessage | RunMessage;

/** How a job ended. */
export interface JobResult {
  code: number;
  died?: string;
  stdout: string;
  stderr: string;
  outputs: Map<string, Uint8Array>;
  /** What was read, seen, and probed in vain (see Dependencies in vfs.ts). */
  dependencies: [string, string][];
}

export type FromWorker =
  | { type: 'done'; id: number; result: JobResult }
  | { type: 'broken'; id: number; message: string };
