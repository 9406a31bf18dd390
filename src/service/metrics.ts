// SPDX-License-Identifier: GPL-2.0-or-later
// What Prometheus is told. Labels are of fixed sets: nothing from outside becomes one.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { queueCounts } from './store/reads.ts';
import type { Database } from './store/sql.ts';

export interface Metrics {
  registry: Registry;
  jobEnded(kind: string, state: string, milliseconds: number): void;
  request(route: string, status: number, milliseconds: number): void;
  trouble(): void;
}

export function openMetrics(database: Database): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'rmapbot_jobs',
    help: 'Jobs in the store by state',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      for (const { state, count } of await queueCounts(database)) this.set({ state }, count);
    },
  });
  const oldest = "SELECT COALESCE(MIN(created), 0) AS created FROM job WHERE state = 'queued'";
  new Gauge({
    name: 'rmapbot_oldest_queued_seconds',
    help: 'Age of the job that has waited longest',
    registers,
    async collect() {
      const created = Number((await database.query(oldest))[0]?.created ?? 0);
      this.set(created === 0 ? 0 : (Date.now() - created) / 1000);
    },
  });
  const ended = new Histogram({
    name: 'rmapbot_job_seconds',
    help: 'Time of attempts by kind of job and how they ended, in this process',
    labelNames: ['kind', 'state'],
    buckets: [0.1, 1, 5, 15, 60, 120, 300, 900, 1800, 3600],
    registers,
  });
  const requests = new Histogram({
    name: 'rmapbot_http_seconds',
    help: 'Time of HTTP requests by route and status',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
    registers,
  });
  const trouble = new Counter({ name: 'rmapbot_trouble_total', help: 'Failures of the store or the queue', registers });
  return {
    registry,
    jobEnded: (kind, state, milliseconds) => ended.observe({ kind, state }, milliseconds / 1000),
    request: (route, status, milliseconds) => requests.observe({ route, status }, milliseconds / 1000),
    trouble: () => trouble.inc(),
  };
}
