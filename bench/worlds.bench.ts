// SPDX-License-Identifier: GPL-2.0-or-later
// Wide worlds and the whole suite: node bench/worlds.bench.ts [TREE]. Each in a process of its own, which tells its time and
// peak resident memory. The worlds run on a measured image, the suite on both ordinary ones, with all invariants.
//   million   20 processes with 50,000 faulted VMAs each
//   thousand  1000 VMAs, all faulted, by 1000 children, each keeping one
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import path from 'node:path';
import { buildImage } from '../src/kernel/build.ts';
import type { ConfigName } from '../src/kernel/values.ts';
import { createMachine, type SimMachine } from '../src/machine/index.ts';
import { MAP, PROT } from '../src/simulator/grammar/words.ts';
import { loadScenarios, runScenario } from '../src/simulator/index.ts';
import { openTree } from '../src/tree/index.ts';

const [name = 'debian:7.3', part] = process.argv.slice(2);
const PARTS = ['million', 'thousand', 'suite-prod', 'suite-check'];
const PAGE = 4096;
const BASE = 0x100000000000;
const FLAGS = MAP.private | MAP.anonymous | MAP.fixedNoReplace;
const address = (i: number) => BASE + 2 * PAGE * i;

function must(good: boolean, what: string): void {
  if (!good) throw new Error(`${what} failed on the simulated machine`);
}

function map(machine: SimMachine, task: number, count: number): void {
  for (let i = 0; i < count; i++) {
    must(machine.mmap(task, address(i), PAGE, PROT.rw ?? 0, FLAGS) === address(i), 'mmap');
    must(machine.write(task, address(i), i + 1) === 0, 'a write');
  }
}

function million(machine: SimMachine): void {
  const tasks = [0];
  while (tasks.length < 20) tasks.push(machine.fork(0));
  for (const task of tasks) map(machine, task, 50_000);
}

function thousand(machine: SimMachine): void {
  const all = 1000;
  map(machine, 0, all);
  for (let kept = 0; kept < all; kept++) {
    const child = machine.fork(0);
    if (kept > 0) must(machine.munmap(child, BASE, 2 * PAGE * kept) === 0, 'munmap');
    const after = all - 1 - kept;
    if (after > 0) must(machine.munmap(child, address(kept + 1), 2 * PAGE * after) === 0, 'munmap');
  }
}

function suite(machine: SimMachine): string {
  const runs = loadScenarios(path.join(import.meta.dirname, '../simulations/scenarios')).map((scenario) =>
    runScenario(machine, scenario),
  );
  const count = (is: (run: (typeof runs)[number]) => boolean) => runs.filter(is).length;
  return `${runs.length} scenarios, ${count((r) => r.violations.length > 0)} with violations, ${count((r) => r.inconclusive !== undefined)} inconclusive, ${count((r) => r.skipped !== undefined)} skipped`;
}

async function run(what: string): Promise<void> {
  const tree = await openTree(name, { cwd: process.cwd() });
  const config: ConfigName = what === 'suite-check' ? 'check' : 'prod';
  const measured = !what.startsWith('suite');
  const built = await buildImage({ tree, overlay: new Map(), config, variant: '', measured });
  if ('failure' in built) throw new Error(`the tree does not build: ${built.failure.unit}`);
  const machine = await createMachine(built.image);
  const start = performance.now();
  let said = '';
  if (what === 'million') million(machine);
  else if (what === 'thousand') thousand(machine);
  else said = suite(machine);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (measured) {
    const live = (cache: string) => machine.objects().find(({ object }) => object === cache)?.live ?? 0;
    said = `${live('vm_area_struct')} vm_area_struct, ${live('anon_vma')} anon_vma, ${live('anon_vma_chain')} anon_vma_chain`;
  }
  const memory = (process.resourceUsage().maxRSS / 1024 / 1024).toFixed(2);
  const { user, system } = process.cpuUsage();
  const cpu = ((user + system) / 1e6).toFixed(1);
  console.log(
    `${what.padEnd(11)} ${seconds.padStart(6)} s, with the start ${cpu} s of processor time  ${memory} GiB  ${said}`,
  );
}

if (part !== undefined) await run(part);
else {
  console.log(`${name}, load average ${loadavg()[0]?.toFixed(1)}`);
  for (const one of PARTS) spawnSync(process.execPath, [import.meta.filename, name, one], { stdio: 'inherit' });
}
