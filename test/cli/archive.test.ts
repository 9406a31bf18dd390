// SPDX-License-Identifier: GPL-2.0-or-later
// The command on a Message-ID and a URL: the thread comes from a server, and the version named is the one reviewed.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { DOCUMENTATION, home } from './cli.ts';

const V2 = DOCUMENTATION.replace('[PATCH]', '[PATCH v2]')
  .replace('Message-ID: <one@', 'References: <one@example.org>\nMessage-ID: <two@')
  .replace('Mon, 5 Jan', 'Tue, 6 Jan');

it('reviews what a Message-ID or a URL names', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(gzipSync(DOCUMENTATION + V2));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const list = `http://127.0.0.1:${(server.address() as { port: number }).port}/list/`;
  const at = home();
  const first = await at.run(['review', `${list}one@example.org/T/#u`, '--tree', 'kernel']);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(/^OUT OF SCOPE/);
  expect(first.stdout).toContain('also in the input: v2');
  const second = await at.run(['review', '<two@example.org>', '--archive', list, '--tree', 'kernel']);
  expect(second.stdout).toContain('also in the input: v1');
  expect(asked).toEqual(['/list/one%40example.org/t.mbox.gz', '/list/two%40example.org/t.mbox.gz']);
  const none = await at.run(['review', '<two@example.org>', '--tree', 'kernel']);
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toMatch(/^rmapbot: .*--archive/);
});
