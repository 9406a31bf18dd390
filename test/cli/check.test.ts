// SPDX-License-Identifier: GPL-2.0-or-later
// The check command as b4 calls it: one mail on standard input, the thread from b4's store in the repository.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DOCUMENTATION, type Home, home, outcomeOf, patchMail } from './cli.ts';

/** A patch that does not apply: a verdict that needs no build. */
const PATCH = patchMail('mm/rmap.c', ['int one;', 'int other;', 'int three;'], 'int two;');
const one = PATCH.replace('[PATCH]', '[PATCH 1/2]').replace(
  'Message-ID: <one@',
  'References: <cover@example.org>\nMessage-ID: <one@',
);
const two = one.replace('1/2]', '2/2]').replace('<one@', '<two@');
const cover = `From 0 Mon Sep 17 00:00:00 2001
From: Ann Example <ann@example.org>
Date: Mon, 5 Jan 2026 09:59:00 +0000
Subject: [PATCH 0/2] mm: two
Message-ID: <cover@example.org>

why

`;
const bare = (mail: string) => mail.slice(mail.indexOf('\n') + 1);

async function check(at: Home, mail: string, env: Record<string, string> = {}) {
  const child = at.start(['check', '--tree', '.'], 'kernel', env);
  child.stdin?.on('error', () => {});
  child.stdin?.end(bare(mail));
  return outcomeOf(child);
}

/** The thread as b4 keeps it: an mboxrd as a blob, named in the tracking data. */
function tracking(at: Home, mails: string[]): Record<string, string> {
  const git = (args: string[], input = '') =>
    execFileSync('git', args, { cwd: join(at.folder, 'kernel'), input, encoding: 'utf8' }).trim();
  git(['init', '-q']);
  const mbox = mails.map((mail) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${bare(mail)}`).join('');
  const blob = git(['hash-object', '-w', '--stdin'], mbox);
  const file = join(at.folder, 'tracking.json');
  writeFileSync(file, JSON.stringify({ series: { 'thread-blob': blob, revision: 1 }, patches: [] }));
  return { B4_TRACKING_FILE: file };
}

it('judges a series of one patch by its mail alone', async () => {
  const { code, stdout, stderr } = await check(home(), PATCH);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toEqual([
    {
      tool: 'rmapbot',
      status: 'warn',
      summary: 'does-not-apply: patch 1 does not apply to mm/rmap.c',
      details: expect.stringContaining('DOES NOT APPLY'),
    },
  ]);
});

it('has nothing to report on what is not ours', async () => {
  const { code, stdout } = await check(home(), DOCUMENTATION);
  expect([code, stdout]).toEqual([0, '[]\n']);
});

it('takes the thread that b4 keeps, for the series and for a patch', async () => {
  const at = home();
  const env = tracking(at, [cover, one, two]);
  const series = await check(at, cover, env);
  expect(series.stderr).toBe('');
  expect(JSON.parse(series.stdout)).toMatchObject([
    { status: 'warn', summary: expect.stringMatching(/^does-not-apply/) },
  ]);
  const second = await check(at, two, env);
  expect(JSON.parse(second.stdout)).toMatchObject([{ summary: 'not judged: patch 1 does not apply' }]);
});

it('fails in one line where the thread is not at hand', async () => {
  const at = home();
  expect(await check(at, one)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/--archive\n$/) });
  writeFileSync(join(at.folder, 'bad.json'), '[');
  const bad = await check(at, one, { B4_TRACKING_FILE: join(at.folder, 'bad.json') });
  expect(bad).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/tracking data\n$/) });
  const env = { B4_TRACKING_FILE: join(at.folder, 'gone.json') };
  writeFileSync(env.B4_TRACKING_FILE, JSON.stringify({ series: { 'thread-blob': '0'.repeat(40) } }));
  expect(await check(at, one, env)).toMatchObject({ code: 2, stdout: '' });
});
