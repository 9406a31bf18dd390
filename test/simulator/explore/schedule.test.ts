// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, test } from 'vitest';
import type { PassedTurn } from '../../../src/machine/values.ts';
import { formatSchedule, parseSchedule, planOf } from '../../../src/simulator/explore/schedule.ts';

const turn = (thread: number, points: number, ready: number, forced = false): PassedTurn => ({
  thread,
  points,
  forced,
  ready,
});

test('a schedule is short and comes back as the same plan', () => {
  const passed = [turn(0, 17, 3), turn(1, 40, 1, true), turn(0, 4, 3), turn(1, 2, 0, true)];
  const text = formatSchedule(passed, 0x9f3c21aa);
  expect(text).toBe('s1:a17ba4b:9f3c21aa');
  expect(parseSchedule(text)).toEqual({ turns: planOf(passed), hash: 0x9f3c21aa });
});

test('turns that would be taken anyway are left out', () => {
  // Thread a ends, then b, then c: each is the next one in turn.
  expect(formatSchedule([turn(0, 5, 0b110, true), turn(1, 5, 0b100, true), turn(2, 5, 0, true)], 1)).toBe(
    's1:a:00000001',
  );
  // c before b is a choice.
  expect(formatSchedule([turn(0, 5, 0b110, true), turn(2, 5, 0b010, true), turn(1, 5, 0, true)], 1)).toBe(
    's1:ac:00000001',
  );
  expect(formatSchedule([turn(0, 5, 0b11), turn(1, 5, 0b01, true)], 0)).toBe('s1:a5b:00000000');
});

test('a turn may end so many basic blocks behind a point', () => {
  const passed = [{ ...turn(0, 17, 3), blocks: 340 }, { ...turn(1, 0, 3), blocks: 2 }, turn(0, 4, 2, true)];
  expect(formatSchedule(passed, 1)).toBe('s1:a17.340b0.2a:00000001');
  expect(parseSchedule('s1:a17.340b0.2a:00000001').turns).toEqual(planOf(passed));
});

describe('what is no schedule', () => {
  test.each([
    '',
    's1:',
    's2:a:00000000',
    's1:e1:00000000',
    's1:a1:0000',
    's1:a12345678901:00000000',
    's1:a1:00000000 ',
  ])('%j is refused', (text) => expect(() => parseSchedule(text)).toThrow(/not a schedule such as/));
  test('nor is one of a megabyte', () => {
    expect(() => parseSchedule(`s1:${'a1'.repeat(500_000)}:00000000`)).toThrow(/not a schedule/);
  });
});
