// SPDX-License-Identifier: GPL-2.0-or-later
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { type FileDiff, type Hunk, parseDiff, pathsOf, scanDiff } from '../../src/series/diff.ts';
import { diffOf } from './mails.ts';

/** Old and new lines that a hunk's lines amount to. */
function recount(hunk: Hunk): [number, number] {
  const count = (kinds: string) => hunk.lines.filter((line) => kinds.includes(line[0] ?? '')).length;
  return [count(' -\r'), count(' +\r')];
}

function render(file: FileDiff): string {
  const name = file.newPath ?? '';
  const hunks = file.hunks.map(
    (hunk) =>
      `@@ -${hunk.oldStart},${hunk.oldCount} +${hunk.newStart},${hunk.newCount} @@ ${hunk.header}\n${hunk.lines.join('\n')}\n`,
  );
  return `diff --git a/${name} b/${name}\nindex 1111111..2222222 100644\n--- a/${name}\n+++ b/${name}\n${hunks.join('')}`;
}

/** Contents that look like something else. */
const content = fc.oneof(
  fc.string({ maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ' ')),
  fc.constantFrom('', '-- ', '-- a/x', '++ b/x', '@@ -1 +1 @@', 'diff --git a/x b/x', '--', ' ', 'From x'),
);
const hunkArbitrary = fc
  .array(fc.tuple(fc.constantFrom(' ', '-', '+'), content), { minLength: 1, maxLength: 15 })
  .map((parts): Hunk => {
    const hunk: Hunk = {
      oldStart: 1,
      oldCount: 0,
      newStart: 1,
      newCount: 0,
      header: 'f()',
      lines: parts.map(([kind, text]) => kind + text),
    };
    [hunk.oldCount, hunk.newCount] = recount(hunk);
    return hunk;
  });
const fileArbitrary = fc
  .tuple(fc.stringMatching(/^[a-z]{1,6}(\/[a-z.]{1,6}){0,2}$/), fc.array(hunkArbitrary, { minLength: 1, maxLength: 3 }))
  .map(
    ([path, hunks]): FileDiff => ({
      oldPath: path,
      newPath: path,
      status: 'modified',
      oldMode: '100644',
      newMode: '100644',
      oldBlob: '1111111',
      newBlob: '2222222',
      binary: false,
      hunks,
    }),
  );
const prose = fc.array(
  fc.constantFrom('some words', '-- ', '2.47.3', '', '---', '+ plus', '- minus', '> quoted', '___ list footer'),
);

