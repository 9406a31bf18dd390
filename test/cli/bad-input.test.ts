// SPDX-License-Identifier: GPL-2.0-or-later
// Bad input: one clear line on stderr, exit code 2, no stack trace, nothing left behind.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DOCUMENTATION, type Home, home, patchMail } from './cli.ts';

interface Case {
  name: string;
  args: string[];
  prepare?: (at: Home) => void;
  input?: string | Buffer;
  says: RegExp;
}

const put = (name: string, content: string | Buffer) => (at: Home) => writeFileSync(join(at.folder, name), content);
const reviewed = (name: string, content: string | Buffer, says: RegExp): Case => ({
  name,
  prepare: put('in.mbox', content),
  args: ['review', 'in.mbox', '--tree', 'kernel'],
  says,
});
const KERNEL_LINES: [string, string, string] = ['int one;', 'int two;', 'int three;'];
const good = { prepare: put('in.mbox', DOCUMENTATION), input: '' };

const CASES: Case[] = [
  { name: 'no command', args: [], says: /./ },
  { name: 'an unknown command', args: ['frobnicate'], says: /unknown command/ },
  { name: 'an unknown option', args: ['review', 'x', '--frobnicate', 'y'], says: /unknown option/ },
  { name: 'no input', args: ['review'], says: /nothing to review: name an mbox/ },
  { name: 'two inputs', args: ['review', 'a', 'b'], says: /too many arguments/ },
  { name: 'jobs that are no number', args: ['review', 'x', '--jobs', 'many'], says: /--jobs.*whole number/ },
  { name: 'no jobs', args: ['review', 'x', '--jobs', '0'], says: /--jobs.*whole number/ },
  { name: 'a negative budget', args: ['review', 'x', '--budget=-5'], says: /--budget.*whole number/ },
  { name: 'a time cap of no time', args: ['review', 'x', '--time-cap', '1e3'], says: /--time-cap.*whole number/ },
  {
    name: 'histories that are no number',
    args: ['review', 'x', '--histories', 'some'],
    says: /--histories.*whole number/,
  },
  { name: 'a search of no time', args: ['fuzz', '--time', 'soon'], says: /--time.*such as 60s/ },
  { name: 'a search of less than no time', args: ['fuzz', '--time', '0s'], says: /--time.*such as 60s/ },
  { name: 'a search of no histories', args: ['fuzz', '--histories', '0'], says: /--histories.*whole number/ },
  { name: 'a negative seed', args: ['fuzz', '--seed=-1'], says: /--seed.*whole number/ },
  { name: 'a search on no tree', args: ['fuzz', '--tree', 'absent'], says: /no kernel tree at absent/ },
  {
    name: 'a search whose finds cannot be written',
    prepare: put('taken', ''),
    args: ['fuzz', '--tree', 'kernel', '--output', 'taken'],
    says: /cannot make the folder taken/,
  },
  {
    name: 'a C program of several scenarios',
    args: ['simulate', 'fork', '--tree', 'kernel', '--repro', 'x.c'],
    says: /--repro: give one scenario/,
  },
  {
    name: 'a C program of what no system call does',
    args: ['simulate', 'uffd-move-swapped', '--tree', 'kernel', '--repro', 'x.c'],
    says: /uffd-move-swapped cannot be told as a C program: "P: swapout A 1"/,
  },
  {
    name: 'a C program that cannot be written',
    args: ['simulate', 'cow-parent-writes-first', '--tree', 'kernel', '--repro', 'absent/x.c'],
    says: /cannot write absent\/x\.c: no such folder/,
  },
  { name: 'an empty tree', args: ['review', 'x', '--tree', ''], says: /--tree.*empty/ },
  { name: 'no such file', args: ['review', 'absent.mbox', '--tree', 'kernel'], says: /absent\.mbox/ },
  { name: 'a folder', args: ['review', 'kernel', '--tree', 'kernel'], says: /Maildir/ },
  { name: 'a device', args: ['review', '/dev/null', '--tree', 'kernel'], says: /neither a file nor a Maildir|empty/ },
  reviewed('an empty mbox', '', /empty/),
  reviewed(
    'an mbox with no patch',
    DOCUMENTATION.replace(/\ndiff --git[\s\S]*/, '\n').replace('[PATCH] ', ''),
    /no patch/,
  ),
  reviewed('binary garbage', Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256)), /mbox|mail/),
  reviewed('damaged gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8]), /in\.mbox/),
  reviewed('a bare diff', 'diff --git a/x b/x\n--- a/x\n+++ b/x\n', /format-patch/),
  { name: 'nothing on standard input', args: ['review', '-', '--tree', 'kernel'], input: '', says: /standard input/ },
  reviewed(
    'a patch on files that do not exist',
    patchMail('mm/absent.c', KERNEL_LINES, 'int x;'),
    /does not have: mm\/absent\.c/,
  ),
  reviewed('a path outside the tree', patchMail('../../etc/passwd', KERNEL_LINES, 'int evil;'), /refused/),
  reviewed('an absolute path', patchMail('/etc/passwd', KERNEL_LINES, 'int evil;'), /refused|path/),
  reviewed(
    'a symlink',
    DOCUMENTATION.replace(/\ndiff --git[\s\S]*/, '\n') +
      'diff --git a/mm/link b/mm/link\nnew file mode 120000\nindex 000000000000..0123456789ab\n--- /dev/null\n+++ b/mm/link\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n-- \n2.47.0\n\n',
    /refused.*(?:sym)?link/,
  ),
  reviewed(
    'a gitlink',
    DOCUMENTATION.replace(/\ndiff --git[\s\S]*/, '\n') +
      'diff --git a/mm/sub b/mm/sub\nnew file mode 160000\nindex 000000000000..0123456789ab\n--- /dev/null\n+++ b/mm/sub\n@@ -0,0 +1 @@\n+Subproject commit 0123456789abcdef0123456789abcdef01234567\n-- \n2.47.0\n\n',
    /refused/,
  ),
  { ...good, name: 'no such tree', args: ['review', 'in.mbox', '--tree', 'absent'], says: /no kernel tree at absent/ },
  {
    ...good,
    name: 'a tree that is no kernel',
    args: ['review', 'in.mbox', '--tree', 'tmp'],
    says: /no kernel tree at tmp/,
  },
  { ...good, name: 'a malformed tree name', args: ['review', 'in.mbox', '--tree', 'debian:x'], says: /debian:x/ },
  {
    ...good,
    name: 'a hostile revision',
    args: ['review', 'in.mbox', '--tree', 'git:--upload-pack=x'],
    says: /revision/,
  },
  {
    ...good,
    name: 'a base that is not there',
    args: ['review', 'in.mbox', '--tree', 'kernel', '--base', 'v1'],
    says: /--base/,
  },
  {
    ...good,
    name: 'a series that is not there',
    args: ['review', 'in.mbox', '--tree', 'kernel', '--series', 'v9'],
    says: /no series fits "v9"/,
  },
  {
    ...good,
    name: 'JSON into no folder',
    args: ['review', 'in.mbox', '--tree', 'kernel', '--json', 'no/x.json'],
    says: /cannot write no\/x\.json: no such folder/,
  },
  {
    ...good,
    name: 'JSON onto a folder',
    args: ['review', 'in.mbox', '--tree', 'kernel', '--json', 'kernel'],
    says: /cannot write kernel: it is a folder/,
  },
  {
    ...good,
    name: 'JSON on a full disk',
    args: ['review', 'in.mbox', '--tree', 'kernel', '--json', '/dev/full'],
    says: /cannot write \/dev\/full: no space left/,
  },
  { name: 'an unknown scenario', args: ['simulate', 'no-such-scenario', '--tree', 'kernel'], says: /no-such-scenario/ },
  {
    name: 'a scenario file with a fault',
    prepare: put('s.yaml', 'name: s\nsteps:\n  - P: frob A\n'),
    args: ['simulate', 's.yaml', '--tree', 'kernel'],
    says: /s\.yaml/,
  },
  { name: 'an id of nothing', args: ['explain', 'nothing'], says: /nothing/ },
  { name: 'a tree to get that has no name', args: ['tree', 'get', 'kernel'], says: /kernel is not a name/ },
  { name: 'a tree to remove that is not there', args: ['tree', 'remove', 'debian:6.1'], says: /not in the cache/ },
];

for (const { name, args, prepare, input, says } of CASES) {
  it.concurrent(name, async ({ expect: expectHere, onTestFinished }) => {
    const at = home(onTestFinished);
    prepare?.(at);
    const { code, stdout, stderr } = await at.run(args, input);
    expectHere(stderr).toMatch(says);
    expectHere(code).toBe(2);
    if (args.length > 0) {
      expectHere(stderr).toMatch(/^rmapbot: [^\n]+\n$/);
      expectHere(stdout).toBe('');
    }
    expectHere(stderr).not.toMatch(/\n\s+at /);
    expectHere(at.leftovers()).toEqual([]);
  });
}

it('reads the input before it opens a tree', async () => {
  const at = home();
  const { stderr } = await at.run(['review', 'absent.mbox', '--tree', 'absent']);
  expect(stderr).toContain('absent.mbox');
});
