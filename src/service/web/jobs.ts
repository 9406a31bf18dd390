// SPDX-License-Identifier: GPL-2.0-or-later
// Pages of jobs: the queue, reviews with filter and search, one job, the history of a series.
import { html, type Markup } from '../../report/html/markup.ts';
import { cleanLine } from '../../report/sanitise.ts';
import { EXIT_CODE } from '../../review/values.ts';
import { findJobs, historyOf, type JobFilter, queueCounts, workers } from '../store/reads.ts';
import type { Sql } from '../store/sql.ts';
import type { Job } from '../values.ts';
import { badge, jobList, moment, outside, pager, span } from './parts.ts';

const VERDICTS = Object.keys(EXIT_CODE);

export async function queuePage(sql: Sql, prefix: string): Promise<Markup> {
  const [counts, active, queued, parked, present] = await Promise.all([
    queueCounts(sql),
    findJobs(sql, { states: ['active'] }),
    findJobs(sql, { states: ['queued'], byTurn: true }),
    findJobs(sql, { states: ['parked'] }),
    workers(sql),
  ]);
  const facts = counts.map(({ state, count }) => html`<div><dt>${state}</dt><dd>${count}</dd></div>`);
  const at = present.length === 1 ? '1 worker' : `${present.length} workers`;
  return html`<section><h1>Queue</h1><dl class="facts">${facts}</dl><p class="aside">${at}.</p></section>
<section><h2>At work</h2>${jobList(prefix, active.jobs, 'Nothing is being reviewed.')}</section>
<section><h2>Waiting</h2>${jobList(prefix, queued.jobs, 'Nothing waits.')}${queued.more && html`<p class="aside">and more</p>`}</section>
<section><h2>Parked</h2><p class="about">What a person must look at.</p>${jobList(prefix, parked.jobs, 'Nothing.')}</section>
`;
}

export async function reviewsPage(sql: Sql, prefix: string, query: URLSearchParams): Promise<Markup> {
  const text = (name: string) => (query.get(name) ?? '').slice(0, 200);
  const verdict = VERDICTS.find((one) => one === text('verdict')) ?? '';
  const number = Number.parseInt(text('page'), 10);
  const current = Number.isFinite(number) && number > 0 ? Math.min(number, 10_000) : 1;
  const filter: JobFilter = {
    reviewed: true,
    verdict,
    repository: text('repository'),
    search: text('q'),
    page: current,
  };
  const { jobs, more } = await findJobs(sql, filter);
  const kept = new URLSearchParams([
    ['q', text('q')],
    ['verdict', verdict],
    ['repository', text('repository')],
  ]);
  const options = VERDICTS.map((one) =>
    one === verdict
      ? html`<option value="${one}" selected>${one.replaceAll('-', ' ')}</option>`
      : html`<option value="${one}">${one.replaceAll('-', ' ')}</option>`,
  );
  return html`<section><h1>Reviews</h1>
<form class="filter" method="get" action="${prefix}/reviews">
<label>Title, author, repository<input type="search" name="q" value="${text('q')}"></label>
<label>Verdict<select name="verdict"><option value="">all</option>${options}</select></label>
<label>Repository or list<input type="text" name="repository" value="${text('repository')}"></label>
<button type="submit">Search</button>
</form>
${jobList(prefix, jobs, 'No review is like that.')}
${pager(`${prefix}/reviews`, kept, current, more)}</section>
`;
}

export async function jobPage(sql: Sql, prefix: string, job: Job, reviewed: boolean): Promise<Markup> {
  const versions = job.thread === '' ? [] : await historyOf(sql, job.thread);
  const pairs: [string, Markup | string][] = [
    ['Repository or list', cleanLine(job.repository, 120)],
    ['Author', cleanLine(job.author, 120)],
    ['Arrived', moment(job.created)],
    ['Begun', moment(job.started)],
    ['Ended', moment(job.ended)],
    ['Attempts', String(job.attempts)],
    ['Worker', cleanLine(job.worker, 120)],
  ];
  const shown = pairs.filter(([, value]) => value !== '');
  const at = encodeURIComponent(job.thread);
  return html`<section><p class="verdict">${badge(job.verdict || job.state)}</p><h1>${cleanLine(job.title, 200) || job.kind}${job.version > 1 && ` v${job.version}`}</h1>
${job.reason !== '' && html`<p>${cleanLine(job.reason, 500)}</p>`}
${reviewed && html`<p><a href="${prefix}/jobs/${job.id}/report">Read the report</a> · <a href="${prefix}/jobs/${job.id}/review.json">JSON</a></p>`}
<p>${outside(job.link, 'Where it is discussed')}</p>
<dl class="pairs">${shown.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>
${versions.length > 1 && html`<section><h2>Versions</h2><p><a href="${prefix}/series?of=${at}">All ${versions.length} of this series</a></p></section>`}
`;
}

/** v1..vN, and each time that one was reviewed. */
export async function seriesPage(sql: Sql, prefix: string, thread: string): Promise<Markup | undefined> {
  const jobs = await historyOf(sql, thread);
  const last = jobs.at(-1);
  if (!last) return undefined;
  const rows = jobs.map(
    (job) =>
      html`<tr><th scope="row"><a href="${prefix}/jobs/${job.id}">v${job.version}</a></th><td>${badge(job.verdict || job.state)}</td><td>${moment(job.created)}</td><td class="num">${job.ended > 0 && job.started > 0 ? span(job.ended - job.started) : '–'}</td><td class="wrap">${cleanLine(job.reason, 160)}</td></tr>`,
  );
  return html`<section><h1>${cleanLine(last.title, 200)}</h1><p class="series">${cleanLine(last.author, 120)}, ${cleanLine(last.repository, 120)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Versions"><table><thead><tr><th>Version</th><th>Result</th><th>Arrived</th><th class="num">Took</th><th class="wrap">Why</th></tr></thead><tbody>${rows}</tbody></table></div></section>
`;
}
