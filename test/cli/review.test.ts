// SPDX-License-Identifier: GPL-2.0-or-later
// The command on series that need no build: results on stdout, exit codes, JSON, quiet pipes, signals, what is loaded.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { reviewSchema } from '../../src/review/schema.ts';
import { DOCUMENTATION, home, outcomeOf, patchMail } from './cli.ts';

const BROKEN = patchMail('mm/rmap.c', ['int one;', 'int other;', 'int three;'], 'int two;');

it('says out of scope with exit code 0, from a file and from standard input', async () => {
  const at = home();
  writeFileSync(join(at.folder, 'in.mbox'), DOCUMENTATION);
  const fromFile = await at.run(['review', 'in.mbox', '--tree', 'kernel', '--json', 'out.json']);
  expect(fromFile).toMatchObject({ code: 0, stderr: '' });
  expect(fromFile.stdout).toMatch(/^OUT OF SCOPE - /);
  const json = reviewSchema.parse(JSON.parse(readFileSync(join(at.folder, 'out.json'), 'utf8')));
  expect(json.verdict).toBe('out-of-scope');
  expect(json.tree.label).toBe('kernel');
  const fromPipe = await at.run(['review', '-', '--tree', 'kernel'], DOCUMENTATION);
  expect(fromPipe.stdout).toBe(fromFile.stdout);
  expect(at.leftovers()).toEqual([]);
});

it('takes the current folder where it is a kernel tree and none is named', async () => {
  const at = home();
  const child = at.start(['review', '-'], 'kernel');
  child.stdin?.end(DOCUMENTATION);
  const { code, stdout } = await outcomeOf(child);
  expect(code).toBe(0);
  expect(stdout).toContain('  on kernel\n');
});

it('says which patch does not apply with exit code 3', async () => {
  const at = home();
  const { code, stdout } = await at.run(['review', '-', '--tree', 'kernel', '--json', 'out.json'], BROKEN);
  expect(code).toBe(3);
  expect(stdout).toMatch(/^DOES NOT APPLY - Patch 1 does not apply to mm\/rmap\.c/);
  const json = reviewSchema.parse(JSON.parse(readFileSync(join(at.folder, 'out.json'), 'utf8')));
  expect(json.failure).toMatchObject({ kind: 'does-not-apply', patch: 1, path: 'mm/rmap.c' });
});

it('says that a series is incomplete with exit code 3', async () => {
  const at = home();
  const { code, stdout } = await at.run(
    ['review', '-', '--tree', 'kernel'],
    DOCUMENTATION.replace('[PATCH]', '[PATCH 2/2]'),
  );
  expect(code).toBe(3);
  expect(stdout).toMatch(/^INCOMPLETE - Patch 1 of 2 missing/);
});

it('prints JSON to standard output where asked', async () => {
  const at = home();
  const { stdout } = await at.run(['review', '-', '--tree', 'kernel', '--json', '-'], DOCUMENTATION);
  expect(reviewSchema.parse(JSON.parse(stdout)).verdict).toBe('out-of-scope');
});

it('leaves an old JSON file alone where the review fails', async () => {
  const at = home();
  writeFileSync(join(at.folder, 'out.json'), 'old');
  await at.run(['review', 'absent', '--tree', 'kernel', '--json', 'out.json']);
  expect(readFileSync(join(at.folder, 'out.json'), 'utf8')).toBe('old');
});

it('shows no terminal escapes of the input', async () => {
  const at = home();
  const mail = DOCUMENTATION.replace('change a line', '\u001b[31mred\u001b[0m \u202eevil');
  const { stdout } = await at.run(['review', '-', '--tree', 'kernel'], mail);
  expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
});

it('is quiet where the reader of its output is gone', async () => {
  const at = home();
  const child = at.start(['review', '-', '--tree', 'kernel']);
  child.stdin?.end(DOCUMENTATION);
  child.stdout?.destroy();
  const { code, stderr } = await outcomeOf(child);
  expect([code, stderr]).toEqual([0, '']);
});

it('leaves nothing behind when it is interrupted', async () => {
  for (const [signal, expected] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const at = home();
    const child = at.start(['review', '-', '--tree', 'kernel']);
    const ended = outcomeOf(child);
    const started = Date.now();
    while (at.leftovers().length === 0 && Date.now() - started < 20_000) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(at.leftovers()).not.toEqual([]); // it works, waiting for its input
    child.kill(signal);
    expect((await ended).code).toBe(expected);
    expect(at.leftovers()).toEqual([]);
  }
});

it('loads no part of the service for a review', async () => {
  const at = home();
  const probe = fileURLToPath(new URL('./loaded.ts', import.meta.url));
  writeFileSync(join(at.folder, 'in.mbox'), DOCUMENTATION);
  const env = { PATH: process.env.PATH, HOME: at.folder, XDG_CACHE_HOME: join(at.folder, 'cache') };
  const args = [probe, 'review', 'in.mbox', '--tree', 'kernel', '--json', 'out.json'];
  const { stderr, code } = await outcomeOf(spawn(process.execPath, args, { cwd: at.folder, env }));
  const loaded = stderr.split('\n').filter((line) => line !== '');
  expect(code).toBe(0);
  expect(existsSync(join(at.folder, 'out.json'))).toBe(true);
  expect(loaded.some((url) => url.includes('/src/review/review.ts'))).toBe(true);
  expect(
    loaded.filter((url) =>
      /node_modules\/(?:@octokit|probot|pg-boss|pg|pino|prom-client|imapflow|nodemailer)\//.test(url),
    ),
  ).toEqual([]);
});
