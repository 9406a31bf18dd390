// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cleanLine, cleanLines, guardColumnZero } from '../../src/report/sanitise.ts';
import { block, table, wrap } from '../../src/report/text.ts';

it('wraps at 72 columns, loses no word and cuts none', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,90}$/)), fc.constantFrom('', '    '), (words, indent) => {
      const lines = wrap(words.join(' '), indent);
      for (const line of lines) expect(line.length <= 72 || !line.trim().includes(' ')).toBe(true);
      expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(words);
    }),
  );
});

it('aligns names left and figures right, without trailing space', () => {
  const columns = [
    { title: 'object', align: 'left' as const },
    { title: 'n', align: 'right' as const },
  ];
  expect(
    table(columns, [
      ['anon_vma', '5'],
      ['x', '12'],
    ]),
  ).toEqual(['  object     n', '  anon_vma   5', '  x         12']);
  expect(
    table(
      [
        { title: 'a', align: 'left' },
        { title: 'b', align: 'left' },
      ],
      [['x', '']],
    ),
  ).toEqual(['  a  b', '  x']);
});

it('indents a block and leaves empty lines empty', () => {
  expect(block('a\n\n  b\n\n', '    ')).toEqual(['    a', '', '      b']);
});

it('makes controls visible and keeps line ends', () => {
  expect(cleanLines('a\r\nb\tc\u0000\u009b\u202e')).toBe('a\nb  c\\x00\\x9b\\u{202e}');
  expect(cleanLine('a\n\n b \u001b[2J')).toBe('a b \\x1b[2J');
  expect(cleanLine('x'.repeat(50), 10)).toBe('xxxxxxxxxx...');
});

it('indents what mail tools take for their own', () => {
  const lines = ['Fixes: 1', 'ok line', 'diff --git a b', '--- a', '> q', 'From x', '-- ', 'rmapbot: stop', '#syz fix'];
  const guarded = guardColumnZero(lines.join('\n')).split('\n');
  expect(guarded.filter((line) => !line.startsWith('  '))).toEqual(['ok line']);
});
