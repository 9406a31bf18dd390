// SPDX-License-Identifier: GPL-2.0-or-later
// Designs in histories. In: designs with options, scenarios (workloads among them). Out: what each cost, and what broke.
import type { Run, Scenario, Violation } from '../simulator/index.ts';
import { runScenario } from '../simulator/index.ts';
import { designNamed, optionsOf } from './catalogue.ts';
import { LabMachine } from './lab-machine.ts';
import type { Epoch, LabMark, LabObject, LabReport, LabRun, LabViolation } from './lab-values.ts';
import { PINNED } from './lab-view.ts';
import { portrait } from './portrait.ts';
import type { OptionValues } from './values.ts';

/** A design and those of its options that are not as the model takes them. */
export interface ChosenDesign {
  name: string;
  given: OptionValues;
}

export interface LabRequest {
  designs: readonly ChosenDesign[];
  histories: readonly Scenario[];
  /** Draw the world of scenarios. */
  pictures?: boolean;
  /** Before each run. */
  onRun?(design: string, history: string): void;
}

/** Errors: InputError for unknown designs, options and values. */
export function laboratory({ designs, histories, pictures = false, onRun }: LabRequest): LabReport {
  const machines = designs.map(({ name, given }) => {
    const module = designNamed(name);
    const options = optionsOf(module, given);
    return { info: module.info, given, options, machine: () => new LabMachine(module, options) };
  });
  const runs: LabRun[] = [];
  for (const history of histories)
    for (const { info, given, options, machine } of machines) {
      onRun?.(info.name, history.name);
      runs.push(labRun(machine(), history, { name: info.name, given, options, pictures }));
    }
  return {
    schema: 'rmapbot.lab/1',
    designs: machines.map(({ info, options }) => ({ ...info, chosen: options })),
    runs,
  };
}

function labRun(
  machine: LabMachine,
  history: Scenario,
  { name, given, options, pictures }: { name: string; given: OptionValues; options: OptionValues; pictures: boolean },
): LabRun {
  const run = runScenario(machine, history);
  machine.meter.watchLocks(false);
  const scale = history.load?.scale;
  const command = [
    `rmapbot lab --design ${name}`,
    ...Object.entries(given).map(([option, value]) => `--option ${name}.${option}=${value}`),
    scale === undefined ? `--scenario ${history.name}` : `--workload ${history.name} --scale ${scale}`,
  ].join(' ');
  const marks = run.skipped !== undefined ? [] : scale === undefined ? [mostOf(machine)] : marksOf(machine, run);
  const unjudged = run.inconclusive ?? run.skipped;
  const unmodelled = Object.fromEntries(machine.unmodelled);
  const [broken] = run.violations;
  const picture = broken?.pictures?.after ?? (pictures && scale === undefined ? portrait(machine, history) : undefined);
  return {
    ...{ design: name, options, history: history.name },
    ...(scale !== undefined && { scale }),
    marks,
    violations: run.violations.map((violation) => told(run, violation, command)),
    ...(unjudged !== undefined && { inconclusive: unjudged }),
    unmodelled,
    ...(picture && { picture: machine.named(picture) }),
  };
}

function told({ steps }: Run, { invariant, evidence, step }: Violation, reproducer: string): LabViolation {
  return { invariant, evidence, step: steps[step] ?? 'the beginning', reproducer, steps: steps.slice(0, step + 1) };
}

function withBytes(name: string, vmas: number, objects: LabObject[], epoch: Epoch): LabMark {
  const bytes = objects.reduce((sum, { live, size }) => sum + live * size, 0);
  return { name, vmas, objects, bytes, bytesPerVma: vmas === 0 ? 0 : bytes / vmas, ...epoch };
}

/** A scenario's objects at their highest numbers. */
function mostOf(machine: LabMachine): LabMark {
  const { vmas, design } = machine.world;
  const pools = [vmas.pool, ...design.pools];
  const objects = pools.map(({ name: object, most, size }) => ({ object, live: most, size }));
  const epoch = machine.epochs.at(-1);
  if (epoch === undefined) throw new Error('nothing was watched');
  return withBytes('most', vmas.mostLinked, objects, epoch);
}

function marksOf(machine: LabMachine, { load }: Run): LabMark[] {
  return (load?.marks ?? []).flatMap((mark, index) => {
    const epoch = machine.epochs[index];
    if (epoch === undefined) return [];
    const objects = mark.objects.map(({ object, live, size }) => ({ object, live, size }));
    const pinned = objects.find(({ object }) => object === PINNED)?.live ?? 0;
    const all = objects.find(({ object }) => object === machine.world.vmas.pool.name)?.live ?? 0;
    return [withBytes(mark.name, all - pinned, objects, epoch)];
  });
}
