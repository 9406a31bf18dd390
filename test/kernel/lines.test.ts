// SPDX-License-Identifier: GPL-2.0-or-later
// From code back to source, on a module that is compiled, linked and run here.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileArguments } from '../../src/kernel/flags.ts';
import { Lines, makeLines } from '../../src/kernel/lines.ts';
import { link } from '../../src/kernel/link.ts';
import { pack } from '../../src/kernel/packed.ts';
import type { CompilerPool } from '../../src/kernel/pool.ts';
import { readCalls, readModule } from '../../src/kernel/wasm-module.ts';
import { OPTIONS, World } from './world.ts';

const HEADER = `static inline __attribute__((always_inline)) int twice(int x)
{
	return x + must_not_be_negative(x);
}
`;
const UNIT = `int must_not_be_negative(int x);
#include "inline.h"

int classify(int x)
{
	int result = 0;

	if (x < 0)
		return -1;
	while (x > 10) {
		x -= 10;
		result++;
	}
	switch (x) {
	case 1:
		return 100;
	case 2:
		return 200;
	default:
		return result;
	}
}

int outer(int x)
{
	return classify(x) +
		twice(x);
}
`;
const MACHINE = `extern unsigned char rmapbot_hits[];
unsigned char rmapbot_hits[4096];
static unsigned int count;
void __sanitizer_cov_trace_pc_guard_init(unsigned int *start, unsigned int *stop)
{
	for (; start < stop && !*start; start++)
		*start = ++count;
}
void __sanitizer_cov_trace_pc_guard(unsigned int *guard) { rmapbot_hits[*guard] = 1; }
int must_not_be_negative(int x)
{
	if (x < 0)
		__builtin_trap();
	return x;
}
`;

const world = new World({ 'mm/unit.c': UNIT, 'mm/inline.h': HEADER });
world.write('machine/fuel.c', MACHINE);
let pool: CompilerPool;
let module: Uint8Array;
let lines: Lines;

beforeAll(async () => {
  pool = world.pool();
  module = await build(0);
  lines = new Lines(JSON.parse(JSON.stringify(makeLines(module))));
});
afterAll(() => world.remove());

async function build(optimise: 0 | 1 | 2): Promise<Uint8Array> {
  const objects: [string, Uint8Array][] = [];
  for (const unit of ['mm/unit.c', '.machine/fuel.c']) {
    const options = { ...OPTIONS, optimise, instrument: unit === 'mm/unit.c' };
    const args = compileArguments(unit, options, '.out/unit.o');
    const result = await pool.run({ args, inputs: [], outputs: ['.out/unit.o'] });
    objects.push([unit, result.outputs.get('.out/unit.o') ?? new Uint8Array(0)]);
  }
  const session = pool.session(world.open());
  const linked = await link(objects, session);
  if ('failure' in linked) throw new Error(linked.failure);
  return linked.module;
}

interface Exports {
  __wasm_call_ctors(): void;
  classify(x: number): number;
  outer(x: number): number;
  rmapbot_hits: { value: bigint };
  memory: WebAssembly.Memory;
}

function start(bytes: Uint8Array) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {});
  const machine = exports as unknown as Exports;
  machine.__wasm_call_ctors();
  const hits = (): [number, number][] => {
    const marks = new Uint8Array(machine.memory.buffer, Number(machine.rmapbot_hits.value), 4096);
    return [...marks.entries()].filter(([, mark]) => mark === 1).map(([id]) => [id, id + 1]);
  };
  return { machine, hits };
}

const sorted = (set: Set<number> | undefined) => [...(set ?? [])].sort((a, b) => a - b);

test('executed blocks become executed lines', () => {
  const { machine, hits } = start(module);
  expect(machine.classify(2)).toBe(200);
  const file = lines.coverage(hits(), new Set(['mm/unit.c'])).get('mm/unit.c');
  expect(sorted(file?.executed)).toEqual([5, 6, 8, 10, 14, 18, 22]);
  expect(sorted(file?.executable)).toEqual([5, 6, 8, 9, 10, 11, 12, 14, 16, 18, 20, 22, 25, 26, 27]);
  expect(machine.classify(25)).toBe(2);
  expect(machine.classify(-1)).toBe(-1);
  const later = lines.coverage(hits()).get('mm/unit.c');
  expect(sorted(later?.executed)).toEqual([5, 6, 8, 9, 10, 11, 12, 14, 18, 20, 22]);
});

