// SPDX-License-Identifier: GPL-2.0-or-later
// What the sections of docs/designs.md are computed from.

import { fileURLToPath } from 'node:url';
import { labMachine } from '../../src/designs/catalogue.ts';
import { laboratory } from '../../src/designs/lab.ts';
import type { LabMachine } from '../../src/designs/lab-machine.ts';
import type { LabMark, LabRun } from '../../src/designs/lab-values.ts';
import type { OptionValues } from '../../src/designs/values.ts';
import { loadScenarios, ownWorkloads, scenarioOf } from '../../src/simulator/index.ts';

export const ALL = ['anon-vma', 'anon-vma-lazy', 'cow-context', 'virtual-offset', 'reflink'] as const;
const PAGE = 4096;
const BASE = 2 ** 44;
const READ_WRITE = 3;
/** MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE */
const PRIVATE = 0x100022;

export interface Variant {
  name: string;
  given?: OptionValues;
}

export const title = ({ name, given = {} }: Variant): string =>
  [name, ...Object.entries(given).map(([option, value]) => `${option}=${value}`)].join(' ');

/** A workload in designs. */
export function workload(name: string, scale: number, variants: readonly Variant[]): LabRun[] {
  const found = ownWorkloads().find((one) => one.name === name);
  if (found === undefined) throw new Error(`no workload ${name}`);
  const designs = variants.map((one) => ({ name: one.name, given: one.given ?? {} }));
  return laboratory({ designs, histories: [scenarioOf({ workload: found, scale })] }).runs;
}

const scenarios = loadScenarios(fileURLToPath(new URL('../../simulations/scenarios', import.meta.url)));

/** Scenarios of a name, or all where none is given, in designs. */
export function scenarioRuns(name: string | undefined, variants: readonly Variant[]): LabRun[] {
  const histories = scenarios.filter((one) => name === undefined || one.name === name);
  return laboratory({ designs: variants.map((one) => ({ name: one.name, given: one.given ?? {} })), histories }).runs;
}

export function markOf(run: LabRun | undefined, name: string): LabMark {
  const mark = run?.marks.find((one) => one.name === name);
  if (mark === undefined) throw new Error(`no mark ${name} in ${run?.history}`);
  return mark;
}

export function live(mark: LabMark, object: string): number {
  return mark.objects.find((one) => one.object === object)?.live ?? 0;
}

/** Bytes of the reverse map alone: all objects but VMAs that stand in an address space. */
export function reverseMapBytes(mark: LabMark): number {
  const vma = mark.objects.find(({ object }) => object === 'vm_area_struct');
  return mark.bytes - mark.vmas * (vma?.size ?? 0);
}

/** Maps and writes VMAs of some pages, apart from each other. */
function fill(machine: LabMachine, task: number, vmas: number, pages: number): void {
  for (let i = 0; i < vmas; i++) {
    const address = BASE + i * (pages + 1) * PAGE;
    machine.mmap(task, address, pages * PAGE, READ_WRITE, PRIVATE);
    for (let page = 0; page < pages; page++) machine.write(task, address + page * PAGE, 1);
  }
}

/** What the first fork of a process costs, and the second. */
export function forksOf(variant: Variant, vmas: number, pages: number) {
  const machine = labMachine(variant.name, variant.given);
  fill(machine, 0, vmas, pages);
  return [1, 2].map(() => {
    machine.meter.watchLocks(true);
    machine.fork(0);
    return machine.world.ledger.costs().fork;
  });
}

export type Tree = 'deep' | 'wide';

/** VMAs shown and objects looked at by a walk from a page of the first of so many processes, all alive. */
export function walkIn(variant: Variant, tree: Tree, processes: number): { visits: number; blocks: number } {
  const machine = labMachine(variant.name, variant.given);
  fill(machine, 0, 1, 1);
  let task = 0;
  for (let i = 1; i < processes; i++) {
    const child = machine.fork(task);
    if (tree === 'deep') task = child;
  }
  return machine.meter.walk(machine.meter.userFrames()[0] ?? 0);
}

/** The same, where all but the first process have a page of their own there. */
export function walkAfterCopies(variant: Variant, tree: Tree, processes: number): { visits: number; blocks: number } {
  const machine = labMachine(variant.name, variant.given);
  fill(machine, 0, 1, 1);
  let task = 0;
  const children: number[] = [];
  for (let i = 1; i < processes; i++) {
    const child = machine.fork(task);
    children.push(child);
    if (tree === 'deep') task = child;
  }
  for (const child of children) machine.write(child, BASE, 2);
  return machine.meter.walk(machine.meter.userFrames()[0] ?? 0);
}
