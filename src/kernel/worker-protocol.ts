// SPDX-License-Identifier: GPL-2.0-or-later
// What the build and the threads of its compiler processes say to each other (IPC and structured clone).
import type { Overlay } from '../tree/values.ts';

/** The sources of one build: tree, overlay, our machine, generated files by path in the compiler's world. */
export interface OpenSources {
  treeRoot: string;
  machineRoot: string;
  overlay: Overlay;
  memory: ReadonlyMap<string, Uint8Array>;
}

/** Makes sources known under a number; the process forgets the oldest ones. */
export interface OpenMessage extends OpenSources {
  type: 'open';
  session: number;
}

/** Adds files in memory, for instance the precompiled header. */
export interface AddMessage {
  type: 'add';
  session: number;
  files: ReadonlyMap<string, Uint8Array>;
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
  session: number;
  job: Job;
}

/** Asks for V8's machine code of the compiler, as far as it was optimised by now. */
export interface CodeMessage {
  type: 'code';
}

export type ToLane = OpenMessage | AddMessage | RunMessage;
/** With the number of the thread that it is for. */
export type ToWorker = (ToLane & { lane: number }) | CodeMessage;

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

export type FromLane = { type: 'done'; result: JobResult } | { type: 'broken'; message: string };
export type FromWorker = (FromLane & { lane: number }) | { type: 'code'; code?: Uint8Array };
