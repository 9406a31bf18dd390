// SPDX-License-Identifier: GPL-2.0-or-later
// Reads an mbox from standard input as a review does, in a process of its own: prints what came of it and the memory.
import { readFileSync } from 'node:fs';
import { assembleSeries, chooseSeries, findPrerequisites } from '../../src/series/index.ts';
import { openSource } from '../../src/sources/index.ts';

const start = peakKiB();
const assembly = await assembleSeries(openSource('-'));
const ids: string[] = [];
for (const series of assembly.series) {
  ids.push(...(series.messageIds ?? []));
  for (const patch of series.patches) JSON.stringify(patch);
}
const { chosen } = chooseSeries(assembly, 'good-0@example.org');
const { missing } = await findPrerequisites(chosen, assembly);
const grownKiB = peakKiB() - start;
console.log(JSON.stringify({ ids, warnings: assembly.warnings, missing: missing.length, grownKiB }));

/** Of this program alone: getrusage's figure begins with that of the process that started it. */
function peakKiB(): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}
