// SPDX-License-Identifier: GPL-2.0-or-later
// Simulated threads on a module. In: what each does, and a schedule. Out: what came of it, with the turns that the threads
// took. The scheduler itself is simulations/machine/threads.c: it is asked at every scheduling point, the host only where
// the running thread changes.
import { SimFault } from './fault.ts';
import { TURNS_MAX } from './limits.ts';
import type { Module } from './module.ts';
import type { PassedTurn, Schedule, ThreadOpKind, ThreadProgram, ThreadsOutcome } from './values.ts';

/** Numbers of th_do() in threads.c. */
const KINDS: Record<ThreadOpKind, number> = {
  mmap: 1,
  munmap: 2,
  mprotect: 3,
  mremap: 4,
  madvise: 5,
  mlock: 6,
  munlock: 7,
  fork: 8,
  exit: 9,
  write: 10,
  read: 11,
  'uffd-move': 12,
  'uffd-copy': 13,
  'ksm-scan': 14,
  migrate: 15,
  reclaim: 15,
  swapout: 15,
  split: 15,
  referenced: 15,
};
/** Numbers of sim_folio_step() in reclaim.c. */
const FOLIO_STEPS: Partial<Record<ThreadOpKind, number>> = {
  migrate: 0,
  reclaim: 1,
  swapout: 2,
  split: 3,
  referenced: 4,
};
const POLICIES = { plan: 0, pct: 1, random: 2, blocks: 3 } as const;
const ARGUMENTS = 6;

/** Runs threads to their end, or to the fault that ended them; after a fault the module must be put back. */
export async function runThreads(
  module: Module,
  threads: readonly ThreadProgram[],
  schedule: Schedule,
  { fuel, traced }: { fuel: bigint; traced: boolean },
): Promise<ThreadsOutcome> {
  for (const { process, ops } of threads) addThread(module, process ?? -1, ops);
  setSchedule(module, schedule);
  module.callMixed('sim_fuel_set', [fuel]);
  let fault: SimFault | undefined;
  let stops: ThreadsOutcome['stops'];
  try {
    stops = await module.runThreads(module.callMixed('sim_threads_begin', []), traced);
  } catch (error) {
    if (!(error instanceof SimFault)) throw error;
    fault = error;
    // What the scheduler knows is still to be read: its words are plain memory.
    stops = module.look();
  }
  const outcome = { ...read(module, threads, schedule), ...(traced && { stops }) };
  if (fault === undefined) module.callMixed('sim_threads_end', []);
  return fault === undefined ? outcome : { ...outcome, fault };
}

function addThread(module: Module, process: number, ops: ThreadProgram['ops']): void {
  const thread = module.callMixed('sim_thread_add', [process]);
  for (const { kind, args } of ops) {
    const step = FOLIO_STEPS[kind];
    const words = step === undefined ? args : [step, ...args];
    const padded = Array.from({ length: ARGUMENTS }, (_, i) => BigInt(words[i] ?? 0));
    module.callMixed('sim_thread_op', [thread, KINDS[kind], process, ...padded]);
  }
}

function setSchedule(module: Module, schedule: Schedule): void {
  const seed = schedule.policy === 'plan' ? 1 : schedule.seed;
  const odds = 'odds' in schedule ? schedule.odds : 1;
  module.callMixed('sim_schedule', [POLICIES[schedule.policy], BigInt(seed), BigInt(odds)]);
  if (schedule.policy === 'plan')
    for (const { thread, points, blocks = 0 } of schedule.turns)
      module.callMixed('sim_schedule_run', [thread, points, blocks]);
  else if (schedule.policy === 'pct')
    for (const point of schedule.changes) module.callMixed('sim_schedule_change', [BigInt(point)]);
}

function read(module: Module, threads: readonly ThreadProgram[], schedule: Schedule): ThreadsOutcome {
  const results = threads.map(({ ops }, thread) => {
    const over = Math.min(ops.length, module.callMixed('sim_thread_over', [thread]));
    return Array.from({ length: over }, (_, op) => module.callMixed('sim_thread_result', [thread, op]));
  });
  return {
    turns: turns(module),
    hash: module.callMixed('sim_schedule_hash', []) >>> 0,
    points: module.callMixed('sim_schedule_points', []),
    blocks: module.callMixed('sim_schedule_blocks', []),
    diverged: schedule.policy === 'plan' && module.callMixed('sim_schedule_diverged', []) !== 0,
    results,
  };
}

function turns(module: Module): PassedTurn[] {
  const { memory } = module;
  const { view } = memory.areas;
  const words = module.call('sim_schedule_runs', view, 2 * TURNS_MAX + 2);
  const found: PassedTurn[] = [];
  for (let i = 0; i < words; i += 2) {
    const at = view / 4 + i * 2;
    const bits = memory.numbers[at + 2] ?? 0;
    const blocks = memory.numbers[at + 3] ?? 0;
    found.push({
      ...(blocks > 0 && { blocks }),
      points: memory.numbers[at] ?? 0,
      thread: memory.numbers[at + 1] ?? 0,
      ready: bits & 0xf,
      forced: (bits & 0x100) !== 0,
    });
  }
  return found;
}
