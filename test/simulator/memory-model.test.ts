// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, test } from 'vitest';
import { type Backing, Space } from '../../src/simulator/memory-model.ts';

const RW = { prot: 3, shared: false, backing: undefined, backingPage: 0, growsdown: false };
const file = (pages = 4): Backing => ({ kind: 'ext4', pages, initial: (page) => 100 + page, written: new Map() });
const value = (...values: number[]): object => ({ values });
const KILLED = { errno: 14 };

function anon(pages: number, written: number[] = []): Space {
  const space = new Space();
  space.map(10, pages, RW);
  for (const page of written) space.write(10 + page, page + 1);
  return space;
}

describe('what a process must read', () => {
  test('anonymous memory: zeroes, then what it wrote', () => {
    const space = anon(2, [1]);
    expect([10, 11, 12].map((page) => space.expected(page))).toEqual([value(0), value(2), KILLED]);
  });

  test('a fork shares until either writes', () => {
    const parent = anon(3, [0, 1]);
    const child = parent.fork();
    child.write(10, 50);
    parent.write(11, 60);
    expect([10, 11, 12].map((page) => parent.expected(page))).toEqual([value(1), value(60), value(0)]);
    expect([10, 11, 12].map((page) => child.expected(page))).toEqual([value(50), value(2), value(0)]);
  });

  test('failed memory kills all who share it, until they drop it; copies stay', () => {
    const parent = anon(3, [0, 1]);
    const child = parent.fork();
    child.write(10, 50);
    expect([10, 11, 12].map((page) => parent.written(page))).toEqual([1, 2, undefined]);
    for (const space of [parent, child]) for (const tag of [1, 2]) space.fail(tag);
    expect([10, 11, 12].map((page) => parent.expected(page))).toEqual([KILLED, KILLED, value(0)]);
    expect([10, 11, 12].map((page) => child.expected(page))).toEqual([value(50), KILLED, value(0)]);
    expect([parent.write(10, 60), child.write(10, 61)]).toEqual([false, true]);
    const heir = parent.fork();
    parent.advise(10, 1, 'dontneed');
    parent.advise(11, 1, 'free');
    expect([10, 11].map((page) => parent.expected(page))).toEqual([value(0), value(0)]);
    expect(heir.expected(10)).toEqual(KILLED);
    heir.move(10, 1, 30, 1, true);
    expect([10, 30].map((page) => heir.expected(page))).toEqual([value(0), KILLED]);
  });

  test('a private file mapping shows the file until it is written', () => {
    const backing = file();
    const space = new Space();
    space.map(10, 3, { ...RW, backing, backingPage: 2 });
    space.map(20, 4, { ...RW, shared: true, backing });
    space.write(10, 7);
    space.write(22, 8);
    space.write(23, 9);
    expect([10, 11, 12, 22].map((page) => space.expected(page))).toEqual([value(7), value(9), KILLED, value(8)]);
  });

  test('rights are obeyed', () => {
    const space = anon(2, [0]);
    space.each(10, 1, (slot) => {
      slot.prot = 1;
    });
    expect(space.write(10, 5)).toBe(false);
    expect(space.expected(10)).toEqual(value(1));
    space.each(10, 1, (slot) => {
      slot.prot = 0;
    });
    expect(space.expected(10)).toEqual(KILLED);
    expect(space.contents(10)).toEqual(value(1));
  });
});

describe('mremap', () => {
  test('moves contents and unmaps both what it leaves and what it lands on', () => {
    const space = anon(3, [0, 1, 2]);
    space.map(30, 3, RW);
    space.write(31, 99);
    space.move(10, 2, 30, 2, false);
    expect([10, 11, 12, 30, 31, 32].map((page) => space.expected(page))).toEqual([
      KILLED,
      KILLED,
      value(3),
      value(1),
      value(2),
      value(0),
    ]);
  });

  test('grows with the file’s next pages, shrinks at the end', () => {
    const space = new Space();
    space.map(10, 2, { ...RW, backing: file(), backingPage: 1 });
    space.move(10, 2, 10, 3, false);
    expect(space.expected(12)).toEqual(value(103));
    space.move(10, 3, 20, 1, false);
    expect([...space.slots.keys()]).toEqual([20]);
  });

  test('MREMAP_DONTUNMAP keeps the old pages without their contents', () => {
    const space = anon(2, [0, 1]);
    space.move(10, 2, 20, 2, true);
    expect([10, 11, 20, 21].map((page) => space.expected(page))).toEqual([value(0), value(0), value(1), value(2)]);
  });
});

