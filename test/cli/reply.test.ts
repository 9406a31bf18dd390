// SPDX-License-Identifier: GPL-2.0-or-later
// The command's answer mail: written beside the text, policies checked before any work.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { expect, it } from 'vitest';
import { DOCUMENTATION, home } from './cli.ts';

it('writes the answer to the thread', async () => {
  const at = home();
  writeFileSync(join(at.folder, 'in.mbox'), DOCUMENTATION);
  writeFileSync(join(at.folder, 'policy.yaml'), 'from: Bot <bot@example.org>\nto-author: true\n');
  const args = ['review', 'in.mbox', '--tree', 'kernel', '--reply', 'out.eml'];
  const { code, stdout, stderr } = await at.run([...args, '--reply-policy', 'policy.yaml']);
  expect([code, stderr]).toEqual([0, '']);
  const mail = await simpleParser(readFileSync(join(at.folder, 'out.eml')));
  expect(mail.inReplyTo).toBe('<one@example.org>');
  expect(mail.subject).toBe('Re: [PATCH] Documentation/mm/notes.rst: change a line');
  expect(mail.from?.text).toContain('bot@example.org');
  expect(mail.to).toMatchObject({ text: expect.stringContaining('ann@example.org') });
  expect(mail.text?.trimEnd()).toBe(stdout.trimEnd());
});

it('refuses a policy that is none, and a policy without a mail', async () => {
  const at = home();
  writeFileSync(join(at.folder, 'policy.yaml'), 'to: [a@example.org]\n');
  const reply = ['review', '-', '--tree', 'kernel', '--reply', 'out.eml', '--reply-policy', 'policy.yaml'];
  expect(await at.run(reply, DOCUMENTATION)).toMatchObject({ code: 2, stdout: '' });
  expect(existsSync(join(at.folder, 'out.eml'))).toBe(false);
  const alone = await at.run(['review', '-', '--reply-policy', 'policy.yaml'], DOCUMENTATION);
  expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('--reply') });
});
