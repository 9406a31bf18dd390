// SPDX-License-Identifier: GPL-2.0-or-later
// The outbox's commands as a person uses them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Outbox } from '../../src/delivery/index.ts';
import { DOCUMENTATION, home } from './cli.ts';

it('lists, shows, approves and drops', async () => {
  const at = home();
  expect((await at.run(['outbox', 'list', '--outbox', 'box.db'])).stdout).toBe('the outbox is empty\n');
  const box = new Outbox(join(at.folder, 'box.db'));
  for (const id of ['rmapbot-a', 'rmapbot-b']) {
    const raw = Buffer.from('Subject: x\n\n\u001b[31mred\n');
    box.add({
      id: `${id}@example.org`,
      subject: '[PATCH] x',
      verdict: 'clean',
      sender: 's@example.org',
      recipients: ['l@example.org'],
      signatures: [],
      raw,
    });
  }
  box.close();
  const run = (...args: string[]) => at.run(['outbox', ...args, '--outbox', 'box.db']);
  expect((await run('show', 'rmapbot-a')).stdout).toBe('queued\nto l@example.org\n\nSubject: x\n\n\\x1b[31mred\n');
  expect((await run('approve', 'rmapbot-a')).stdout).toBe('approved: rmapbot-a\n');
  expect((await run('drop', 'rmapbot-b', '--why', 'wrong')).stdout).toBe('dropped: rmapbot-b\n');
  expect(await run('approve', 'rmapbot-b')).toMatchObject({ code: 2, stderr: expect.stringContaining('is dropped') });
  expect((await run('list')).stdout).toMatch(/rmapbot-a {2}approved {2}.*\nrmapbot-b {2}dropped/);
  writeFileSync(join(at.folder, 'policy.yaml'), 'from: a@example.org\n');
  expect(await run('send', '--reply-policy', 'policy.yaml')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no smtp'),
  });
});

it('queues nothing that nobody asked for', async () => {
  const at = home();
  writeFileSync(join(at.folder, 'policy.yaml'), 'from: a@example.org\nto-author: true\n');
  const args = ['review', '-', '--tree', 'kernel', '--queue', '--outbox', 'box.db'];
  const { code, stderr } = await at.run([...args, '--reply-policy', 'policy.yaml'], DOCUMENTATION);
  expect([code, stderr]).toEqual([0, 'not queued: out-of-scope is not mailed\n']);
  expect(await at.run(args, DOCUMENTATION)).toMatchObject({ code: 2, stderr: expect.stringContaining('names nobody') });
});