test('madvise changes contents and what a fork hands on', () => {
  const space = anon(5, [0, 1, 2, 3, 4]);
  space.advise(10, 1, 'dontneed');
  space.advise(11, 1, 'dontfork');
  space.advise(12, 1, 'wipeonfork');
  space.advise(13, 1, 'free');
  const child = space.fork();
  expect([10, 11, 12, 13, 14].map((page) => space.expected(page))).toEqual([
    value(0),
    value(2),
    value(3),
    value(4, 0),
    value(5),
  ]);
  expect([10, 11, 12, 13, 14].map((page) => child.expected(page))).toEqual([
    value(0),
    KILLED,
    value(0),
    value(4, 0),
    value(5),
  ]);
});

test('a stack grows down to the page touched, unless something lies in its guard gap', () => {
  const stack = (): Space => {
    const space = new Space();
    space.map(1000, 2, { ...RW, growsdown: true });
    return space;
  };
  const free = stack();
  expect(free.grow(997)).toBe(true);
  expect([...free.slots.keys()].sort()).toEqual([1000, 1001, 997, 998, 999].sort());
  const near = stack();
  near.map(800, 1, RW);
  expect(near.grow(997)).toBe(false);
  expect(anon(1).grow(9)).toBe(false);
});

test('UFFDIO_MOVE empties its source, UFFDIO_COPY does not', () => {
  const space = anon(6, [0, 1]);
  space.fill(10, 2, 13, false);
  expect([10, 11, 13, 14].map((page) => space.expected(page))).toEqual([value(0), value(0), value(1), value(2)]);
  space.fill(13, 2, 10, true);
  expect([10, 11, 13, 14].map((page) => space.expected(page))).toEqual([value(1), value(2), value(1), value(2)]);
});

test("a heap grows with zeroes, shrinks, and is the child's own after a fork", () => {
  const parent = new Space();
  parent.brk(20, 3);
  parent.write(22, 7);
  const child = parent.fork();
  child.brk(20, 1);
  child.brk(20, 3);
  parent.brk(20, 4);
  expect([20, 22, 23].map((page) => parent.expected(page))).toEqual([value(0), value(7), value(0)]);
  expect([20, 22, 23].map((page) => child.expected(page))).toEqual([value(0), value(0), KILLED]);
});

test('guard pages hold nothing and outlive MADV_DONTNEED', () => {
  const space = anon(3, [0, 1]);
  space.advise(10, 1, 'guard-install');
  space.advise(10, 2, 'dontneed');
  expect([10, 11].map((page) => space.expected(page))).toEqual([KILLED, value(0)]);
  expect([space.write(10, 9), space.fork().expected(10)]).toEqual([false, KILLED]);
  space.move(10, 1, 40, 1, true);
  expect([10, 40].map((page) => space.expected(page))).toEqual([value(0), KILLED]);
  space.advise(40, 1, 'guard-remove');
  expect(space.expected(40)).toEqual(value(0));
});

test('a page of a file is clean until it is written or copied', () => {
  const space = new Space();
  const backing = file();
  space.map(10, 4, { ...RW, backing });
  space.map(50, 4, { ...RW, shared: true, backing });
  space.write(11, 1);
  space.write(52, 2);
  expect([10, 11, 12, 50, 52].map((page) => space.clean(page))).toEqual([true, false, false, true, false]);
  expect(anon(1).clean(10)).toBe(false);
});
