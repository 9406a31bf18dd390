// SPDX-License-Identifier: GPL-2.0-or-later
// What is well and what is not, for the page and for whoever asks whether traffic may come.
import { html, type Markup } from '../report/html/markup.ts';
import { cleanLine } from '../report/sanitise.ts';
import { READY_MS, SEEN_MS } from './limits.ts';
import { queueCounts, workers } from './store/reads.ts';
import type { Sql } from './store/sql.ts';
import { badge, moment, span } from './web/parts.ts';

export interface Check {
  name: string;
  fine: boolean;
  /** One line. */
  said: string;
}

/** What a part of the service says of itself. */
export type Source = () => Check;

/** The store answers, somebody works, and what each part says. Never throws. */
export async function checks(sql: Sql, sources: readonly Source[]): Promise<Check[]> {
  const own = await storeChecks(sql).catch((error: unknown) => [
    { name: 'store', fine: false, said: error instanceof Error ? error.message : String(error) },
  ]);
  return [...own, ...sources.map((source) => source())];
}

async function storeChecks(sql: Sql): Promise<Check[]> {
  const begun = performance.now();
  const [counts, present] = await Promise.race([
    Promise.all([queueCounts(sql), workers(sql)]),
    new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`it gives no answer within ${READY_MS} ms`)), READY_MS).unref();
    }),
  ]);
  const alive = present.filter(({ seen }) => seen > Date.now() - SEEN_MS);
  const queued = counts.find(({ state }) => state === 'queued')?.count ?? 0;
  return [
    { name: 'store', fine: true, said: `answers within ${Math.ceil(performance.now() - begun)} ms` },
    {
      name: 'workers',
      fine: alive.length > 0 || queued === 0,
      said: `${alive.length} alive${alive.length === 0 && queued > 0 ? `, and ${queued} jobs wait` : ''}`,
    },
  ];
}

export async function healthPage(
  sql: Sql,
  sources: readonly Source[],
  version: string,
  started: number,
): Promise<Markup> {
  const all = await checks(sql, sources);
  const present = all[0]?.fine ? await workers(sql) : [];
  const rows = all.map(
    ({ name, fine, said }) =>
      html`<tr><th scope="row">${name}</th><td>${fine ? html`<span class="badge good">well</span>` : html`<span class="badge bad">not well</span>`}</td><td class="wrap">${cleanLine(said, 300)}</td></tr>`,
  );
  const team = present.map(
    ({ id, host, seen, started: since, job }) =>
      html`<tr><th scope="row">${cleanLine(id, 100)}</th><td>${cleanLine(host, 100)}</td><td>${moment(since)}</td><td>${span(Date.now() - seen)} ago</td><td>${badge(job === '' ? '' : 'active')}</td></tr>`,
  );
  return html`<section><h1>Health</h1><p class="aside">rmapbot ${version}, up for ${span(Date.now() - started)}.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Checks"><table><thead><tr><th>What</th><th></th><th class="wrap">It says</th></tr></thead><tbody>${rows}</tbody></table></div></section>
<section><h2>Workers</h2><div class="scroll" tabindex="0" role="region" aria-label="Workers"><table><thead><tr><th>Worker</th><th>Host</th><th>Since</th><th>Seen</th><th>Job</th></tr></thead><tbody>${team}</tbody></table></div></section>
`;
}
