// SPDX-License-Identifier: GPL-2.0-or-later
// What no system call does: a program that left it out would show something else.
import type { FlatStep } from '../../simulator/grammar/values.ts';
import { LIMITS } from '../../simulator/limits.ts';
import { C_PROCESSES_MAX, C_STEPS_MAX } from '../limits.ts';
import type { DryRun } from './dry-run.ts';

const KERNEL_OWN = new Set(['migrate', 'reclaim', 'split', 'referenced', 'page-idle', 'poison']);

/** Why there is no C program of a history; undefined where there is one. */
export function whyNoProgram({ steps, processes }: DryRun): string | undefined {
  if (steps.length > C_STEPS_MAX) return `it has ${steps.length} steps; a program has ${C_STEPS_MAX} at most`;
  if (processes.length > C_PROCESSES_MAX)
    return `it has ${processes.length} processes; a program has ${C_PROCESSES_MAX} at most`;
  for (const { step, text } of steps) {
    const why = reasonOf(step);
    if (why !== undefined) return `"${text}": ${why}`;
  }
  return undefined;
}

/** By operation or step. */
const NO_CALL: Readonly<Record<string, string>> = {
  swapout: 'no system call unmaps a folio and leaves it in the swap cache',
  'migrate-begin': 'no system call stops a migration half way',
  'migrate-end': 'no system call stops a migration half way',
  'migrate-undo': 'no system call stops a migration half way',
  khugepaged: 'no system call asks khugepaged for one pass',
  brk: "a program's heap lies where the kernel put it",
  clone: 'tasks of one address space would share what the program keeps of each',
};

function reasonOf(step: FlatStep): string | undefined {
  if (step.kind !== 'action') return NO_CALL[step.kind];
  const { op } = step.action;
  const why = NO_CALL[op];
  if (why !== undefined) return why;
  if (step.fails !== undefined && KERNEL_OWN.has(op))
    return 'what the kernel does on its own account tells user space of no error';
  return undefined;
}

/** Addresses of the scenarios' regions; whatever lies elsewhere is the program's own. */
export const REGION_BYTES = LIMITS.regions * 0x40000000;
