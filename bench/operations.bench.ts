// SPDX-License-Identifier: GPL-2.0-or-later
// What operations cost here and on the kernel of this machine, in one run: node bench/operations.bench.ts [TREE] [ROUNDS]
// The native side is bench/native/operations.c, compiled with gcc into a temporary folder; the simulated one makes the same
// calls on a measured image of the tree (optimised, without coverage). Medians; the ratio is simulated / native.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { buildImage } from '../src/kernel/build.ts';
import { createMachine, type SimMachine } from '../src/machine/index.ts';
import { ADVICE, MAP, MREMAP, PROT } from '../src/simulator/grammar/words.ts';
import { openTree } from '../src/tree/index.ts';

const [name = 'debian:7.3', roundsText = '9'] = process.argv.slice(2);
const rounds = Number(roundsText);
const COUNTS = [1000, 10_000];
/** As in operations.c. */
const PAGE = 4096;
const BASE = 0x100000000000;
const TARGET = 0x200000000000;
const WALK_PAGES = 64;
const WALK_PROCESSES = 1000;
/** Rounds before the measured ones: WebAssembly runs optimised only after a while. */
const WARM_UP = 6;
const RW = (PROT.rw ?? 0) as number;
const PRIVATE_ANON = MAP.private | MAP.anonymous | MAP.fixedNoReplace;

/** Nanoseconds by "operation count", one entry a round. */
type Times = Map<string, number[]>;

function add(times: Times, operation: string, count: number, nanoseconds: number): void {
  const key = `${operation} ${count}`;
  times.set(key, [...(times.get(key) ?? []), nanoseconds]);
}

function native(): Times {
  const folder = mkdtempSync(path.join(tmpdir(), 'rmapbot-bench-'));
  try {
    const program = path.join(folder, 'operations');
    execFileSync('gcc', ['-O2', '-o', program, path.join(import.meta.dirname, 'native/operations.c')]);
    const text = execFileSync(program, [String(rounds), ...COUNTS.map(String)], { encoding: 'utf8' });
    const times: Times = new Map();
    for (const line of text.trim().split('\n')) {
      const [count, ...figures] = line.split(' ');
      for (const figure of figures) {
        const [operation = '', nanoseconds] = figure.split('=');
        add(times, operation, Number(count), Number(nanoseconds));
      }
    }
    return times;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function must(good: boolean, what: string): void {
  if (!good) throw new Error(`${what} failed on the simulated machine`);
}

function round(machine: SimMachine, n: number, times: Times): void {
  const at = (base: number, i: number) => base + 2 * PAGE * i;
  machine.reset();
  let start = performance.now();
  const lap = (operation: string, since = start) => {
    const now = performance.now();
    add(times, operation, n, (now - since) * 1e6);
    start = performance.now();
  };
  for (let i = 0; i < n; i++) must(machine.mmap(0, at(BASE, i), PAGE, RW, PRIVATE_ANON) === at(BASE, i), 'mmap');
  lap('mmap');
  for (let i = 0; i < n; i++) must(machine.write(0, at(BASE, i), i) === 0, 'a write');
  lap('first-write');
  const began = start;
  const child = machine.fork(0);
  lap('fork');
  machine.exit(child);
  lap('fork-exit-wait', began);
  for (let i = 0; i < n; i++) must(machine.write(0, at(BASE, i), i) === 0, 'a write');
  start = performance.now();
  const move = MREMAP.maymove | MREMAP.fixed;
  for (let i = 0; i < n; i++)
    must(machine.mremap(0, at(BASE, i), PAGE, PAGE, move, at(TARGET, i)) === at(TARGET, i), 'mremap');
  lap('mremap');
  for (let i = 0; i < n; i++) must(machine.munmap(0, at(TARGET, i), PAGE) === 0, 'munmap');
  lap('munmap');
}

/** A page that only the last of WALK_PROCESSES processes maps is reclaimed; all have the VMA. */
function walkRound(machine: SimMachine, times: Times): void {
  machine.reset();
  const length = WALK_PAGES * PAGE;
  must(machine.mmap(0, BASE, length, RW, PRIVATE_ANON) === BASE, 'mmap');
  for (let i = 0; i < WALK_PAGES; i++) must(machine.write(0, BASE + i * PAGE, 1) === 0, 'a write');
  for (let i = 0; i < WALK_PROCESSES - 2; i++)
    must(machine.madvise(machine.fork(0), BASE, length, ADVICE.dontneed ?? 0) === 0, 'MADV_DONTNEED');
  const last = machine.fork(0);
  must(machine.madvise(0, BASE, length, ADVICE.dontneed ?? 0) === 0, 'MADV_DONTNEED');
  must(machine.madvise(last, BASE, length, ADVICE.free ?? 0) === 0, 'MADV_FREE');
  const start = performance.now();
  must(machine.madvise(last, BASE, length, ADVICE.pageout ?? 0) === 0, 'MADV_PAGEOUT');
  add(times, 'walk', WALK_PROCESSES, ((performance.now() - start) * 1e6) / WALK_PAGES);
  const left = machine.mms().find(({ ptr }) => ptr === machine.mmOf(last))?.mappings.length;
  must(left === 0, `reclaim of all pages (${left} are left)`);
}

function median(values: number[] = []): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const tree = await openTree(name, { cwd: process.cwd() });
const built = await buildImage({ tree, overlay: new Map(), config: 'prod', variant: '', measured: true });
if ('failure' in built) throw new Error(`the tree does not build: ${built.failure.unit}`);
const machine = await createMachine(built.image);
const real = native();
const simulated: Times = new Map();
for (let i = 0; i < WARM_UP + rounds; i++) {
  if (i === WARM_UP) simulated.clear();
  for (const count of COUNTS) round(machine, count, simulated);
  walkRound(machine, simulated);
}
console.log(
  `${tree.label} against the kernel of this machine, load average ${loadavg()[0]?.toFixed(1)}, ${rounds} rounds\n`,
);
console.log('| operation | count | native us each | simulated us each | ratio |\n|---|--:|--:|--:|--:|');
for (const [key, values] of real) {
  const [operation, count] = key.split(' ');
  // A walk's time is that of one page already; all else is of all VMAs.
  const each = operation === 'walk' ? 1000 : 1000 * Number(count);
  const [one, other] = [median(values), median(simulated.get(key))];
  const cells = [(one / each).toFixed(2), (other / each).toFixed(2), (other / one).toFixed(2)];
  console.log(`| ${operation} | ${count} | ${cells.join(' | ')} |`);
}
