// SPDX-License-Identifier: GPL-2.0-or-later
// The service's HTTP without a browser: routes, filters, headers, who may look, and what is nobody's to read.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fullSample } from '../report/full-sample.ts';
import { aJob, startSite, type TestSite } from './site.ts';

let site: TestSite;
const ids: string[] = [];
beforeAll(async () => {
  site = await startSite();
  const review = JSON.stringify(await fullSample());
  const series = { thread: 'list:one', title: 'mm/rmap: keep the chain', repository: 'linux-mm' };
  ids.push(
    await site.ended(
      { ...series, version: 1 },
      { state: 'done', verdict: 'violations', reason: 'a page is lost', review },
    ),
  );
  ids.push(
    await site.ended({ ...series, version: 2 }, { state: 'done', verdict: 'clean', reason: 'every scenario ran' }),
  );
  ids.push(
    await site.ended(
      { title: '100% of_anon', author: 'B <b@example.org>' },
      { state: 'done', verdict: 'inconclusive', reason: '' },
    ),
  );
  ids.push(await site.ended({ title: 'poison' }, { state: 'parked', reason: 'it took more than 64 MiB of memory' }));
  await site.queue.submit(aJob({ title: 'waiting one' }));
});
afterAll(async () => {
  await site.stop();
  expect(site.errors).toEqual([]);
});
const get = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(site.url + path, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
};

describe('pages', () => {
  it('show the queue with what waits and why something is parked', async () => {
    const { status, text } = await get('/');
    expect(status).toBe(200);
    expect(text).toContain('waiting one');
    expect(text).toContain('it took more than 64 MiB of memory');
  });

  it('filter and search reviews', async () => {
    const titles = async (query: string) =>
      [...(await get(`/reviews?${query}`)).text.matchAll(/class="title"><a [^>]*>([^<]*)</g)].map(([, title]) => title);
    expect(await titles('')).toHaveLength(3);
    expect(await titles('verdict=clean')).toEqual(['mm/rmap: keep the chain']);
    expect(await titles('q=KEEP+chain')).toHaveLength(2);
    expect(await titles('q=b@example.org')).toEqual(['100% of_anon']);
    // What a pattern of SQL means is no pattern here.
    expect(await titles('q=100%25+of_')).toEqual(['100% of_anon']);
    expect(await titles('q=%25%25%25')).toEqual([]);
    expect(await titles("q='+OR+1=1--")).toEqual([]);
    expect(await titles('verdict=nonsense&repository=linux-mm&page=-7')).toHaveLength(3);
    expect(await titles('page=999999999999')).toEqual([]);
  });

  it('show a review, its report and its JSON, and the versions of its series', async () => {
    const [first = '', second = '', third = ''] = ids;
    expect((await get(`/jobs/${first}`)).text).toContain(`/jobs/${first}/report`);
    const report = await get(`/jobs/${first}/report`);
    expect(report.text).toContain('<!doctype html>');
    expect(report.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(JSON.parse((await get(`/jobs/${first}/review.json`)).text)).toMatchObject({ schema: 'rmapbot.review/1' });
    expect((await get(`/jobs/${second}/report`)).status).toBe(404);
    expect((await get(`/jobs/${third}`)).text).not.toContain('/report');
    const history = (await get(`/series?of=${encodeURIComponent('list:one')}`)).text;
    expect([...history.matchAll(/>v(\d)<\/a>/g)].map(([, version]) => version)).toEqual(['1', '2']);
    expect((await get('/series?of=nobody')).status).toBe(404);
  });

  it('show what the bot knows', async () => {
    expect((await get('/scenarios?q=fork')).text).toMatch(/\d+ of \d+/);
    expect((await get('/rules')).text).toContain('fork-propagation');
    expect((await get('/health')).text).toContain('1.2.3');
  });
});

describe('what is asked for', () => {
  it.each([
    '/jobs/../../../../etc/passwd',
    '/jobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd/report',
    '/jobs/..%5c..%5csecret',
    '/../package.json',
    '//etc/passwd',
    '/jobs/00000000-0000-0000-0000-000000000000/report',
    `/jobs/${'a'.repeat(3_000)}`,
    '/reviews/%00',
    '/%c0%ae%c0%ae/',
  ])('is looked up nowhere but in the store: %s', async (path) => {
    expect(await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 (404|400)/);
  });

  it('is only ever read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get('/', { method })).status).toBe(405);
    expect(await raw('GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    const head = await fetch(`${site.url}/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('comes with headers that let nothing in and nobody frame it', async () => {
    for (const path of ['/', '/reviews', `/jobs/${ids[0]}`, `/jobs/${ids[0]}/report`, '/metrics', '/nothing']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  async function raw(request: string): Promise<string> {
    const { port } = new URL(site.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(request);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  }
});

describe('health and metrics', () => {
  it('tell that the service is alive, whether it is ready, and what is in the queue', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 200, text: 'alive\n' });
    expect(await get('/readyz')).toMatchObject({ status: 200, text: 'ready\n' });
    const { text } = await get('/metrics');
    expect(text).toContain('rmapbot_jobs{state="queued"} 1');
    expect(text).toContain('rmapbot_jobs{state="parked"} 1');
    expect(text).toMatch(/rmapbot_http_seconds_count\{route="page",status="200"\} \d+/);
  });

  it('say so where the store gives no answer', async () => {
    const query = () => Promise.reject(new Error('gone'));
    const broken = await startSite({ database: { query, kind: 'sqlite', transaction: query, close: async () => {} } });
    expect((await fetch(`${broken.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${broken.url}/healthz`)).status).toBe(200);
    const page = await fetch(`${broken.url}/`);
    expect([page.status, await page.text()]).toEqual([500, 'our own failure\n']);
    expect(broken.errors).not.toEqual([]);
    await broken.stop();
  });
});

describe('a password', () => {
  it('is asked of who looks at pages and metrics, not of who asks after health', async () => {
    const closed = await startSite({ password: 'correct horse' });
    const status = async (path: string, password?: string) => {
      const headers = password === undefined ? {} : { authorization: `Basic ${btoa(`me:${password}`)}` };
      return (await fetch(closed.url + path, { headers })).status;
    };
    expect(await status('/')).toBe(401);
    expect(await status('/metrics', 'wrong')).toBe(401);
    expect(await status('/', '')).toBe(401);
    expect(await status('/', 'correct horse')).toBe(200);
    expect(await status('/metrics', 'correct horse')).toBe(200);
    expect(await status('/healthz')).toBe(200);
    await closed.stop();
  });
});
