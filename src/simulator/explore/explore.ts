// SPDX-License-Identifier: GPL-2.0-or-later
// A scenario with threads, under many schedules. Comes in: a machine, the scenario, a budget. Goes out: one Run, whose
// violations name the schedule that shows them. The steps before the threads run once; every schedule begins where they
// end, and is judged by every invariant after the threads and after each step behind them.
import type { ConcurrentMachine, Schedule, ThreadsOutcome } from '../../machine/values.ts';
import { packBlocks } from '../blocks.ts';
import { Executor } from '../execute.ts';
import { format, formatThread } from '../grammar/print.ts';
import type { FlatStep, Scenario, Thread } from '../grammar/values.ts';
import { LIMITS } from '../limits.ts';
import { notConcerned, Runner, type RunOptions } from '../run.ts';
import type { Exploration, Run, TurnText, Violation } from '../values.ts';
import { type Allowed, allowed } from './orders.ts';
import { formatSchedule, parseSchedule, threadLetter } from './schedule.ts';
import { settle } from './settle.ts';
import { Strategy } from './strategy.ts';
import { type Block, prepare } from './threads.ts';

export function hasThreads(scenario: Scenario): boolean {
  return scenario.steps.some(({ kind }) => kind === 'concurrently');
}

/** Explores a scenario with threads. Throws only for failures of our own and for a schedule that is none. */
export async function exploreScenario(
  machine: ConcurrentMachine,
  scenario: Scenario,
  options: RunOptions = {},
): Promise<Run> {
  const started = performance.now();
  const head = new Runner(machine, scenario, options);
  const run = head.result;
  const skipped = notConcerned(machine, scenario);
  if (skipped !== undefined) return { ...run, skipped };
  let later: FlatStep[] = [];
  let threads: Thread[] = [];
  const reached = head.attempt(() => {
    const steps = head.start();
    const at = steps.findIndex(({ kind }) => kind === 'concurrently');
    head.take(steps.slice(0, at));
    const block = steps[at];
    if (block?.kind === 'concurrently') threads = block.threads;
    later = steps.slice(at + 1);
  });
  if (reached) await new Explorer(machine, scenario, options, { head, threads, later }).explore();
  run.blocks = packBlocks(machine.blocks());
  run.elapsedMs = performance.now() - started;
  return run;
}

interface Given {
  head: Runner;
  threads: Thread[];
  later: FlatStep[];
}

class Explorer {
  readonly #machine: ConcurrentMachine;
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #given: Given;
  readonly #block: Block;
  readonly #exploration: Exploration;
  readonly #hashes = new Set<number>();
  readonly #signatures = new Set<string>();
  /** What memory may hold, by which steps succeeded. */
  readonly #allowed = new Map<string, Allowed>();

  constructor(machine: ConcurrentMachine, scenario: Scenario, options: RunOptions, given: Given) {
    this.#machine = machine;
    this.#scenario = scenario;
    this.#options = options;
    this.#given = given;
    this.#block = prepare(given.head.executor, machine, given.threads);
    const texts = given.threads.map((thread, i) => `${threadLetter(i)}: ${formatThread(thread)}`);
    const none = { schedules: 0, different: 0, unchanged: 0, oneChange: 0, oneChangeOf: 0, more: 0, random: 0 };
    this.#exploration = { threads: texts, ...none, points: 0, cpuMs: 0 };
    given.head.result.exploration = this.#exploration;
    given.head.announce(format({ kind: 'concurrently', threads: given.threads }));
  }

  async explore(): Promise<void> {
    const begun = process.cpuUsage();
    this.#machine.checkpoint();
    const { schedule } = this.#options;
    if (schedule === undefined) await this.#search();
    else await this.#replayGiven(schedule);
    const { user, system } = process.cpuUsage(begun);
    this.#exploration.cpuMs = (user + system) / 1000;
  }

