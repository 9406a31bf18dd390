// SPDX-License-Identifier: GPL-2.0-or-later
// The command on a Message-ID and a URL: the thread comes from a server, and the version named is the one reviewed.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { DOCUMENTATION, home, patchMail } from './cli.ts';

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

it('applies first what the series needs, from the same input or the archive', async () => {
  const after = patchMail('Documentation/mm/notes.rst', ['one', 'two and a half', 'three'], 'two and a bit')
    .replace('<one@', '<own@')
    .replace('Mon, 5 Jan', 'Wed, 7 Jan')
    .replace('\n---\n', '\n---\nDepends-on: <one@example.org>\n');
  const server = createServer((request, response) => {
    const there = request.url === '/list/one%40example.org/t.mbox.gz';
    response.writeHead(there ? 200 : 404).end(there ? gzipSync(DOCUMENTATION) : '');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const list = `127.0.0.1:${(server.address() as { port: number }).port}/list/`;
  const at = home();
  const review = (input: string, ...more: string[]) => at.run(['review', '-', '--tree', 'kernel', ...more], input);
  const alone = await review(after);
  expect(alone.code).toBe(3);
  expect(alone.stdout.replace(/\s+/g, ' ')).toMatch(
    /^INCOMPLETE - The prerequisite message-id one@example\.org is not at hand \(no such message in the input, and no archive/,
  );
  const fetched = await review(after, '--archive', `http://${list}`, '--json', '-');
  expect(fetched).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(fetched.stdout)).toMatchObject({
    verdict: 'out-of-scope',
    prerequisites: [{ status: 'applied', id: 'one@example.org', from: list, applied: [1], alreadyThere: [] }],
  });
  const together = await review(DOCUMENTATION + after, '--series', 'own@example.org');
  expect(together.code).toBe(0);
  expect(together.stdout.replace(/\s+/g, ' ')).toContain('from the same input, applied first');
});
