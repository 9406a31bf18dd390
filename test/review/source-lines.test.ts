// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, it } from 'vitest';
import { sourceLines } from '../../src/review/source-lines.ts';
import type { Coverage } from '../../src/review/values.ts';

const coverage = (more: Partial<Coverage>): Coverage => {
  return { config: 'check', changedLines: 0, executedLines: 0, notExecuted: [], notBuilt: [], ...more };
};

it('gives the text of lines that ran and of those that did not, file by file', () => {
  const overlay = new Map([
    ['mm/rmap.c', Buffer.from('one\ntwo\nthree\nfour\n')],
    ['mm/b.c', Buffer.from('b')],
  ]);
  const measured = coverage({
    executed: [{ file: 'mm/rmap.c', lines: [[2, 3]] }],
    notExecuted: [
      { file: 'mm/rmap.c', line: 1, function: 'f', patch: 1 },
      { file: 'mm/b.c', line: 9, function: 'f', patch: 1 },
      { file: 'mm/gone.c', line: 1, function: 'f', patch: 1 },
    ],
  });
  expect(sourceLines(measured, overlay)).toEqual([
    { file: 'mm/b.c', lines: [] },
    {
      file: 'mm/rmap.c',
      lines: [
        [1, 'one'],
        [2, 'two'],
        [3, 'three'],
      ],
    },
  ]);
});

it('keeps it within bounds', () => {
  const overlay = new Map([['a.c', Buffer.from(`${'x'.repeat(500)}\n`.repeat(5000))]]);
  const [file] = sourceLines(coverage({ executed: [{ file: 'a.c', lines: [[1, 5000]] }] }), overlay);
  expect(file?.lines).toHaveLength(2000);
  expect(file?.lines[0]?.[1]).toHaveLength(160);
});
