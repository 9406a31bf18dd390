// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot serve` and `rmapbot worker`: the parts of the service put together, begun and ended.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { hostname } from 'node:os';
import { InputError } from '../errors.ts';
import type { GithubAccess, GithubPorts, JobPort } from '../github/index.ts';
import type { WatchPorts } from '../watch/index.ts';
import type { ServiceConfig } from './config.ts';
import { type GithubRoom, githubHandlers, githubPort } from './github-jobs.ts';
import type { Source } from './health.ts';
import { type HttpOptions, httpServer } from './http.ts';
import { type Isolation, isolationOf } from './isolation/box.ts';
import { PRUNE_MS } from './limits.ts';
import type { Log } from './log.ts';
import { type Metrics, openMetrics } from './metrics.ts';
import { type OpenQueue, openQueue } from './queue/open.ts';
import { secret } from './secrets.ts';
import { type ReviewSeries, reviewByQueue, SERIES, seriesHandler } from './series-jobs.ts';
import { prune } from './store/reads.ts';
import { type Handler, work } from './worker.ts';

/** The App, where it is configured: made by whoever knows the github room. */
export interface GithubPart {
  access: GithubAccess;
  room: GithubRoom;
  /** Takes webhooks; undefined in a worker. */
  webhooks?(port: JobPort): Promise<NonNullable<HttpOptions['webhooks']>>;
}

export interface ServicePorts {
  log: Log;
  version: string;
  reviewSeries(isolation: Isolation): ReviewSeries;
  reviewPullRequest(isolation: Isolation): GithubPorts['review'];
  github?: GithubPart | undefined;
  /** Runs the watchers until the signal. */
  watch?: ((ports: WatchPorts, signal: AbortSignal) => Promise<unknown>) | undefined;
}

/** What both commands begin with. */
interface Base {
  open: OpenQueue;
  metrics: Metrics;
  trouble(error: unknown): void;
}

/** Reviews jobs until the signal; resolves when all that was begun has ended or was given back. */
export async function runWorker(config: ServiceConfig, ports: ServicePorts, signal: AbortSignal): Promise<void> {
  if (config.workers === 0) throw new InputError('workers: 0 leaves a worker nothing to do');
  const base = await begin(config, ports);
  try {
    await Promise.all(startWorkers(config, ports, base, signal));
  } finally {
    await base.open.close();
  }
}

/** Takes webhooks, watches lists, shows pages, and reviews with the workers configured; until the signal. */
export async function serve(config: ServiceConfig, ports: ServicePorts, signal: AbortSignal): Promise<void> {
  const { log, version, github, watch } = ports;
  const base = await begin(config, ports);
  const { open, metrics, trouble } = base;
  const health: Source[] = [];
  const ends = new AbortController();
  const stop = AbortSignal.any([signal, ends.signal]);
  const webhooks = await github?.webhooks?.(githubPort(open.queue, github.access.server));
  const password = secret('RMAPBOT_DASHBOARD_PASSWORD');
  const prefix = config.publicUrl === undefined ? '' : new URL(config.publicUrl).pathname.replace(/\/+$/, '');
  const server = httpServer({ database: open.database, metrics, health, version, prefix, password, webhooks, trouble });
  try {
    await listen(server, config.listen);
    log.info({ address: addressOf(server) }, 'listening');
    const parts: Promise<unknown>[] = startWorkers(config, ports, base, stop);
    parts.push(tidy(open, config.keepDays, stop, trouble));
    if (watch) {
      let watching = 'watching';
      health.push(() => ({ name: 'watchers', fine: watching === 'watching', said: watching }));
      const review: WatchPorts['review'] = (wish) => reviewByQueue(open, wish, { signal: stop, trouble });
      // A watcher that is in the middle of a review ends with the process: its state allows it.
      void watch({ log: (line) => log.info({ part: 'watch' }, line), review }, stop).catch((error: Error) => {
        watching = error.message;
        if (!stop.aborted) trouble(error);
      });
    }
    await (stop.aborted ? undefined : once(stop, 'abort'));
    log.info('ending');
    server.close();
    server.closeIdleConnections();
    await Promise.all(parts);
  } finally {
    ends.abort();
    server.closeAllConnections();
    await open.close();
  }
}

async function begin(config: ServiceConfig, { log }: ServicePorts): Promise<Base> {
  let metrics: Metrics | undefined;
  const trouble = (error: unknown) => {
    metrics?.trouble();
    log.error({ err: error }, 'trouble');
  };
  const open = await openQueue(config.store, { onError: trouble });
  metrics = openMetrics(open.database);
  return { open, metrics, trouble };
}

function startWorkers(config: ServiceConfig, ports: ServicePorts, base: Base, signal: AbortSignal): Promise<void>[] {
  if (config.workers === 0) return [];
  const { open, metrics, trouble } = base;
  const { log, github } = ports;
  const { isolation, why } = isolationOf(config.isolation);
  log[isolation === 'none' ? 'warn' : 'info']({ isolation, why }, 'reviews run in');
  const handlers: Record<string, Handler> = { [SERIES]: seriesHandler(ports.reviewSeries(isolation)) };
  if (github) {
    const queue = githubPort(open.queue, github.access.server);
    const said = (line: string) => log.info({ part: 'github' }, line);
    const room: GithubPorts = { review: ports.reviewPullRequest(isolation), queue, log: said };
    Object.assign(handlers, githubHandlers(github.room, github.access, room, config.publicUrl));
  }
  const host = hostname();
  return Array.from({ length: config.workers }, (_, index) =>
    work(
      {
        ...{ queue: open.queue, database: open.database, name: `${host}/${process.pid}/${index + 1}`, host, handlers },
        graceMs: config.graceMs,
        events: {
          started: ({ id, kind, title, attempts }) => log.info({ job: id, kind, title, attempts }, 'begun'),
          ended({ id, kind }, outcome, milliseconds) {
            metrics.jobEnded(kind, outcome.state, milliseconds);
            const reason = 'reason' in outcome ? outcome.reason : '';
            const verdict = 'verdict' in outcome ? outcome.verdict : undefined;
            const level = outcome.state === 'failed' || outcome.state === 'parked' ? 'warn' : 'info';
            log[level]({ job: id, kind, state: outcome.state, verdict, reason, ms: Math.round(milliseconds) }, 'ended');
          },
          trouble,
        },
      },
      signal,
    ),
  );
}

/** Removes what is too old, at the start and each hour. */
async function tidy(
  open: OpenQueue,
  days: number,
  signal: AbortSignal,
  trouble: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await open.database.transaction((sql) => prune(sql, Date.now() - days * 86_400_000)).catch(trouble);
    const timer = new AbortController();
    const wake = setTimeout(() => timer.abort(), PRUNE_MS);
    await once(AbortSignal.any([signal, timer.signal]), 'abort');
    clearTimeout(wake);
  }
}

async function listen(server: Server, { host, port }: ServiceConfig['listen']): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new InputError(`cannot listen on ${host}:${port}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function addressOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `${address.address}:${address.port}` : String(address);
}