describe('parseDiff', () => {
  it('gives back what was written, with prose around it, and ends at the last hunk', () => {
    fc.assert(
      fc.property(fc.array(fileArbitrary, { minLength: 1, maxLength: 4 }), prose, prose, (files, before, after) => {
        const diff = files.map(render).join('');
        const lines = [...before, ...diff.split('\n').slice(0, -1), ...after, ''];
        expect(parseDiff(lines.join('\n'))).toEqual(files);
        const scan = scanDiff(lines);
        expect(`${lines.slice(scan.start, scan.end).join('\n')}\n`).toBe(diff);
      }),
    );
  });

  it('throws nothing but InputError on damaged diffs, and what it returns adds up', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.constantFrom('delete', 'double', 'cut', 'swap')), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(fileArbitrary, { minLength: 1, maxLength: 2 }), damage, (files, steps) => {
        let lines = files.map(render).join('').split('\n');
        for (const [where, what] of steps) {
          const at = where % lines.length;
          if (what === 'delete') lines = lines.toSpliced(at, 1);
          else if (what === 'double') lines = lines.toSpliced(at, 0, lines[at] ?? '');
          else if (what === 'swap') lines = lines.toSpliced(at, 2, lines[at + 1] ?? '', lines[at] ?? '');
          else lines = lines.toSpliced(at, 1, (lines[at] ?? '').slice(0, where % 7));
          if (lines.length === 0) break;
        }
        let parsed: FileDiff[] = [];
        try {
          parsed = parseDiff(lines.join('\n'));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
        for (const hunk of parsed.flatMap((file) => file.hunks))
          expect(recount(hunk)).toEqual([hunk.oldCount, hunk.newCount]);
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, string, RegExp]>([
    [
      'cut off',
      diffOf('mm/x.c').split('\n').slice(0, -3).join('\n'),
      /hunk 1 of mm\/x.c is cut off: 1 old and 2 new lines/,
    ],
    ['line-wrapped', diffOf('mm/x.c').replace(' a\n', 'wrapped\n a\n'), /hunk 1 of mm\/x.c is corrupt/],
    ['miscounted', diffOf('mm/x.c').replace('-1,3 +1,3', '-1,1 +1,3'), /does not have the line counts/],
    ['with a malformed @@ line', diffOf('mm/x.c').replace('@@ -1,3 +1,3 @@', '@@ -1,3 +1,x @@'), /malformed @@ line/],
    ['with two names', diffOf('mm/x.c').replace('+++ b/mm/x.c', '+++ b/mm/y.c'), /contradicts itself/],
    ['of a merge', 'diff --cc mm/x.c\nindex 1,2..3\n', /combined diff/],
    [
      'binary, cut off',
      'diff --git a/x b/x\nindex 11111..22222 100644\nGIT binary patch\nliteral 5\nMcm',
      /binary patch of x is cut off/,
    ],
  ])('refuses a diff that is %s', (_, text, words) => {
    expect(() => parseDiff(text)).toThrow(words);
    expect(() => parseDiff(text)).toThrow(InputError);
  });

  it('does not take the end of the text for an empty line', () => {
    expect(() => parseDiff(diffOf('mm/x.c').replace(/ c\n$/, ''))).toThrow(/is cut off: 1 old and 1 new lines/);
  });

  it('takes a signature behind a deletion at the end for what it is', () => {
    const text = `${diffOf('mm/x.c')}-- \n2.47.3\n`;
    expect(parseDiff(text)[0]?.hunks[0]?.lines).toEqual([' a', '-b', '+1', ' c']);
  });

  it('reads an empty context line whose blank a mailer took', () => {
    const text = diffOf('mm/x.c').replace('\n a\n', '\n\n');
    expect(parseDiff(text)[0]?.hunks[0]?.lines[0]).toBe(' ');
  });

  it('reads diffs without "diff --git", and passes over prose that mentions one', () => {
    const text =
      'I ran\ndiff --git a/x b/x\nand got\n--- a/old.c\t2026-11-20\n+++ b/old.c\t2026-11-20\n@@ -0,0 +1 @@\n+x\n--- /dev/null\n+++ b/new.c\n@@ -0,0 +1 @@\n+x\n';
    expect(parseDiff(text).map(({ status, newPath }) => [status, newPath])).toEqual([
      ['modified', 'old.c'],
      ['added', 'new.c'],
    ]);
  });

  it('keeps hostile names exactly as they are', () => {
    const plain = '--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n';
    expect(pathsOf(parseDiff(plain))).toEqual(['/etc/passwd']);
    const names = ['../../etc/passwd', '/etc/passwd', '.git/config', 'a/../b'];
    expect(pathsOf(parseDiff(names.map((name) => diffOf(name)).join('')))).toEqual(names);
  });
});

describe('parseDiff of what git writes', () => {
  let folder: string;
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', HOME: folder },
    });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'diff-'));
    const put = (name: string, text: string | Buffer) => writeFileSync(join(folder, name), text);
    git('init', '-q', '.');
    mkdirSync(join(folder, 'mm'));
    const lines = Array.from({ length: 60 }, (_, n) => `line ${n}\n`);
    put('mm/rmap.c', lines.join(''));
    put('mm/gone.c', 'x\n');
    put('with blank.txt', lines.join('other '));
    put('data.bin', Buffer.from([0, 1, 2, 3]));
    put('no-newline', 'old');
    put('é"q\t.c', 'x\n');
    git('add', '.');
    git('-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '-qm', 'base');
    put('mm/rmap.c', lines.with(3, '-- \n').with(40, '').with(41, '++ b\n').join(''));
    chmodSync(join(folder, 'mm/rmap.c'), 0o755);
    git('rm', '-q', 'mm/gone.c');
    git('mv', 'with blank.txt', 'other blank.txt');
    put('data.bin', Buffer.from([0, 9, 9, 9]));
    put('no-newline', 'new');
    put('empty', '');
    put('é"q\t.c', 'y\n');
    symlinkSync('/etc/passwd', join(folder, 'link'));
    git('add', '.');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('agrees with git about names, status, modes and counts', () => {
    const files = parseDiff(git('diff', '--cached', '-M', '--binary'));
    const short = Object.fromEntries(
      files.map(({ hunks, oldBlob: _old, newBlob: _new, ...file }) => [file.newPath ?? file.oldPath, file]),
    );
    expect(short).toMatchObject({
      'mm/rmap.c': { status: 'modified', oldMode: '100644', newMode: '100755', binary: false },
      'mm/gone.c': { status: 'deleted', oldPath: 'mm/gone.c', oldMode: '100644' },
      'other blank.txt': { status: 'renamed', oldPath: 'with blank.txt' },
      'data.bin': { status: 'modified', binary: true },
      'no-newline': { status: 'modified', oldPath: 'no-newline' },
      empty: { status: 'added', newMode: '100644' },
      link: { status: 'added', newMode: '120000' },
      'é"q\t.c': { status: 'modified' },
    });
    const numstat = git('diff', '--cached', '-M', '--numstat', '-z', '--', 'mm', 'no-newline', 'link')
      .split('\0')
      .filter((line) => line !== '');
    for (const line of numstat) {
      const [added, deleted, path] = line.split('\t');
      const lines =
        files.find((file) => (file.newPath ?? file.oldPath) === path)?.hunks.flatMap((hunk) => hunk.lines) ?? [];
      expect([
        path,
        lines.filter((one) => one.startsWith('+')).length,
        lines.filter((one) => one.startsWith('-')).length,
      ]).toEqual([path, Number(added), Number(deleted)]);
    }
    expect(numstat).toHaveLength(4);
  });

  it('marks binary files whose data the diff leaves out', () => {
    const [file] = parseDiff(git('diff', '--cached', '--', 'data.bin'));
    expect(file).toMatchObject({ newPath: 'data.bin', binary: true, dataMissing: true });
  });
});
