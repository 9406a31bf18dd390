// SPDX-License-Identifier: GPL-2.0-or-later
// The way to GitHub: where requests may go, what names may say, what is never told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { githubAccess, redact, waitOf } from '../../src/github/access.ts';
import { apiBase, isOwner, isRepository, pullRequestName, serverOf } from '../../src/github/names.ts';

describe('servers', () => {
  it.each([
    ['https://api.github.com', 'https://github.com'],
    ['https://api.github.com/', 'https://github.com'],
    ['https://ghe.example.org/api/v3', 'https://ghe.example.org'],
    ['https://ghe.example.org:8443/api/v3/', 'https://ghe.example.org:8443'],
    ['https://api.octo.ghe.com', 'https://octo.ghe.com'],
    ['https://api.github.com.example.org/api/v3', 'https://api.github.com.example.org'],
    ['http://127.0.0.1:8080/api/v3', 'http://127.0.0.1:8080'],
  ])('%s serves repositories at %s', (api, server) => expect(serverOf(apiBase(api))).toBe(server));

  it.each([
    'http://ghe.example.org',
    'ftp://x',
    'https://a:b@x',
    'https://x/?q',
    'x',
    'https://x/#y',
    'http://127.0.0.1.example.org',
  ])('%s is none', (api) => expect(() => apiBase(api)).toThrow("the API's URL"));

  it('a redirect within the server is followed (a renamed repository), one elsewhere is not', async () => {
    const asked: string[] = [];
    const make = async (target: string) => {
      const server = createServer((request, response) => {
        asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
        if (request.url?.includes('/repos/old/')) response.writeHead(301, { location: target }).end();
        else if (request.url?.includes('/circle/')) response.writeHead(307, { location: request.url }).end();
        else response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":1}');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void server.close());
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const elsewhere = await make('');
    const pace = { unitMs: 1, spread: false };
    const clientTo = async (target: string) =>
      githubAccess({ apiUrl: await make(target), auth: { token: 'ghp_verysecret0000000000' }, pace }).client();
    const inside = await clientTo('/repositories/7');
    expect((await inside.repos.get({ owner: 'old', repo: 'x' })).data).toEqual({ id: 1 });
    const outside = await clientTo(`${elsewhere}/repositories/7`);
    asked.length = 0;
    await expect(outside.repos.get({ owner: 'old', repo: 'x' })).rejects.toThrow('none to the configured API');
    expect(asked.some((line) => line.includes('/repositories/7'))).toBe(false);
    await expect(outside.repos.get({ owner: 'circle', repo: 'x' })).rejects.toThrow('in circles');
  });
});

describe('names', () => {
  it('of pull requests, as people write them', () => {
    const head = '0'.repeat(40);
    expect(pullRequestName('octo/linux#12')).toEqual({ owner: 'octo', name: 'linux', number: 12 });
    expect(pullRequestName(`o-c/l.i_n-ux#1@${head}`)).toEqual({ owner: 'o-c', name: 'l.i_n-ux', number: 1, head });
    for (const text of [
      'octo/linux',
      'octo/linux#0',
      '../linux#1',
      'octo/..#1',
      'a/b/c#1',
      'octo/linux#1@abc',
      '-o/x#1',
      'a/b.git#1',
      'o/x#1\n',
    ])
      expect(pullRequestName(text)).toBeUndefined();
  });

  it('cannot lead out of a path, whatever they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        if (!isOwner(text) && !isRepository(text)) return;
        const url = new URL(`https://x/a/${text}/b`);
        expect(url.pathname).toBe(`/a/${text}/b`);
      }),
    );
    for (const text of ['.', '..', '', 'a/b', 'a%2fb', '@', 'a b', '-x/', 'x\u0000'])
      expect(isRepository(text)).toBe(false);
  });
});

it('secrets are taken out of texts', () => {
  const secrets = [
    'ghs_16C7e42F292c6912E7710c838347Ae178B4a',
    'github_pat_11AAAAAAA0aaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbb',
    'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0abc.c2lnbmF0dXJlLW9mLWl0',
    '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----',
  ];
  for (const secret of secrets) expect(redact(`it said ${secret} and more`)).toBe('it said [secret] and more');
  expect(redact('Authorization: Basic eC1hY2Nlc3M= x')).toBe('Authorization: [secret] x');
  expect(redact('https://x-access-token:abcdef@github.com/o/r')).toBe('https://x-access-token:[secret]@github.com/o/r');
  expect(redact('nothing to hide')).toBe('nothing to hide');
});

it('the time that a server asks for is known', () => {
  const error = (headers: Record<string, string>) => ({ response: { headers } });
  expect(waitOf(error({ 'retry-after': '60' }))).toBe(60_000);
  expect(waitOf(error({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1000' }), 400_000)).toBe(600_000);
  expect(waitOf(error({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }))).toBeUndefined();
  expect(waitOf(new Error('x'))).toBeUndefined();
});