  async #search(): Promise<void> {
    // A planted bug shows in any order.
    const wanted = this.#options.plant ? LIMITS.threads : (this.#options.schedules ?? this.#scenario.schedules);
    const budget = Math.min(wanted ?? LIMITS.schedules, LIMITS.schedulesMax);
    const strategy = new Strategy(budget, this.#given.threads.length, seedOf(this.#scenario.name));
    const { result } = this.#given.head;
    for (let trial = strategy.next(); trial !== undefined; trial = strategy.next()) {
      const { outcome, ready, tail } = await this.#run(trial.schedule, true);
      this.#exploration[trial.kind]++;
      strategy.note(trial, outcome, ready);
      this.#exploration.oneChangeOf = strategy.oneChangeOf;
      if (tail.inconclusive !== undefined) result.inconclusive = `${tail.inconclusive} (${text(outcome)})`;
      else if (tail.violations.some(({ signature }) => !this.#signatures.has(signature)))
        await this.#found(outcome, tail);
      if (result.inconclusive !== undefined || this.#signatures.size >= LIMITS.signatures) return;
    }
  }

  /** One schedule from the checkpoint on; quiet: without pictures and places. */
  async #run(schedule: Schedule, quiet: boolean): Promise<{ outcome: ThreadsOutcome; ready: Uint8Array; tail: Run }> {
    const machine = this.#machine;
    machine.rollback();
    const outcome = await machine.runThreads(this.#block.programs, schedule, { traced: !quiet });
    // Before the judging: where that ends in a fault nothing can be asked any more.
    const ready = machine.readyAt(outcome.points);
    const exploration = this.#exploration;
    exploration.schedules++;
    exploration.points = Math.max(exploration.points, outcome.points);
    // The machine is the same in every run: equal events at all points are the same run, which was judged already.
    const known = quiet && this.#hashes.has(outcome.hash) && outcome.fault === undefined;
    this.#hashes.add(outcome.hash);
    exploration.different = this.#hashes.size;
    return {
      outcome,
      ready,
      tail: known ? this.#given.head.fork(this.#given.head.executor, true).result : this.#judge(outcome, quiet),
    };
  }

  #judge(outcome: ThreadsOutcome, quiet: boolean): Run {
    const { head, later } = this.#given;
    const { units } = this.#block;
    const results = units.map(({ thread, op }) => outcome.results[thread]?.[op] ?? -1);
    if (outcome.fault !== undefined) {
      const tail = head.fork(head.executor, quiet);
      tail.fault(outcome.fault);
      return tail.result;
    }
    const may = this.#mayHold(results);
    const executor = new Executor(this.#machine, may.first);
    for (const [i, { action }] of units.entries()) {
      const child = action.op === 'fork' && executor.processes.find(({ name }) => name === action.child);
      if (child) child.task = results[i] ?? -1;
    }
    const tail = head.fork(executor, quiet);
    tail.attempt(() => {
      tail.report('step-result', may.broken);
      settle(executor, this.#machine, may.differing);
      tail.check(tail.world(executor));
      tail.take(later);
      tail.end(executor);
    });
    return tail.result;
  }

  #mayHold(results: readonly number[]): Allowed {
    const { units } = this.#block;
    const key = results.map((result, i) => (units[i]?.action.op === 'fork' ? Math.min(result, 0) : result)).join();
    let found = this.#allowed.get(key);
    if (found === undefined) {
      found = allowed(this.#given.head.executor, units, results);
      this.#allowed.set(key, found);
    }
    return found;
  }

  /** A schedule that breaks something is replayed from its text: what differs then is an error of its own. */
  async #found(outcome: ThreadsOutcome, tail: Run): Promise<void> {
    const schedule = text(outcome);
    const again = await this.#run({ policy: 'plan', turns: parseSchedule(schedule).turns }, false);
    const same = again.tail.violations.map(({ signature }) => signature).join('\n');
    if (again.outcome.hash !== outcome.hash || same !== tail.violations.map(({ signature }) => signature).join('\n')) {
      this.#given.head.result.inconclusive = `the replay of schedule ${schedule} differs: ${text(again.outcome)}`;
      return;
    }
    this.#keep(again.outcome, again.tail, schedule);
  }

  async #replayGiven(schedule: string): Promise<void> {
    const { turns, hash } = parseSchedule(schedule);
    const { outcome, tail } = await this.#run({ policy: 'plan', turns }, false);
    const { result } = this.#given.head;
    if (outcome.hash !== hash || outcome.diverged)
      result.inconclusive = `the replay of schedule ${schedule} differs: ${text(outcome)}`;
    else if (tail.inconclusive !== undefined) result.inconclusive = tail.inconclusive;
    this.#keep(outcome, tail, schedule);
  }

  #keep(outcome: ThreadsOutcome, tail: Run, schedule: string): void {
    const { result } = this.#given.head;
    const turns = turnTexts(outcome);
    for (const violation of tail.violations) {
      if (this.#signatures.has(violation.signature)) continue;
      this.#signatures.add(violation.signature);
      const told: Violation = { ...violation, schedule, turns };
      result.violations.push(told);
    }
    if (tail.steps.length > result.steps.length) result.steps.push(...tail.steps.slice(result.steps.length));
  }
}

function text({ turns, hash }: ThreadsOutcome): string {
  return formatSchedule(turns, hash);
}

function turnTexts({ turns, stops }: ThreadsOutcome): TurnText[] {
  return turns.map(({ thread, points, forced }, i) => ({
    thread: threadLetter(thread),
    points,
    forced,
    where: stops?.[i] ?? [],
  }));
}

/** FNV-1a of the name: each scenario has schedules of its own, the same in every run. */
function seedOf(name: string): number {
  let hash = 2166136261;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 16777619);
  return hash >>> 0;
}
