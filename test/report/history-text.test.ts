// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import { terminalStyle } from '../../src/cli/terminal.ts';
import { drawHistory, type TerminalStyle } from '../../src/report/history-text.ts';
import { ownScenarios } from '../../src/review/real-rooms.ts';
import { expand } from '../../src/simulator/grammar/expand.ts';
import { parseScenario } from '../../src/simulator/grammar/parse.ts';
import { Scope } from '../../src/simulator/grammar/scope.ts';
import type { FlatStep } from '../../src/simulator/grammar/values.ts';

const PLAIN: TerminalStyle = { columns: 80, unicode: true, colour: false };

function stepsOf(...steps: string[]): FlatStep[] {
  const text = `name: toy\nareas: [vma-split]\nabout: a toy\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`;
  const { steps: parsed, files } = parseScenario(text, 'toy.yaml');
  return expand(parsed, new Scope(files));
}

test('forks branch to the right, and to the left where a lane has become free', () => {
  const steps = stepsOf(
    'P: mmap A 2 rw private anon',
    'P: fork C',
    'P: fork D',
    'C: exit',
    'D: fork E',
    'mark: both',
    'quiesce',
    'P: fork F',
    'exit: all',
  );
  expect(drawHistory(steps, PLAIN)).toEqual([
    ' ●       P: mmap A 2 rw private anon',
    ' ●─╮     P: fork C',
    ' ●─┼─╮   P: fork D',
    ' │ ╳ │   C: exit',
    ' │ ╭─●   D: fork E',
    ' │╌│╌│╌╌╌ mark: both',
    ' │ │ │   quiesce',
    ' ●─┼─┼─╮ P: fork F',
    ' ╳ ╳ ╳ ╳ exit: all',
    '',
    ' ● acts   ╳ exits',
  ]);
});

test('a parent waits for its vfork child; without UTF-8 plain characters do', () => {
  const steps = stepsOf('P: vfork V', 'mark: shared', 'V: exec', 'P: mmap A 1 rw private anon', 'V: exit');
  expect(drawHistory(steps, { ...PLAIN, unicode: false })).toEqual([
    ' *-. P: vfork V',
    ' :-|- mark: shared',
    ' : * V: exec',
    ' * | P: mmap A 1 rw private anon',
    ' | x V: exit',
    '',
    ' * acts   : waits for its vfork child   x exits',
  ]);
});

test('a step that is expected to fail brings nobody into being', () => {
  const steps = stepsOf('P: fork C fails ENOMEM', 'P: exit');
  expect(drawHistory(steps, PLAIN).slice(0, 2)).toEqual([' ● P: fork C fails ENOMEM', ' ╳ P: exit']);
});

test('long steps go on below themselves, long histories leave out their middle, wide ones are not drawn', () => {
  const pages = Array.from({ length: 40 }, (_, page) => `${page * 2}`).join(',');
  const long = drawHistory(stepsOf('P: mmap A 90 rw private anon', `P: write A ${pages}`), { ...PLAIN, columns: 80 });
  expect(long.every((text) => text.length <= 80 || text.includes(pages.slice(0, 20)))).toBe(true);
  const loop = ['repeat: { times: 200, as: i, steps: [{ P: "fork C{i}" }, { "C{i}": exit }] }'];
  const many = drawHistory(stepsOf(...loop), PLAIN);
  expect(many).toContain(' ⋮ ⋮  328 more steps');
  expect(many.length).toBe(60 + 1 + 12 + 2);
  const wide = drawHistory(stepsOf('repeat: { times: 30, as: i, steps: [{ P: "fork C{i}" }] }'), PLAIN);
  expect(wide[0]).toBe('31 processes at once, more than can be drawn; the steps alone:');
  expect(wide).toHaveLength(31);
});

test('colour follows a process, and only where the terminal has some', () => {
  const steps = stepsOf('P: fork C', 'C: exit');
  const [fork = ''] = drawHistory(steps, { ...PLAIN, colour: true });
  expect(fork).toContain('\x1b[34m●\x1b[0m');
  expect(drawHistory(steps, PLAIN).join('')).not.toContain('\x1b');
  const tty = { isTTY: true, columns: 100 };
  expect(terminalStyle({ LANG: 'C.UTF-8' }, tty)).toEqual({ columns: 100, unicode: true, colour: true });
  expect(terminalStyle({ LANG: 'C.UTF-8', NO_COLOR: '1' }, tty).colour).toBe(false);
  expect(terminalStyle({ LC_ALL: 'C', LANG: 'en_US.utf8' }, { ...tty, columns: 20 })).toMatchObject({
    unicode: false,
    columns: 80,
  });
  expect(terminalStyle({ LANG: 'C.UTF-8' }, {})).toEqual({ columns: 80, unicode: true, colour: false });
});

test('every scenario of ours is drawn within 80 columns', () => {
  for (const { name, steps, files } of ownScenarios()) {
    const lines = drawHistory(expand(steps, new Scope(files)), PLAIN);
    expect(Math.max(...lines.map((line) => [...line].length)), name).toBeLessThanOrEqual(80);
    expect(lines[0], name).toMatch(/^ [●│]/);
  }
});
