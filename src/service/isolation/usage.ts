// SPDX-License-Identifier: GPL-2.0-or-later
// What a process and all below it use, from Linux's /proc.
import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  /** Bytes in memory, shared ones counted for each process. */
  memory: number;
  /** Processor time, milliseconds, of the ended ones too. */
  cpu: number;
  processes: number;
}

/** Of USER_HZ, which Linux shows to programs as 100 on every machine (sysconf(3)). */
const TICK_MS = 10;
const PAGE = 4096;

export function usageOf(pid: number): Usage {
  const total: Usage = { memory: 0, cpu: 0, processes: 0 };
  for (const one of family(pid)) {
    const stat = read(`/proc/${one}/stat`);
    // The name, in brackets, may hold anything.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), of which the first two are cut off.
    total.cpu += [11, 12, 13, 14].reduce((sum, index) => sum + (fields[index] ?? 0), 0) * TICK_MS;
    total.memory += Number(read(`/proc/${one}/statm`).split(' ')[1] ?? 0) * PAGE;
    total.processes++;
  }
  return total;
}

/** A process and all below it, the lowest last. */
export function family(pid: number): number[] {
  const children = threads(pid).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has just ended
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
