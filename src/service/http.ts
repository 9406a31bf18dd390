// SPDX-License-Identifier: GPL-2.0-or-later
// The service's HTTP: webhooks, pages, health, metrics. It reads and writes no files; what a path names is looked up in
// the store by an id of a fixed form.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { checks, type Source } from './health.ts';
import { HTTP_CONNECTIONS, REQUEST_MS } from './limits.ts';
import type { Metrics } from './metrics.ts';
import type { Database } from './store/sql.ts';
import { type Answer, answerTo } from './web/routes.ts';

export interface HttpOptions {
  database: Database;
  metrics: Metrics;
  health: readonly Source[];
  version: string;
  /** Path under which people reach the service, without a slash at its end. */
  prefix: string;
  /** Who looks at pages and metrics must know it. */
  password?: string | undefined;
  /** Takes requests to the webhooks' path; false for others. */
  webhooks?: ((request: IncomingMessage, response: ServerResponse) => Promise<boolean>) | undefined;
  trouble(error: unknown): void;
}

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/** A server that is not listening yet. */
export function httpServer(options: HttpOptions): Server {
  const started = Date.now();
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS / 2 }, (request, response) => {
    const begun = performance.now();
    answer(options, started, request, response)
      .catch((error: unknown) => {
        options.trouble(error);
        send(request, response, { route: 'error', status: 500, type: 'text/plain', body: 'our own failure\n' });
        return 'error';
      })
      .then((route) => options.metrics.request(route, response.statusCode, performance.now() - begun));
  });
  server.maxConnections = HTTP_CONNECTIONS;
  server.setTimeout(REQUEST_MS);
  return server;
}

/** Answers, and says by which route. */
async function answer(
  options: HttpOptions,
  started: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<string> {
  if (options.webhooks && (await options.webhooks(request, response))) return 'webhook';
  const done = await plain(options, started, request);
  send(request, response, done);
  return done.route;
}

async function plain(options: HttpOptions, started: number, request: IncomingMessage): Promise<Answer> {
  const { method = '', url: asked = '/', headers } = request;
  const text = (route: string, status: number, body: string, more: Record<string, string> = {}): Answer => ({
    ...{ route, status, type: 'text/plain', body: `${body}\n` },
    headers: more,
  });
  if (method !== 'GET' && method !== 'HEAD') return text('other', 405, 'only GET', { allow: 'GET, HEAD' });
  if (!URL.canParse(asked, 'http://here')) return text('other', 400, 'not a path');
  const url = new URL(asked, 'http://here');
  if (url.pathname === '/healthz') return text('health', 200, 'alive');
  if (url.pathname === '/readyz') {
    const bad = (await checks(options.database, options.health)).filter(({ fine, name }) => !fine && name === 'store');
    return bad.length === 0 ? text('health', 200, 'ready') : text('health', 503, 'the store gives no answer');
  }
  if (options.password !== undefined && !knows(headers.authorization, options.password)) {
    return text('other', 401, 'a password is needed', { 'www-authenticate': 'Basic realm="rmapbot", charset="UTF-8"' });
  }
  if (url.pathname === '/metrics') {
    const { registry } = options.metrics;
    return { route: 'metrics', status: 200, type: registry.contentType, body: await registry.metrics() };
  }
  return answerTo({ ...options, started }, url);
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Answer): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const content = Buffer.from(body, 'utf8');
  response.writeHead(status, {
    ...HEADERS,
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'content-type': type.includes('charset') ? type : `${type}; charset=utf-8`,
    'content-length': content.length,
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}

/** Any user name; the password compared in constant time, whatever its length. */
function knows(header: string | undefined, password: string): boolean {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]{1,1000})$/i.exec(header ?? '') ?? [];
  const given = Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '');
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(password));
}
