// SPDX-License-Identifier: GPL-2.0-or-later
// Two threads of a module written by hand: each has its own stack pointer, and runs only when it is switched to.
import { expect, test } from 'vitest';
import { Stacks, type ThreadMain } from '../../src/machine/stacks.ts';

/*
 * (import "sim" "switch" (func $switch (param i32)))
 * (import "sim" "log" (func $log (param i32) (param i64)))
 * (global $sp (mut i64) (i64.const 1048576))
 * (func (export "main") (param $self i32) (result i32)
 *   (call $log (local.get $self) (global.get $sp))
 *   (global.set $sp (i64.sub (global.get $sp) (i64.const 16)))
 *   (if (i32.eqz (local.get $self)) (then
 *     (call $switch (i32.const 1))
 *     (call $log (i32.const 10) (global.get $sp))
 *     (return (i32.const -1))))
 *   (if (i32.eq (local.get $self) (i32.const 2)) (then (unreachable)))
 *   (i32.const 0))
 */
const section = (id: number, ...content: number[]) => [id, content.length, ...content];
const text = (word: string) => [word.length, ...Buffer.from(word)];
const I32 = 0x7f;
const I64 = 0x7e;
const body = [
  ...[0, 0x20, 0, 0x23, 0, 0x10, 1],
  ...[0x23, 0, 0x42, 16, 0x7d, 0x24, 0],
  ...[0x20, 0, 0x45, 0x04, 0x40, 0x41, 1, 0x10, 0, 0x41, 10, 0x23, 0, 0x10, 1, 0x41, 0x7f, 0x0f, 0x0b],
  ...[0x20, 0, 0x41, 2, 0x46, 0x04, 0x40, 0x00, 0x0b],
  ...[0x41, 0, 0x0b],
];
const MODULE = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, 3, 0x60, 1, I32, 0, 0x60, 2, I32, I64, 0, 0x60, 1, I32, 1, I32),
  ...section(2, 2, ...text('sim'), ...text('switch'), 0, 0, ...text('sim'), ...text('log'), 0, 1),
  ...section(3, 1, 2),
  ...section(6, 1, I64, 1, 0x42, 0x80, 0x80, 0xc0, 0x00, 0x0b),
  ...section(7, 2, ...text('main'), 0, 2, ...text('sp'), 3, 0),
  ...section(10, 1, body.length, ...body),
]);

function threads(): { stacks: Stacks; log: [number, number][]; pointer: WebAssembly.Global } {
  const log: [number, number][] = [];
  let stacks: Stacks | undefined;
  const sim = {
    switch: new WebAssembly.Suspending((to: number) => stacks?.switchTo(to)),
    log: (who: number, pointer: bigint) => log.push([who, Number(pointer)]),
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { sim });
  const pointer = exports.sp as WebAssembly.Global;
  stacks = new Stacks(WebAssembly.promising(exports.main) as ThreadMain, pointer);
  return { stacks, log, pointer };
}

test('a thread goes on where it was, on its own stack', async () => {
  const { stacks, log, pointer } = threads();
  for (let again = 0; again < 3; again++) {
    log.length = 0;
    await stacks.run(0, false);
    const [first, second, third] = log.map(([, at]) => at);
    expect(log.map(([who]) => who)).toEqual([0, 1, 10]);
    expect(third).toBe((first ?? 0) - 16);
    expect(Math.abs((first ?? 0) - (second ?? 0))).toBeGreaterThanOrEqual(64 * 1024);
    expect(pointer.value).toBe(1048576n);
  }
});

test('what a thread throws ends the run, and the next run begins afresh', async () => {
  const { stacks, log } = threads();
  await expect(stacks.run(2, false)).rejects.toThrow(WebAssembly.RuntimeError);
  log.length = 0;
  await stacks.run(0, false);
  expect(log.map(([who]) => who)).toEqual([0, 1, 10]);
});

test('the end of each turn is traced where that is asked for', async () => {
  const { stacks } = threads();
  await stacks.run(0, true);
  expect(stacks.stops).toHaveLength(3);
  expect(stacks.stops?.[0]).toMatch(/wasm-function\[2\]/);
  expect(stacks.stops?.slice(1)).toEqual(['', '']);
});
