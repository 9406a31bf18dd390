// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { parsePatch } from '../../src/series/patch.ts';
import { diffOf, mail, patchBody } from './mails.ts';

const parse = (body: string, subject = '[PATCH v2 1/2] mm: title', flowed = false) =>
  parsePatch(mail('x', subject, body, { flowed }), 1);

describe('parsePatch', () => {
  it('parts message, notes and diff', () => {
    const patch = parse(
      `First.\n\nFixes: 0123456789ab ("mm: x")\nSigned-off-by: A <a@example.org>\n---\nv2: rebased\n\n mm/rmap.c | 2 +-\n\n${diffOf('mm/rmap.c')}-- \n2.47.3\n\n___\nlist footer\n`,
    );
    expect(patch).toMatchObject({
      title: 'mm: title',
      message: 'First.\n\nFixes: 0123456789ab ("mm: x")\nSigned-off-by: A <a@example.org>',
      notes: 'v2: rebased\n\n mm/rmap.c | 2 +-',
      diff: diffOf('mm/rmap.c'),
      paths: ['mm/rmap.c'],
      trailers: [
        { name: 'Fixes', value: '0123456789ab ("mm: x")' },
        { name: 'Signed-off-by', value: 'A <a@example.org>' },
      ],
    });
    expect(patch.unusable).toBeUndefined();
  });

  it('takes author and title from in-body headers', () => {
    const patch = parse(`From: "B, C" <b@example.org>\nSubject: [PATCH] other\n title\n\n${patchBody()}`);
    expect(patch).toMatchObject({ author: { name: 'B, C', address: 'b@example.org' }, title: 'other title' });
    expect(patch.message).toMatch(/^why 1/);
    expect(parse(`From: the start, all is well.\n\n${patchBody()}`).message).toMatch(/^From: the start/);
  });

  it.each(['-- >8 --', '---- 8< ----', '--- 8< --- cut here --- 8< ---'])(
    'drops what stands before scissors %s',
    (scissors) => {
      const patch = parse(`How about this?\n\n${scissors}\nSubject: [PATCH] better\n\n${patchBody()}`);
      expect(patch).toMatchObject({ title: 'better', diff: diffOf('mm/rmap.c') });
      expect(patch.message).toMatch(/^why 1/);
    },
  );

  it('does not cut at arrows or in the diff', () => {
    expect(parse(`x >8 y\n\n-> 8 <-\n---\n${diffOf('mm/rmap.c', '-- >8 --')}`).message).toBe('x >8 y\n\n-> 8 <-');
  });

  it('ends the message at a diff without "---"', () => {
    expect(parse(`words\n\n${diffOf('a.c')}`)).toMatchObject({ message: 'words', diff: diffOf('a.c'), paths: ['a.c'] });
  });

  it.each<[string, string, boolean, RegExp]>([
    ['no diff', 'words\n---\n', false, /holds no diff/],
    ['a diff cut off', patchBody().slice(0, -30), false, /is cut off/],
    ['format=flowed', patchBody(), true, /format=flowed/],
    [
      'a binary file without data',
      'x\n---\ndiff --git a/b b/b\nindex 11111..22222 100644\nBinary files a/b and b/b differ\n',
      false,
      /has no data/,
    ],
    [
      'more hunks than anybody writes',
      `x\n---\n${diffOf('a')}${'@@ -1 +1 @@\n-a\n+b\n'.repeat(100_001)}`,
      false,
      /100000 hunks/,
    ],
    [
      'more files than there are',
      `x\n---\n${Array.from({ length: 10_001 }, (_, n) => diffOf(`${n}`)).join('')}`,
      false,
      /more than 10000 files/,
    ],
    ['more lines than anybody reads', 'x\n'.repeat(500_002), false, /more than 500000 lines/],
  ])('says why a mail with %s is unusable', (_, body, flowed, words) => {
    expect(parse(body, undefined, flowed).unusable).toMatch(words);
  });

  it('keeps a patch whose last line is deleted apart from the signature', () => {
    const diff =
      'diff --git a/x b/x\nindex 11111..22222 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n a\n-- b\n\\ No newline at end of file\n';
    expect(parse(`w\n---\n${diff}-- \n2.47.3\n`).diff).toBe(diff);
  });
});
