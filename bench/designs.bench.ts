// SPDX-License-Identifier: GPL-2.0-or-later
// How fast the laboratory is: node --max-old-space-size=2048 bench/designs.bench.ts [design...]. For each design, each in
// a fresh process: a million live VMAs, the workload thousand-by-thousand at scale 1, and 10,000 random histories of 60
// steps with all invariants after each. Prints processor time and peak resident memory. Targets: 5 s and 1 GB, 10 s,
// 60 s on one core.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DESIGNS, labMachine } from '../src/designs/catalogue.ts';
import { randomHistory } from '../src/designs/histories.ts';
import { ownWorkloads, runScenario, scenarioOf } from '../src/simulator/index.ts';

const PAGE = 4096;
const PROCESSES = 1000;
const VMAS = 1000;
const HISTORIES = 10_000;

const tasks: Record<string, (design: string) => string> = {
  /** 1000 processes of 1000 VMAs: half inherited, half their own; every VMA faulted. */
  million: (design) => {
    const machine = labMachine(design);
    const base = 2 ** 44;
    const fill = (task: number, first: number): void => {
      for (let i = 0; i < VMAS / 2; i++) {
        const address = base + (first + i) * 2 * PAGE;
        machine.mmap(task, address, PAGE, 3, 0x100022);
        machine.write(task, address, 1);
      }
    };
    fill(0, 0);
    for (let i = 1; i <= PROCESSES; i++) fill(machine.fork(0), VMAS / 2);
    return `${machine.world.vmas.linked} VMAs`;
  },
  'thousand-by-thousand': (design) => {
    const workload = ownWorkloads().find(({ name }) => name === 'thousand-by-thousand');
    if (workload === undefined) throw new Error('no workload thousand-by-thousand');
    const { violations, inconclusive } = runScenario(labMachine(design), scenarioOf({ workload, scale: 1 }));
    return inconclusive ?? `${violations.length} violations`;
  },
  histories: (design) => {
    const machine = labMachine(design);
    let steps = 0;
    let violations = 0;
    for (let seed = 0; seed < HISTORIES; seed++) {
      const run = runScenario(machine, randomHistory(seed, 60));
      steps += run.steps.length;
      violations += run.violations.length;
    }
    return `${steps} steps, ${violations} violations`;
  },
};

const [first, ...rest] = process.argv.slice(2);
if (first === '--task') {
  const [task = '', design = ''] = rest;
  const before = process.cpuUsage();
  const said = tasks[task]?.(design);
  const { user, system } = process.cpuUsage(before);
  const seconds = ((user + system) / 1e6).toFixed(2).padStart(7);
  const peak = String(Math.round(process.resourceUsage().maxRSS / 1024)).padStart(5);
  console.log(`${seconds} s  ${peak} MB  ${design.padEnd(15)} ${task.padEnd(21)} ${said}`);
} else {
  const chosen = process.argv.slice(2);
  for (const { info } of DESIGNS) {
    if (chosen.length > 0 && !chosen.includes(info.name)) continue;
    for (const task of Object.keys(tasks))
      spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), '--task', task, info.name], {
        stdio: 'inherit',
      });
  }
}
