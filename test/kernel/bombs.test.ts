// SPDX-License-Identifier: GPL-2.0-or-later
// Units that would eat the machine end as ordinary build failures, and the next unit compiles.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { errorsOf } from '../../src/kernel/compile.ts';
import { compileArguments } from '../../src/kernel/flags.ts';
import type { CompilerPool } from '../../src/kernel/pool.ts';
import { OPTIONS, World } from './world.ts';

const world = new World();
afterAll(() => world.remove());

async function compile(pool: CompilerPool, text: string): Promise<string[]> {
  const session = pool.session(world.open(new Map([['mm/unit.c', Buffer.from(text)]])));
  const args = compileArguments('mm/unit.c', OPTIONS, '.out/unit.o');
  const result = await session.run({ args, inputs: [], outputs: ['.out/unit.o'] });
  return result.code === 0 ? [] : errorsOf('mm/unit.c', result).map(({ message }) => message);
}

/** Each level holds the one below sixteen times. */
const macros = Array.from({ length: 8 }, (_, level) => `#define A${level + 1} ${`A${level} `.repeat(16)}`);
const structs = Array.from({ length: 40 }, (_, level) => `struct s${level} { struct s${level - 1} a, b; };`);

const bombs: [string, string, RegExp][] = [
  [
    'structs that double',
    `struct s0 { char c; };\n${structs.slice(1).join('\n')}\nstruct s39 x = {{{1}}};`,
    /memory limit/,
  ],
  ['an array of 8 GiB', 'char x[1UL << 33] = { 1 };', /memory limit/],
  ['an initialiser of billions', 'int x[] = { [0 ... 2000000000] = 7 };', /crashed|memory limit/],
  ['a million operators', `int f(int x) { return ${'!'.repeat(1_000_000)}x; }`, /recursion|memory/],
  ['pointers to pointers to pointers', `int ${'*'.repeat(500_000)}x;`, /recursion limit/],
  ['a file that includes itself', '#include "unit.c"', /nested too deeply/],
];

test.each(bombs)('%s', async (_, text, message) => {
  const pool = world.pool();
  expect((await compile(pool, text))[0]).toMatch(message);
  expect(await compile(pool, 'int fine;')).toEqual([]);
  pool.close();
});

test('macros that expand for ever hit the time limit, and the process is replaced', async () => {
  const pool = world.pool({ wallMs: 5_000 });
  const messages = await compile(pool, `#define A0 x\n${macros.join('\n')}\nint A8;`);
  expect(messages[0]).toMatch(/time limit|memory limit/);
  expect(await compile(world.pool(), 'int fine;')).toEqual([]);
  pool.close();
});

test('a compiler process has an empty environment and only its pipes', async () => {
  process.env.RMAPBOT_TEST_SECRET = 'hunter2';
  const pool = world.pool();
  expect(await compile(pool, 'int fine;')).toEqual([]);
  const children = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isCompilerOf(pid));
  expect(children.length).toBeGreaterThan(0);
  for (const pid of children) {
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    expect(names.filter((name) => !/^(NODE_CHANNEL_|PWD=)/.test(name))).toEqual([]);
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const files = open.filter((target) => target.startsWith('/') && target !== '/dev/null');
    expect(files.filter((file) => !file.endsWith('.wasm'))).toEqual([]);
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/Max file size +0 /);
  }
  delete process.env.RMAPBOT_TEST_SECRET;
  pool.close();
});

function isCompilerOf(pid: string): boolean {
  try {
    const parent = /\nPPid:\t(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('compile-worker');
  } catch {
    return false; // gone meanwhile
  }
}
