// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, it } from 'vitest';
import { progressLine } from '../../src/cli/progress.ts';

function terminal(isTTY: boolean, columns = 20) {
  const written: string[] = [];
  return { written, out: { isTTY, columns, write: (text: string | Uint8Array) => written.push(String(text)) > 0 } };
}

it('is silent in a pipe', () => {
  const { written, out } = terminal(false);
  const line = progressLine(out);
  line.show('fetch');
  line.show({ phase: 'build', done: 1, total: 2 });
  line.clear();
  expect(written).toEqual([]);
});

it('repaints one line, cut to the terminal, and clears it', () => {
  const { written, out } = terminal(true);
  const line = progressLine(out, () => 0);
  line.show('a text that is longer than the terminal is wide');
  line.show({ phase: 'build', done: 1, total: 60 });
  line.clear();
  line.clear();
  expect(written).toEqual(['\r\u001b[2Ka text that is long', '\r\u001b[2Kbuild: 1/60', '\r\u001b[2K']);
});

it('does not repaint a phase more often than a reader can see, but always shows a new phase', () => {
  let now = 0;
  const { written, out } = terminal(true);
  const line = progressLine(out, () => now);
  for (let done = 1; done <= 100; done++, now += 1) line.show({ phase: 'run', done, total: 100 });
  expect(written.length).toBeLessThanOrEqual(2);
  line.show({ phase: 'confirm' });
  expect(written.at(-1)).toContain('confirm');
});

it('lets no escape of a foreign text through', () => {
  const { written, out } = terminal(true, 80);
  progressLine(out).show('tree \u001b]0;evil\u0007');
  expect(written.join('').slice('\r\u001b[2K'.length)).toBe('tree \\x1b]0;evil\\x07');
});
