// SPDX-License-Identifier: GPL-2.0-or-later
// One scenario on one machine. Comes in: a machine and a scenario. Goes out: a Run, with the violations seen after each
// step, the objects at each mark and the cost of the walks. The same machine image and scenario give the same Run.
import type { Machine, MeteredMachine } from '../machine/values.ts';
import { packBlocks } from './blocks.ts';
import { Executor } from './execute.ts';
import { callers, describeRefusal, siteOf } from './failure/site.ts';
import { type Bench, failInTurn } from './failure/trials.ts';
import type { FailingStep } from './failure/values.ts';
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
import { LockJudge } from './locks/judge.ts';
import { addStacks, type Pending } from './locks/stacks.ts';
import { describeOrigins } from './origins.ts';
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
  /** Schedules to try in a scenario with threads. */
  schedules?: number;
  /** The one schedule to run, as a report gives it. */
  schedule?: string;
}

/**
 * Runs a scenario. Throws only for failures of our own; what the code under test does ends in the Run. Where objects are
 * concerned it is run once more, the same way, to learn who allocated and freed them.
 */
export function runScenario(machine: Machine, scenario: Scenario, options: RunOptions = {}): Run {
  const started = performance.now();
  const runner = new Runner(machine, scenario, options);
  runner.run();
  let { result } = runner;
  if (runner.concerned.size > 0 && machine.probe !== undefined) {
    const again = new Runner(machine, scenario, options, [...runner.concerned]);
    again.run();
    result = again.result;
  }
  result.elapsedMs = performance.now() - started;
  return result;
}

const baselines = new WeakMap<Machine, Baseline>();
/** Thrown inside a run to end it: what is to be said stands in the Run already. */
class Stop extends Error {}

/** Runs the steps of a scenario. The explorer takes one up to the threads, and continues from there for each schedule. */
export class Runner implements Bench {
  readonly result: Run;
  /** Objects that violations are about, by their first bytes. */
  readonly concerned = new Set<number>();
  readonly #watched: readonly number[];
  readonly machine: Machine;
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #signatures = new Set<string>();
  /** The one that the steps are done by now. */
  #executor: Executor | undefined;
  #judge: LockJudge | undefined;
  /** Violations that wait for the stacks of their locks. */
  readonly #pending: Pending[] = [];
  /** The world after the step before this one, and after this one, where it was looked at. */
  #before: Captured | undefined;
  #after: Captured | undefined;
  #step = 0;
  #quiet = false;
  #baseline: Baseline | undefined;
  /** While an allocation of the step fails: which one. */
  #trial: number | undefined;
  #doing = 'the start of the scenario';

  /** watched: objects of which is told who allocated and freed them. */
  constructor(machine: Machine, scenario: Scenario, options: RunOptions, watched: readonly number[] = []) {
    this.machine = machine;
    this.#watched = watched;
    this.#scenario = scenario;
    this.#options = options;
    this.result = emptyRun(scenario.name, machine.image.config);
  }

