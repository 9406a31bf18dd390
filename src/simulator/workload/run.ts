// SPDX-License-Identifier: GPL-2.0-or-later
// One workload on one machine. Comes in: a machine, a workload and its scale. Goes out: a Run like a scenario's, with the
// figures of each mark. Invariants are checked at marks rather than after each step; what rests on a memory model (data, and
// which pages are mapped) is not, as nobody keeps what a million pages must hold.
import type { MeteredMachine } from '../../machine/values.ts';
import { packBlocks } from '../blocks.ts';
import { isMachineFault, meaning } from '../faults.ts';
import { INVARIANTS } from '../invariants/index.ts';
import { leaks, measureBaseline } from '../invariants/no-leak.ts';
import type { Broken } from '../invariants/values.ts';
import { LIMITS } from '../limits.ts';
import { Space } from '../memory-model.ts';
import type { Run } from '../values.ts';
import { World } from '../world.ts';
import { Interpreter, StepBroken, WorkloadFault } from './interpret.ts';
import { Measurer } from './measure.ts';
import type { Load, LoadMark, ScaledWorkload } from './values.ts';

export interface WorkloadOptions {
  /** Ids of the invariants to check; all but `data` if not given. */
  invariants?: readonly string[];
  /** Basic blocks that one operation may execute. */
  fuel?: number;
  /** Number of the planted control bug to wake. */
  plant?: number;
}

/** Fills in a Run of which nothing was executed yet. Throws only for failures of our own. */
export function runWorkload(machine: MeteredMachine, scaled: ScaledWorkload, run: Run, options: WorkloadOptions): void {
  const runner = new WorkloadRunner(machine, scaled, run, options);
  try {
    runner.run();
  } catch (error) {
    if (error instanceof WorkloadFault) run.inconclusive = error.message;
    else if (error instanceof StepBroken) runner.report('step-result', [error.broken]);
    else if (isMachineFault(error)) {
      const meant = meaning(error, runner.doing);
      if ('inconclusive' in meant) run.inconclusive = meant.inconclusive;
      else runner.report(meant.invariant, [meant]);
    } else throw error;
  }
  run.blocks = packBlocks(machine.blocks());
}

class WorkloadRunner {
  doing: string;
  readonly #machine: MeteredMachine;
  readonly #scaled: ScaledWorkload;
  readonly #run: Run;
  readonly #options: WorkloadOptions;
  readonly #load: Load;

  constructor(machine: MeteredMachine, scaled: ScaledWorkload, run: Run, options: WorkloadOptions) {
    this.#machine = machine;
    this.#scaled = scaled;
    this.#run = run;
    this.#options = options;
    this.#load = { scale: scaled.scale, parameters: {}, marks: [] };
    run.load = this.#load;
    this.doing = `the beginning of ${scaled.workload.name}`;
  }

  run(): void {
    const machine = this.#machine;
    const baseline = measureBaseline(machine);
    machine.reset();
    machine.setFuel(this.#options.fuel ?? LIMITS.workloadFuel);
    if (this.#options.plant) machine.plant(this.#options.plant);
    const measurer = new Measurer(machine, baseline.objects);
    const interpreter: Interpreter = new Interpreter(machine, this.#scaled, {
      mark: (name) => this.#mark(name, interpreter, measurer),
      beforeFork: () => measurer.beforeFork(),
      afterFork: (child) => measurer.afterFork(child),
    });
    Object.assign(this.#load.parameters, interpreter.parameters);
    interpreter.run();
    this.#step('every process exits, files are closed, the machine becomes quiet');
    machine.meter.watchLocks(false);
    interpreter.finish();
    machine.quiesce();
    this.report('no-leak', leaks(machine, baseline));
    const held = machine.heldLocks();
    if (held.length > 0)
      this.report('locks', [{ shape: 'held at the end', evidence: `still held at the end: ${held.join(', ')}` }]);
  }

  #step(text: string): void {
    this.#run.steps.push(text);
    this.doing = text;
  }

  #mark(name: string, interpreter: Interpreter, measurer: Measurer): void {
    this.#step(`mark: ${name}`);
    const objects = this.#machine.objects();
    this.#run.marks.push({ name, step: this.#run.steps.length - 1, objects });
    const mark = measurer.mark(name, objects, interpreter.tasks.values(), interpreter.operations);
    this.#load.marks.push(mark);
    const { walks } = this.#run;
    for (const { walked, visits, worst } of [mark.anonWalks, mark.fileWalks]) {
      walks.count += walked;
      walks.visits += visits;
      walks.worst = Math.max(walks.worst, worst);
    }
    this.#check(mark, interpreter);
    measurer.next();
    this.doing = `what follows ${name}`;
  }

  #check(mark: LoadMark, interpreter: Interpreter): void {
    const vmas = mark.objects.find(({ object }) => object === 'vm_area_struct')?.live ?? 0;
    const most = LIMITS.checkedVmas;
    if (vmas > most || mark.folios > most) {
      mark.notChecked = `more than ${most} VMAs or folios`;
      return;
    }
    const processes = [...interpreter.tasks].map(([name, task]) => ({ name, task, space: new Space() }));
    const describe = (address: number) => interpreter.describe(address);
    const world = new World(this.#machine, processes, describe, { memoryKnown: false });
    for (const { id, check } of INVARIANTS) if (check !== undefined) this.report(id, check(world));
  }

  report(invariant: string, broken: Iterable<Broken>): void {
    const chosen = this.#options.invariants;
    if (chosen !== undefined && !chosen.includes(invariant)) return;
    const { violations, steps } = this.#run;
    for (const { shape, evidence, where = [] } of broken) {
      const signature = `${invariant}: ${shape}`;
      if (violations.some((known) => known.signature === signature)) continue;
      violations.push({
        invariant,
        severity: 'violation',
        step: Math.max(0, steps.length - 1),
        evidence,
        where,
        signature,
        modelled: [],
      });
    }
  }
}
