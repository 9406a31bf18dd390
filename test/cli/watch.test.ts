// SPDX-License-Identifier: GPL-2.0-or-later
// The command as a person uses it, on a small tree: git send-email posts, a mail server delivers, the bot reads, reviews
// and writes what it would say.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { haveSendEmail } from '../sources/archive.ts';
import { startSmtp } from '../support/servers.ts';
import { home, patchMail } from './cli.ts';

const CONFIG = `
state: state
bot: { from: Bot <rmap@example.org>, reply-to: people@example.org }
review: { tree: kernel }
lists:
  mm:
    follow: [{ maildir: MAILDIR }]
    since: 2020-01-01
    settle: 0 s
`;

const sender = haveSendEmail();

it.runIf(sender)('follows what git send-email sends', async ({ onTestFinished }) => {
  const server = await startSmtp();
  if (!server) return expect(server, 'NOT TESTED: no exim4 here').toBeUndefined();
  onTestFinished(() => server.close());
  const at = home(onTestFinished);
  writeFileSync(join(at.folder, 'watch.yaml'), CONFIG.replace('MAILDIR', server.maildir));
  writeFileSync(join(at.folder, 'a.patch'), patchMail('Documentation/mm/notes.rst', ['one', 'two', 'three'], '2'));
  writeFileSync(
    join(at.folder, 'b.patch'),
    patchMail('include/linux/mm_types.h', ['#define TYPES 1', 'no', 'no'], 'x').replace('<one@', '<two@'),
  );
  const options = [
    '--smtp-server=127.0.0.1',
    `--smtp-server-port=${server.port}`,
    '--from=ann@example.org',
    '--to=mm@example.org',
    '--suppress-cc=all',
    '--confirm=never',
    '--quiet',
  ];
  const env = { ...process.env, HOME: at.folder, GIT_CONFIG_NOSYSTEM: '1', EMAIL: 'ann@example.org' };
  execFileSync('git', ['send-email', ...options, join(at.folder, 'a.patch'), join(at.folder, 'b.patch')], {
    env,
    cwd: at.folder,
    stdio: 'pipe',
  });
  for (let tries = 0; tries < 100 && readdirSync(join(server.maildir, 'new')).length < 2; tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));

  const first = await at.run(['watch', '--config', 'watch.yaml', '--once']);
  expect(first.code, first.stderr).toBe(0);
  expect(first.stderr).toMatch(
    /mm: v1 "include\/linux\/mm_types.h: change a line" <\S+>: done: does-not-apply: does-not-apply is not mailed/,
  );
  const again = await at.run(['watch', '--config', 'watch.yaml', '--once']);
  expect([again.code, again.stderr]).toEqual([0, '']);
  const { stdout } = await at.run(['watch', '--config', 'watch.yaml', '--status']);
  expect(stdout).toMatch(/^mm +skipped +1 +Documentation.* touches nothing of ours$/m);
  expect(stdout).toMatch(/^mm +done +does-not-apply +1 +include.* does-not-apply is not mailed$/m);
  expect(at.leftovers()).toEqual([]);
});

it('says in one line what is wrong', async () => {
  const at = home();
  writeFileSync(join(at.folder, 'watch.yaml'), CONFIG.replace('MAILDIR', 'none'));
  const run = (...args: string[]) => at.run(['watch', '--config', 'watch.yaml', ...args]);
  expect(await run('--once')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^\S+ mm maildir \S*none: none is a directory, but not a Maildir|no cur|Maildir/),
  });
  expect(await run('--list', 'x')).toMatchObject({ code: 2 });
  expect(await run('--backfill', '1..2', '--list', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no list x'),
  });
  writeFileSync(join(at.folder, 'watch.yaml'), 'bots: {}\n');
  expect(await run()).toMatchObject({ code: 2, stderr: expect.stringMatching(/watch.yaml:1: /) });
});

it('refuses a second process on the same state', async () => {
  const at = home();
  for (const sub of ['new', 'cur', 'tmp']) mkdirSync(join(at.folder, 'box', sub), { recursive: true });
  writeFileSync(join(at.folder, 'watch.yaml'), CONFIG.replace('MAILDIR', 'box'));
  const child = at.start(['watch', '--config', 'watch.yaml']);
  await new Promise((resolve) => child.stderr?.once('data', resolve));
  expect(await at.run(['watch', '--config', 'watch.yaml', '--once'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('another process watches'),
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(143);
  expect((await at.run(['watch', '--config', 'watch.yaml', '--once'])).code).toBe(0);
});