  run(): void {
    const skip = notConcerned(this.machine, this.#scenario);
    if (skip !== undefined) {
      this.result.skipped = skip;
      return;
    }
    const { load, search: request } = this.#scenario;
    if (request !== undefined) {
      const { machine } = this;
      const options = this.#options;
      this.result.search = search(machine, request, (scenario) => runScenario(machine, scenario, options));
      this.result.steps = [`${this.result.search.histories} generated histories, seed ${request.seed}`];
      return;
    }
    if (load !== undefined) {
      if (!hasMeter(this.machine)) throw new Error('this machine has no meter');
      runWorkload(this.machine, load, this.result, this.#options);
      return;
    }
    this.attempt(() => {
      const steps = this.start();
      for (const [index, step] of steps.entries()) this.#one(this.executor, step, steps.slice(index + 1));
      this.end(this.executor);
    });
    this.result.blocks = packBlocks(this.machine.blocks());
    this.#addStacks();
  }

  #addStacks(): void {
    const { lockWatch } = this.machine;
    if (lockWatch === undefined || this.#pending.length === 0 || this.#options.again) return;
    const again = new Runner(this.machine, this.#scenario, { ...this.#options, again: true });
    addStacks(lockWatch, this.#pending, () => again.run());
  }

  /** What the step did with its locks. */
  #locks(): void {
    if (this.#trial !== undefined) return;
    for (const fault of this.#judge?.look() ?? []) {
      if (this.#options.invariants?.includes(fault.invariant) === false) continue;
      const { invariant, shape } = fault;
      const violation = this.#violation(invariant, { shape, evidence: `${this.#doing} ${fault.evidence}` });
      if (violation !== undefined) this.#pending.push({ violation, fault });
    }
  }

  /** Does something that the code under test may end: what it did stands in the Run. False if it was ended. */
  attempt(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (isMachineFault(error)) this.fault(error);
      else if (!(error instanceof Stop)) throw error;
      return false;
    }
  }

  /** The machine as the scenario begins, and its steps without repeat blocks. */
  start(): FlatStep[] {
    const machine = this.machine;
    const steps = expand(this.#scenario.steps, new Scope(this.#scenario.files));
    const baseline = baselines.get(machine) ?? measureBaseline(machine);
    baselines.set(machine, baseline);
    machine.reset();
    machine.setFuel(this.#options.fuel ?? LIMITS.fuel);
    if (machine.lockWatch !== undefined) this.#judge = new LockJudge(machine.lockWatch);
    if (this.result.work !== undefined) machine.meter?.watchLocks(true);
    if (this.#options.plant) machine.plant(this.#options.plant);
    if (this.#watched.length > 0) machine.probe?.watch(this.#watched);
    this.#executor = new Executor(machine, this.#scenario);
    this.#baseline = baseline;
    return steps;
  }

  /** A runner that goes on, apart, from where this one is; its Run has the steps so far and no violations. quiet: no
   *  pictures. */
  fork(executor: Executor, quiet: boolean): Runner {
    const copy = new Runner(this.machine, this.#scenario, this.#options);
    copy.result.steps.push(...this.result.steps);
    copy.#step = this.#step;
    copy.#doing = this.#doing;
    copy.#executor = executor;
    copy.#after = this.#after;
    copy.#baseline = this.#baseline;
    copy.#quiet = quiet;
    return copy;
  }

  get executor(): Executor {
    if (this.#executor === undefined) throw new Error('no scenario is running');
    return this.#executor;
  }

  /** Steps, one after the other, and their checks. */
  take(steps: readonly FlatStep[]): void {
    for (const [index, step] of steps.entries()) this.#one(this.executor, step, steps.slice(index + 1));
  }

  /** A step begins: what is reported from here on belongs to it. */
  announce(text: string): void {
    this.#begin(text);
  }

  #one(executor: Executor, step: FlatStep, rest: readonly FlatStep[]): void {
    this.#begin(format(step));
    if (step.kind === 'action' && step.fail !== undefined) this.#trials(executor, step, rest);
    const outcome = this.#counted(() => executor.step(step));
    this.#locks();
    if ('cannot' in outcome) {
      this.result.inconclusive = `step ${this.#step + 1} (${format(step)}) cannot be done: ${outcome.cannot}`;
      throw new Stop();
    }
    if ('broken' in outcome) {
      this.report('step-result', [outcome.broken]);
      this.#picture();
      throw new Stop();
    }
    const world = this.world(executor, step.kind === 'ksm-scan');
    if (step.kind === 'mark') {
      this.result.marks.push({ name: step.name, step: this.#step, objects: this.machine.objects() });
      this.report('bounded', exceeded(world, this.#scenario.bounds));
    }
    if (step.kind === 'action' && step.check === 'none') return;
    this.check(world);
  }

  /** The step with its allocations failing, from the state that the machine is in and is in again afterwards. */
  #trials(executor: Executor, step: FailingStep, rest: readonly FlatStep[]): void {
    const pictured = this.#before;
    const tried = failInTurn(this, executor, step, rest);
    this.#trial = undefined;
    this.#before = pictured;
    this.#after = undefined;
    this.#doing = `"${format(step)}"`;
    this.result.refusals ??= [];
    this.result.refusals.push(...tried.map((one) => ({ step: this.#step, ...one })));
  }

  begin(step: FailingStep, number: number): void {
    this.#trial = number;
    this.#doing = `"${format(step)}"`;
  }

  remnant(broken: Broken): void {
    const signature = `failure: ${broken.shape}`;
    const { refused, where } = this.#refused();
    this.result.remnants ??= [];
    if (this.result.remnants.some((one) => one.signature === signature)) return;
    const evidence = `${refused}${broken.evidence}`;
    this.result.remnants.push({ ...this.#plain('failure', evidence, where), signature });
  }

  follow(executor: Executor, step: FlatStep): void {
    this.#doing = `"${format(step)}"`;
    const outcome = executor.step(step);
    if ('cannot' in outcome) throw new Error(`a later step cannot be done: ${outcome.cannot}`);
    if ('broken' in outcome) {
      this.report('failure', [{ ...outcome.broken, shape: `later, ${outcome.broken.shape}` }]);
      throw new Stop();
    }
  }

  /** What every scenario ends with: all memory is read, all processes exit, nothing is left. */
  end(executor: Executor): void {
    const baseline = this.#baseline;
    if (baseline === undefined) throw new Error('no scenario is running');
    if (executor.migrating) this.#one(executor, { kind: 'migrate-end' }, []);
    if (executor.processes.length > 0) {
      this.#begin('every process reads all its memory');
      const before = this.world(executor).now();
      this.report('bounded', exceeded(before, this.#scenario.bounds));
      for (const process of executor.processes) {
        for (const page of [...process.space.slots.keys()].sort((a, b) => a - b)) {
          this.report('data', checkPage(before, process, page * PAGE_SIZE));
        }
      }
      this.check(this.world(executor));
      this.#begin('exit: all');
      this.#counted(() => executor.exitAll());
      this.#locks();
    }
    this.#begin('files are closed, the machine becomes quiet');
    this.#counted(() => {
      executor.closeFiles();
      this.machine.quiesce();
    });
    this.#locks();
    this.report('no-leak', leaks(this.machine, baseline));
    const held = this.machine.heldLocks();
    if (held.length > 0)
      this.report('locks', [{ shape: 'held at the end', evidence: `still held at the end: ${held.join(', ')}` }]);
  }

  /** Does a step and counts what it did; sizes and costs are only prod's to tell. */
  #counted<T>(step: () => T): T {
    const { meter } = this.machine;
    const { work } = this.result;
    if (work === undefined || meter === undefined || this.#trial !== undefined) return step();
    const before = reading(meter);
    const result = step();
    while (work.length < this.#step) work.push({});
    work.push(grown(before, reading(meter)));
    return result;
  }

  #begin(text: string): void {
    if (this.#trial !== undefined) return;
    this.#before = this.#after;
    this.#after = undefined;
    this.#step = this.result.steps.length;
    this.result.steps.push(text);
    this.#doing = `"${text}"`;
  }

  world(executor: Executor, ksmScanned = false): World {
    return new World(this.machine, executor.processes, (address) => executor.scope.describe(address), { ksmScanned });
  }

  check(world: World): void {
    const before = this.result.violations.length;
    const doing = this.#doing;
    this.#doing = `the reverse-map walk after ${doing}`;
    try {
      for (const invariant of INVARIANTS) {
        if (invariant.check !== undefined) this.report(invariant.id, invariant.check(world));
      }
      if (!this.#quiet) this.#after = capture(world);
    } catch (error) {
      // Walking or looking at what was just found broken may fail: a consequence, not a finding of its own.
      if (this.result.violations.length === before) throw error;
      throw new Stop();
    } finally {
      this.#picture();
      for (const visits of this.#trial === undefined ? world.walks.values() : []) {
        this.result.walks.count++;
        this.result.walks.visits += visits.length;
        this.result.walks.worst = Math.max(this.result.walks.worst, visits.length);
      }
    }
    const work = this.result.work?.[this.#step];
    if (work !== undefined && this.#trial === undefined && world.walks.size > 0) {
      work.walks = world.walks.size;
      work.visits = [...world.walks.values()].reduce((sum, visits) => sum + visits.length, 0);
    }
    this.#doing = doing;
    if (this.#signatures.size >= LIMITS.signatures) throw new Stop();
  }

  /** Gives the violations of this step their pictures, once for all of them. */
  #picture(): void {
    if (this.#quiet) return;
    const mine = this.result.violations.filter(({ step, pictures }) => step === this.#step && pictures === undefined);
    if (mine.length === 0) return;
    const drawn = pictures(this.#before, this.#after);
    for (const violation of mine) violation.pictures = drawn;
  }

  report(invariant: string, broken: Iterable<Broken>): void {
    const chosen = this.#options.invariants;
    if (chosen !== undefined && !chosen.includes(invariant)) return;
    for (const one of broken) this.#violation(invariant, one);
  }

  #violation(
    invariant: string,
    { shape, evidence, where = [], objects = [] }: Broken,
    modelled: string[] = [],
  ): Violation | undefined {
    const { refused, site, where: asked } = this.#refused();
    const signature = `${invariant}: ${shape}${site}`;
    if (this.#signatures.has(signature)) return undefined;
    this.#signatures.add(signature);
    const place = where.length > 0 ? where : asked;
    for (const start of objects) this.concerned.add(start);
    const [traced] = objects.filter((start) => this.#watched.includes(start));
    const origins = traced === undefined ? undefined : this.machine.probe?.origins(traced);
    const text = `${refused}${evidence}${origins === undefined ? '' : describeOrigins(origins)}`;
    const violation: Violation = {
      ...this.#plain(invariant, text, place, modelled),
      signature,
      ...(origins && { origins }),
    };
    this.result.violations.push(violation);
    return violation;
  }

  #plain(
    invariant: string,
    evidence: string,
    where: Violation['where'],
    modelled: string[] = [],
  ): Omit<Violation, 'signature'> {
    const severity = modelled.length > 0 ? 'warning' : 'violation';
    return { invariant, severity, step: this.#step, evidence, where, modelled };
  }

  /** While an allocation fails: which, in words for the reader, for the signature, and who asked for it. */
  #refused(): { refused: string; site: string; where: Violation['where'] } {
    const refusal = this.#trial === undefined ? undefined : this.machine.probe?.refusal();
    if (refusal === undefined || this.#trial === undefined) return { refused: '', site: '', where: [] };
    return {
      refused: `after ${describeRefusal(refusal, this.#trial)} failed: `,
      site: ` (${siteOf(refusal)})`,
      where: callers(refusal),
    };
  }

  fault(error: Parameters<typeof meaning>[0]): void {
    this.#locks();
    const meant = meaning(error, this.#doing, this.#executor?.migrating);
    if ('inconclusive' in meant) this.result.inconclusive = meant.inconclusive;
    else {
      this.#violation(meant.invariant, meant, meant.modelled);
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
