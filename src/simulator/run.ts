// SPDX-License-Identifier: GPL-2.0-or-later
// One scenario on one machine. Comes in: a machine and a scenario. Goes out: a Run, with the violations seen after each
// step, the objects at each mark and the cost of the walks. The same machine image and scenario give the same Run.
import type { Machine, MeteredMachine } from '../machine/values.ts';
import { packBlocks } from './blocks.ts';
import { Executor } from './execute.ts';
import { isMachineFault, meaning } from './faults.ts';
import { expand } from './grammar/expand.ts';
import { format } from './grammar/print.ts';
import { Scope } from './grammar/scope.ts';
import type { FlatStep, Scenario } from './grammar/values.ts';
import { exceeded } from './invariants/bounded.ts';
import { checkPage } from './invariants/data.ts';
import { INVARIANTS } from './invariants/index.ts';
import { type Baseline, leaks, measureBaseline } from './invariants/no-leak.ts';
import type { Broken } from './invariants/values.ts';
import { LIMITS, PAGE_SIZE } from './limits.ts';
import { type DocumentedOrder, documentedOrder } from './locks/facts.ts';
import { LockJudge } from './locks/judge.ts';
import { addStacks, type Pending } from './locks/stacks.ts';
import { type Captured, capture, pictures } from './picture.ts';
import { search } from './search/search.ts';
import type { Run, Violation } from './values.ts';
import { grown, reading } from './work.ts';
import { runWorkload } from './workload/run.ts';
import { World } from './world.ts';

export interface RunOptions {
  /** Ids of the invariants to check; all if not given. */
  invariants?: readonly string[];
  /** Basic blocks that one operation may execute. */
  fuel?: number;
  /** The second run of a scenario, for stacks of locks: it asks for none itself. */
  again?: boolean;
  /** Number of the planted control bug to wake; the image must have been made for it. */
  plant?: number;
}

/** Runs a scenario. Throws only for failures of our own; what the code under test does ends in the Run. */
export function runScenario(machine: Machine, scenario: Scenario, options: RunOptions = {}): Run {
  const started = performance.now();
  const runner = new Runner(machine, scenario, options);
  runner.run();
  runner.result.elapsedMs = performance.now() - started;
  return runner.result;
}

let documented: DocumentedOrder | undefined;
function order(): DocumentedOrder {
  documented ??= documentedOrder();
  return documented;
}

const baselines = new WeakMap<Machine, Baseline>();
/** Thrown inside a run to end it: what is to be said stands in the Run already. */
class Stop extends Error {}

class Runner {
  readonly result: Run;
  readonly #machine: Machine;
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #signatures = new Set<string>();
  #executor: Executor | undefined;
  #judge: LockJudge | undefined;
  /** Violations that wait for the stacks of their locks. */
  readonly #pending: Pending[] = [];
  /** The world after the step before this one, and after this one, where it was looked at. */
  #before: Captured | undefined;
  #after: Captured | undefined;
  #step = 0;
  #doing = 'the start of the scenario';

  constructor(machine: Machine, scenario: Scenario, options: RunOptions) {
    this.#machine = machine;
    this.#scenario = scenario;
    this.#options = options;
    this.result = emptyRun(scenario.name, machine.image.config);
  }

