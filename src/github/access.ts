// SPDX-License-Identifier: GPL-2.0-or-later
// The way to GitHub: clients for installations of the App or for a token, and tokens for git. In: settings. Out: clients
// that go to the configured API and nowhere else, and that wait and try again as GitHub asks for.
import { createAppAuth } from '@octokit/auth-app';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { InputError } from '../errors.ts';
import { RATE_WAIT_S_MAX, REQUEST_MS_MAX, RETRIES } from './limits.ts';
import { apiBase, serverOf } from './names.ts';

export interface GithubSettings {
  /** Base URL of the API; without it https://api.github.com. An Enterprise Server's is https://HOST/api/v3. */
  apiUrl?: string;
  /** The App, or a token (a workflow's, a person's); `{}`: nobody, which reads public repositories. */
  auth: { appId: number; privateKey: string } | { token?: string };
  /** How long "a second" of waiting is, milliseconds, and whether writes keep their distance; for tests. */
  pace?: { unitMs: number; spread: boolean };
}

export interface GithubAccess {
  /** "https://github.com" or as it is called there. */
  server: string;
  /** The App that we are, where we are one. */
  appId?: number;
  /** As settings.pace.unitMs. */
  unitMs?: number;
  client(installation?: number): Octokit;
  /** For git; undefined: none is needed. */
  token(installation?: number): Promise<string | undefined>;
}

/** First of all, and so next to the wire: the other plugins see errors as it names them. */
function nameLimits(client: { hook: { error(name: 'request', hook: (error: Error) => never): void } }): object {
  client.hook.error('request', (error) => {
    throw nameLimit(error as Refusal);
  });
  return {};
}

const Client = Octokit.plugin(nameLimits as never, throttling, retry);
/** What the plugin that spreads requests takes for "no distance": everything is done at once. */
const group = {
  key: () => ({ schedule: (_: unknown, work: (...args: unknown[]) => unknown, ...args: unknown[]) => work(...args) }),
} as never;
const AT_ONCE = { write: group, notifications: group, global: group, auth: group, search: group };

/** Throws InputError where the URL or the key cannot be used. */
export function githubAccess(settings: GithubSettings): GithubAccess {
  const base = apiBase(settings.apiUrl ?? 'https://api.github.com');
  const { auth, pace } = settings;
  const app = 'appId' in auth ? auth : undefined;
  if (app && !/^-----BEGIN (RSA )?PRIVATE KEY-----/.test(app.privateKey.trim()))
    throw new InputError("the App's private key is no PEM key");
  const clients = new Map<number, Octokit>();
  const make = (installation: number): Octokit => {
    const token = 'token' in auth ? auth.token : undefined;
    return new Client({
      baseUrl: base.href.replace(/\/$/, ''),
      userAgent: 'rmapbot',
      ...(app ? { authStrategy: createAppAuth, auth: { ...app, installationId: installation } } : {}),
      ...(token ? { auth: token } : {}),
      request: { fetch: fetchFrom(base) },
      throttle: {
        id: String(installation),
        retryAfterBaseValue: pace?.unitMs ?? 1000,
        ...(pace && !pace.spread ? AT_ONCE : {}),
        onRateLimit: (seconds, _options, _octokit, tried) => tried < RETRIES && seconds <= RATE_WAIT_S_MAX,
        onSecondaryRateLimit: (seconds, _options, _octokit, tried) => tried < RETRIES && seconds <= RATE_WAIT_S_MAX,
      },
      // 429 is the other plugin's: it waits as long as GitHub says.
      retry: { doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451], retryAfterBaseValue: pace?.unitMs ?? 1000 },
      log: QUIET,
    });
  };
  const client = (installation = 0): Octokit => {
    const known = clients.get(installation) ?? make(installation);
    clients.set(installation, known);
    return known;
  };
  return {
    server: serverOf(base),
    ...(app ? { appId: app.appId } : {}),
    ...(pace ? { unitMs: pace.unitMs } : {}),
    client,
    async token(installation) {
      if (!app) return 'token' in auth ? auth.token : undefined;
      const { token } = (await client(installation).auth({ type: 'installation' })) as { token: string };
      return token;
    },
  };
}

/** What the plugins log is in the errors as well. */
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

interface Refusal extends Error {
  status?: number;
  response?: { headers: Record<string, string | undefined> };
}

/** Abuse responses of older servers, and any refusal with a time to wait, are what the plugin knows as secondary limit. */
function nameLimit(error: Refusal): Refusal {
  const { status, response, message } = error;
  const limited = status === 429 || (status === 403 && (response?.headers['retry-after'] || /abuse/i.test(message)));
  const known = /\bsecondary rate\b/i.test(message) || response?.headers['x-ratelimit-remaining'] === '0';
  if (limited && !known) error.message = `${message} (a secondary rate limit)`;
  return error;
}

/** How long the server asks us to wait, milliseconds; undefined where it does not say. `now`: milliseconds since 1970. */
export function waitOf(error: unknown, now = Date.now()): number | undefined {
  const headers = (error as Refusal | undefined)?.response?.headers ?? {};
  const seconds = Number(headers['retry-after']);
  if (seconds > 0) return seconds * 1000;
  const reset = Number(headers['x-ratelimit-reset']) * 1000;
  return headers['x-ratelimit-remaining'] === '0' && reset > now ? reset - now : undefined;
}

/** Fetch that leaves the API's origin neither at once nor by a redirect, and that does not wait for ever. */
function fetchFrom(base: URL): typeof fetch {
  return async (input, init) => {
    let url = new URL(input instanceof Request ? input.url : input);
    for (let hops = 0; hops <= 3; hops++) {
      if (url.origin !== base.origin) throw new Error(`a request to ${url.origin} is none to the configured API`);
      const signals = [AbortSignal.timeout(REQUEST_MS_MAX), ...(init?.signal ? [init.signal] : [])];
      const answer = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.any(signals) });
      const place = [301, 302, 307, 308].includes(answer.status) ? answer.headers.get('location') : null;
      if (place === null) return answer;
      // A renamed repository. What is not to be sent twice is sent to where it is told, as 307 and 308 ask.
      if (answer.status < 307 && (init?.method ?? 'GET') !== 'GET') return answer;
      url = new URL(place, url);
    }
    throw new Error('the API redirects in circles');
  };
}

/** The text without tokens and keys, for logs and errors. */
export function redact(text: string): string {
  return text
    .replace(
      /\b(gh[a-z]_[A-Za-z0-9_]{16,}|github_pat_\w{16,}|v1\.[0-9a-f]{40}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,})/g,
      '[secret]',
    )
    .replace(
      /\b(authorization|x-access-token)\b(["']?\s*[:=]\s*["']?)(?:(?:basic|bearer|token)\s+)?[^\s"',;@]+/gi,
      '$1$2[secret]',
    )
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[secret]');
}
