// SPDX-License-Identifier: GPL-2.0-or-later
// What the user wrote, read strictly; servers that lead elsewhere.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcp } from 'node:net';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { openSource } from '../../src/sources/index.ts';
import { locate } from '../../src/sources/locate.ts';
import { freePort } from './archive.ts';
import { gather } from './helpers.ts';

const HTTPS = 'https://example.org/list/';

it('tells files, Message-IDs and URLs apart', async () => {
  expect(await locate('-', {})).toEqual({ kind: 'stdin' });
  expect(await locate('a/b@c.mbox', {})).toEqual({ kind: 'path', path: 'a/b@c.mbox' });
  expect(await locate('x@example.org', { archive: HTTPS })).toMatchObject({ kind: 'thread', id: 'x@example.org' });
  const thread = await locate('https://example.org/all/a%2Fb@example.org/T/#u', {});
  expect(thread).toMatchObject({ id: 'a/b@example.org', archive: { kind: 'http', name: 'example.org/all/' } });
  expect(await locate('imaps://example.org/INBOX/lists', { range: '1..' })).toMatchObject({
    kind: 'range',
    archive: { kind: 'imap', tls: true, port: 993, folder: 'INBOX/lists' },
  });
});

it.each([
  ['<a@example.org>', undefined, /--archive/],
  ['<a@exa>mple.org>', HTTPS, /no such|Message-ID|./],
  ['https://example.org/list/', undefined, /end the URL with a Message-ID/],
  ['https://user:secret@example.org/list/a@example.org/', undefined, /no user or password in a URL/],
  ['https://example.org/list/a%0d%0ab@example.org/', undefined, /no Message-ID/],
  ['nntp://example.org/group/a%0d%0aQUIT@example.org', undefined, /no Message-ID/],
  ['nntp://example.org/gr%0aoup', undefined, /group/],
  ['nntp://example.org/', undefined, /expected nntp:/],
  ['file:///etc/passwd', undefined, /we read https/],
  ['https://', undefined, /no URL/],
])('refuses %s', async (input, archive, says) => {
  const where = archive === undefined ? {} : { archive };
  await expect(gather(openSource(input, where))).rejects.toThrow(says);
  await expect(gather(openSource(input, where))).rejects.toBeInstanceOf(InputError);
});

it('gives a place or an InputError whatever is written', async () => {
  const words = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc.string().map((text) => `nntp://h/g/${text}`),
  );
  await fc.assert(
    fc.asyncProperty(words, fc.option(words, { nil: undefined }), async (input, archive) => {
      const place = await locate(input, archive === undefined ? {} : { archive }).catch((error: unknown) => error);
      if (place instanceof Error) expect(place).toBeInstanceOf(InputError);
      else if ((place as { id?: string }).id !== undefined) expect((place as { id: string }).id).toMatch(/^[!-~]+$/);
    }),
    { numRuns: 60 },
  );
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/list/`;
}

it('does not follow a server that sends it elsewhere', async () => {
  const asked: string[] = [];
  const other = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  const base = await serve((_request, response) => response.writeHead(302, { location: `${other}x` }).end());
  await expect(gather(openSource('<a@example.org>', { archive: base }))).rejects.toThrow(/another server.*refused/);
  expect(asked).toEqual([]);
  const circle = await serve((request, response) => response.writeHead(302, { location: `${request.url}x` }).end());
  await expect(gather(openSource('<a@example.org>', { archive: circle }))).rejects.toThrow(/redirects more than/);
});

it('says in one line what is wrong with a server', async () => {
  const broken = await serve((_request, response) => response.writeHead(500).end());
  await expect(gather(openSource('<a@example.org>', { archive: broken }))).rejects.toThrow(/answers 500/);
  const cut = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('From: a@example.org\n', () => response.destroy());
  });
  await expect(gather(openSource('<a@example.org>', { archive: cut }))).rejects.toBeInstanceOf(InputError);
  const host = `127.0.0.1:${await freePort()}`;
  for (const archive of [`http://${host}/x/`, `nntp://${host}/g`, `imap://${host}/f`]) {
    await expect(gather(openSource('<a@example.org>', { archive }))).rejects.toThrow(/nothing answers|no answer/);
    await expect(gather(openSource('<a@example.org>', { archive }))).rejects.toBeInstanceOf(InputError);
  }
});

it('takes no answer of an NNTP server for granted', async () => {
  for (const [answers, says] of [
    ['nonsense\r\n', /answers: nonsense/],
    ['200 hi\r\n480 log in\r\n', /answers: 480/],
    ['200 hi\r\n211 2 1 2 g\r\n221 head\r\nXref: h g:notanumber\r\n.\r\n', /does not say which number/],
    ['200 hi\r\n', /cut/],
  ] as const) {
    const server = createTcp((socket) => socket.on('error', () => {}).end(answers)).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const archive = `nntp://127.0.0.1:${(server.address() as { port: number }).port}/g`;
    await expect(gather(openSource('<a@example.org>', { archive }))).rejects.toThrow(says);
  }
});

it('tells in a line where an IMAP server hangs up, before its greeting and after it', async () => {
  for (const greeting of ['', '* OK hi\r\n', '* BYE too many\r\n']) {
    const server = createTcp((socket) => socket.on('error', () => {}).end(greeting)).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const archive = `imap://127.0.0.1:${(server.address() as { port: number }).port}/g`;
    await expect(gather(openSource('<a@example.org>', { archive }))).rejects.toBeInstanceOf(InputError);
  }
});