  run(): void {
    const skip = notConcerned(this.#machine, this.#scenario);
    if (skip !== undefined) {
      this.result.skipped = skip;
      return;
    }
    const { load, search: request } = this.#scenario;
    if (request !== undefined) {
      const { machine, options } = { machine: this.#machine, options: this.#options };
      this.result.search = search(machine, request, (scenario) => runScenario(machine, scenario, options));
      this.result.steps = [`${this.result.search.histories} generated histories, seed ${request.seed}`];
      return;
    }
    if (load !== undefined) {
      if (!hasMeter(this.#machine)) throw new Error('this machine has no meter');
      runWorkload(this.#machine, load, this.result, this.#options);
      return;
    }
    try {
      this.#steps();
    } catch (error) {
      if (isMachineFault(error)) this.#fault(error);
      else if (!(error instanceof Stop)) throw error;
    }
    this.result.blocks = packBlocks(this.#machine.blocks());
    this.#addStacks();
  }

  #addStacks(): void {
    const { lockWatch } = this.#machine;
    if (lockWatch === undefined || this.#pending.length === 0 || this.#options.again) return;
    const again = new Runner(this.#machine, this.#scenario, { ...this.#options, again: true });
    addStacks(lockWatch, this.#pending, () => again.run());
  }

  /** What the step did with its locks. */
  #locks(): void {
    for (const fault of this.#judge?.look() ?? []) {
      if (this.#options.invariants?.includes(fault.invariant) === false) continue;
      const violation = this.#violation(fault.invariant, fault.shape, `${this.#doing} ${fault.evidence}`, []);
      if (violation !== undefined) this.#pending.push({ violation, fault });
    }
  }

  #steps(): void {
    const machine = this.#machine;
    const steps = expand(this.#scenario.steps, new Scope(this.#scenario.files));
    const baseline = baselines.get(machine) ?? measureBaseline(machine);
    baselines.set(machine, baseline);
    machine.reset();
    machine.setFuel(this.#options.fuel ?? LIMITS.fuel);
    if (machine.lockWatch !== undefined) this.#judge = new LockJudge(machine.lockWatch, order());
    if (this.result.work !== undefined) machine.meter?.watchLocks(true);
    if (this.#options.plant) machine.plant(this.#options.plant);
    const executor = new Executor(machine, this.#scenario);
    this.#executor = executor;
    for (const step of steps) this.#one(executor, step);
    this.#end(executor, baseline);
  }

  #one(executor: Executor, step: FlatStep): void {
    this.#begin(format(step));
    const outcome = this.#counted(() => executor.step(step));
    this.#locks();
    if ('cannot' in outcome) {
      this.result.inconclusive = `step ${this.#step + 1} (${format(step)}) cannot be done: ${outcome.cannot}`;
      throw new Stop();
    }
    if ('broken' in outcome) {
      this.#report('step-result', [outcome.broken]);
      this.#picture();
      throw new Stop();
    }
    const world = this.#world(step.kind === 'ksm-scan');
    if (step.kind === 'mark') {
      this.result.marks.push({ name: step.name, step: this.#step, objects: this.#machine.objects() });
      this.#report('bounded', exceeded(world, this.#scenario.bounds));
    }
    if (step.kind === 'action' && step.check === 'none') return;
    this.#check(world);
  }

  /** What every scenario ends with: all memory is read, all processes exit, nothing is left. */
  #end(executor: Executor, baseline: Baseline): void {
    if (executor.migrating) this.#one(executor, { kind: 'migrate-end' });
    if (executor.processes.length > 0) {
      this.#begin('every process reads all its memory');
      const before = this.#world().now();
      this.#report('bounded', exceeded(before, this.#scenario.bounds));
      for (const process of executor.processes) {
        for (const page of [...process.space.slots.keys()].sort((a, b) => a - b)) {
          this.#report('data', checkPage(before, process, page * PAGE_SIZE));
        }
      }
      this.#check(this.#world());
      this.#begin('exit: all');
      this.#counted(() => executor.exitAll());
      this.#locks();
    }
    this.#begin('files are closed, the machine becomes quiet');
    this.#counted(() => {
      executor.closeFiles();
      this.#machine.quiesce();
    });
    this.#locks();
    this.#report('no-leak', leaks(this.#machine, baseline));
    const held = this.#machine.heldLocks();
    if (held.length > 0)
      this.#report('locks', [{ shape: 'held at the end', evidence: `still held at the end: ${held.join(', ')}` }]);
  }

  /** Does a step and counts what it did; sizes and costs are only prod's to tell. */
  #counted<T>(step: () => T): T {
    const { meter } = this.#machine;
    const { work } = this.result;
    if (work === undefined || meter === undefined) return step();
    const before = reading(meter);
    const result = step();
    while (work.length < this.#step) work.push({});
    work.push(grown(before, reading(meter)));
    return result;
  }

  #begin(text: string): void {
    this.#before = this.#after;
    this.#after = undefined;
    this.#step = this.result.steps.length;
    this.result.steps.push(text);
    this.#doing = `"${text}"`;
  }

  #world(ksmScanned = false): World {
    const executor = this.#executor;
    if (executor === undefined) throw new Error('no scenario is running');
    return new World(this.#machine, executor.processes, (address) => executor.scope.describe(address), { ksmScanned });
  }

  #check(world: World): void {
    const before = this.result.violations.length;
    const doing = this.#doing;
    this.#doing = `the reverse-map walk after ${doing}`;
    try {
      for (const invariant of INVARIANTS) {
        if (invariant.check !== undefined) this.#report(invariant.id, invariant.check(world));
      }
      this.#after = capture(world);
    } catch (error) {
      // Walking or looking at what was just found broken may fail: a consequence, not a finding of its own.
      if (this.result.violations.length === before) throw error;
      throw new Stop();
    } finally {
      this.#picture();
      for (const visits of world.walks.values()) {
        this.result.walks.count++;
        this.result.walks.visits += visits.length;
        this.result.walks.worst = Math.max(this.result.walks.worst, visits.length);
      }
    }
    const work = this.result.work?.[this.#step];
    if (work !== undefined && world.walks.size > 0) {
      work.walks = world.walks.size;
      work.visits = [...world.walks.values()].reduce((sum, visits) => sum + visits.length, 0);
    }
    this.#doing = doing;
    if (this.#signatures.size >= LIMITS.signatures) throw new Stop();
  }

  /** Gives the violations of this step their pictures, once for all of them. */
  #picture(): void {
    const mine = this.result.violations.filter(({ step, pictures }) => step === this.#step && pictures === undefined);
    if (mine.length === 0) return;
    const drawn = pictures(this.#before, this.#after);
    for (const violation of mine) violation.pictures = drawn;
  }

  #report(invariant: string, broken: Iterable<Broken>): void {
    const chosen = this.#options.invariants;
    if (chosen !== undefined && !chosen.includes(invariant)) return;
    for (const { shape, evidence, where } of broken) this.#violation(invariant, shape, evidence, where ?? []);
  }

  #violation(
    invariant: string,
    shape: string,
    evidence: string,
    where: Violation['where'],
    modelled: string[] = [],
  ): Violation | undefined {
    const signature = `${invariant}: ${shape}`;
    if (this.#signatures.has(signature)) return undefined;
    this.#signatures.add(signature);
    const { length } = this.result.violations;
    this.result.violations.push({
      invariant,
      severity: modelled.length > 0 ? 'warning' : 'violation',
      step: this.#step,
      evidence,
      where,
      signature,
      modelled,
    });
    return this.result.violations[length];
  }

  #fault(error: Parameters<typeof meaning>[0]): void {
    this.#locks();
    const meant = meaning(error, this.#doing, this.#executor?.migrating);
    if ('inconclusive' in meant) this.result.inconclusive = meant.inconclusive;
    else {
      this.#violation(meant.invariant, meant.shape, meant.evidence, meant.where, meant.modelled);
      this.#picture();
    }
  }
}

function hasMeter(machine: Machine): machine is MeteredMachine {
  return 'meter' in machine;
}

/** A Run of which nothing was executed yet. */
export function emptyRun(scenario: string, config: Run['config']): Run {
  return {
    scenario,
    config,
    steps: [],
    violations: [],
    marks: [],
    ...(config === 'prod' ? { work: [] } : {}),
    walks: { count: 0, visits: 0, worst: 0 },
    blocks: '',
    elapsedMs: 0,
  };
}

/** Why a scenario does not concern an image; undefined if it does. */
export function notConcerned(machine: Pick<Machine, 'image' | 'features'>, scenario: Scenario): string | undefined {
  if (!scenario.configs.includes(machine.image.config))
    return `is for the configuration ${scenario.configs.join(', ')} only`;
  const missing = scenario.requires.filter((feature) => !machine.features.has(feature));
  return missing.length > 0 ? `needs ${missing.join(', ')}, which the tree does not have` : undefined;
}