test('runs are told apart, each as coverage() tells it', () => {
  const [one, two] = [start(module), start(module)];
  one.machine.classify(2);
  two.machine.outer(3);
  const runs = new Map([
    ['classify', one.hits()],
    ['outer', two.hits()],
    ['idle', []],
  ]);
  const packed = new Map([...runs].map(([name, ranges]) => [name, pack(ranges)]));
  const told = lines.byRun(packed, new Set(['mm/unit.c', 'mm/inline.h']));
  for (const [name, blocks] of runs) {
    for (const file of ['mm/unit.c', 'mm/inline.h'])
      expect(sorted(told.get(name)?.get(file))).toEqual(sorted(lines.coverage(blocks).get(file)?.executed));
  }
  expect(told.get('idle')?.size).toBe(0);
  expect(sorted(told.get('outer')?.get('mm/inline.h'))).toContain(3);
});

test('calls are told by name, inlined ones beside them', () => {
  const calls = readCalls(module);
  expect([...(calls.get('outer') ?? [])].sort()).toEqual(['classify', 'must_not_be_negative']);
  expect([...(calls.get('classify') ?? [])]).toEqual([]);
  expect(lines.inlinedCalls()).toContainEqual(['outer', 'twice']);
  expect(lines.files).toEqual(expect.arrayContaining(['mm/unit.c', 'mm/inline.h']));
});

test.each([1, 2] as const)('optimised code tells no line that did not run, -O%d', async (optimise) => {
  const bytes = await build(optimise);
  const { machine, hits } = start(bytes);
  expect(machine.classify(2)).toBe(200);
  const file = new Lines(makeLines(bytes)).coverage(hits()).get('mm/unit.c');
  for (const line of [9, 11, 12, 16, 20, 26, 27]) expect(sorted(file?.executed)).not.toContain(line);
  for (const line of [8, 18]) expect(sorted(file?.executed)).toContain(line);
});

test('only the files asked for are told', () => {
  expect([...lines.coverage([], new Set(['mm/inline.h'])).keys()]).toEqual(['mm/inline.h']);
  expect(sorted(lines.coverage([], new Set(['mm/inline.h'])).get('mm/inline.h')?.executed)).toEqual([]);
});

test('a trap leads to its line, through an inlined call', () => {
  const { machine } = start(module);
  let stack = '';
  try {
    machine.outer(-5);
  } catch (error) {
    stack = (error as Error).stack ?? '';
  }
  const offsets = [...stack.matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)].map(
    ([, offset = '0']) => Number.parseInt(offset, 16) - lines.codeStart,
  );
  const frames = offsets.flatMap((offset) => lines.frames(offset));
  expect(frames).toEqual([
    { file: 'machine:fuel.c', line: 13, function: 'must_not_be_negative' },
    { file: 'mm/inline.h', line: 3, function: 'twice' },
    { file: 'mm/unit.c', line: 27, function: 'outer' },
  ]);
});

test.each([0, 1] as const)('agrees with llvm-addr2line at every offset, -O%d', async (optimise) => {
  const bytes = await build(optimise);
  const own = new Lines(makeLines(bytes));
  const { functions, codeStart } = readModule(bytes);
  expect(codeStart).toBe(own.codeStart);
  const offsets = functions.flatMap(({ start: from, end }) =>
    Array.from({ length: end - from }, (_, index) => from + index),
  );
  const result = await pool.run({
    args: ['addr2line', '-i', '-f', '-a', '-e', '.out/x.wasm', ...offsets.map((offset) => `0x${offset.toString(16)}`)],
    inputs: [['.out/x.wasm', bytes]],
    outputs: [],
    stdoutLimit: 1e8,
  });
  const answers = result.stdout.split(/^0x.*\n/m).slice(1);
  expect(answers.length).toBe(offsets.length);
  let compared = 0;
  for (const [index, answer] of answers.entries()) {
    const theirs = answer
      .trim()
      .replace(/ \(discriminator \d+\)/g, '')
      .split('\n')
      .filter((_, row) => row % 2 === 1);
    // Line 0 is the compiler's own code: there we tell the statement before it, llvm nothing.
    if (theirs.some((place) => /:[0?]+$/.test(place))) continue;
    const ours = own
      .frames(offsets[index] ?? 0)
      .map(({ file, line }) => `${file.replace('machine:', '.machine/')}:${line}`);
    expect(ours).toEqual(theirs.map((place) => place.replace(/^[./]*(?=mm\/|\.machine\/)/, '')));
    compared++;
  }
  expect(compared).toBeGreaterThan(offsets.length / 3);
});
