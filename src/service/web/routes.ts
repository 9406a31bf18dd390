// SPDX-License-Identifier: GPL-2.0-or-later
// A path -> a page. Ids are of one form; everything else that a request brings is a filter's value.
import { html, type Markup } from '../../report/html/markup.ts';
import { htmlPage } from '../../report/html/page.ts';
import { parseReview } from '../../review/read-review.ts';
import { healthPage, type Source } from '../health.ts';
import { jobById, reviewOf } from '../store/reads.ts';
import type { Database } from '../store/sql.ts';
import { rulesPage, scenariosPage, treesPage } from './catalogue.ts';
import { jobPage, queuePage, reviewsPage, seriesPage } from './jobs.ts';
import { POLICY, page } from './page.ts';

export interface Answer {
  /** Of a small fixed set, for metrics. */
  route: string;
  status: number;
  type: string;
  body: string;
  headers?: Record<string, string>;
}

export interface Site {
  database: Database;
  prefix: string;
  health: readonly Source[];
  version: string;
  started: number;
}

const ID = '([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})';
const JOB = new RegExp(`^/jobs/${ID}(/report|/review\\.json)?$`);
/** Reports carry a policy of their own; what it cannot say in a page stands in the header. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export async function answerTo(site: Site, { pathname, searchParams }: URL): Promise<Answer> {
  const { database, prefix } = site;
  const shown = (title: string, body: Markup, current = pathname) => pageAnswer(prefix, current, title, body);
  switch (pathname) {
    case '/':
      return shown('Queue', await queuePage(database, prefix));
    case '/reviews':
      return shown('Reviews', await reviewsPage(database, prefix, searchParams));
    case '/scenarios':
      return shown('Scenarios', scenariosPage(prefix, searchParams));
    case '/rules':
      return shown('Rules', await rulesPage(prefix));
    case '/trees':
      return shown('Trees', await treesPage());
    case '/health':
      return shown('Health', await healthPage(database, site.health, site.version, site.started));
    case '/series': {
      const found = await seriesPage(database, prefix, (searchParams.get('of') ?? '').slice(0, 500));
      return found ? shown('Series', found) : missing(prefix);
    }
  }
  const [, id, part] = JOB.exec(pathname) ?? [];
  const job = id === undefined ? undefined : await jobById(database, id);
  if (!job) return missing(prefix);
  const content = await reviewOf(database, job.id);
  if (part === undefined) return shown(job.title, await jobPage(database, prefix, job, content !== undefined));
  if (content === undefined) return missing(prefix);
  const review = parseReview(content, 'the review');
  if (part === '/review.json') {
    return { route: 'report', status: 200, type: 'application/json', body: `${JSON.stringify(review, null, 2)}\n` };
  }
  const headers = { 'content-security-policy': REPORT_POLICY };
  return { route: 'report', status: 200, type: 'text/html', body: htmlPage(review), headers };
}

function pageAnswer(prefix: string, current: string, title: string, body: Markup, status = 200): Answer {
  const headers = { 'content-security-policy': POLICY };
  return { route: 'page', status, type: 'text/html', body: page(prefix, current, title, body), headers };
}

function missing(prefix: string): Answer {
  return pageAnswer(prefix, '', 'Not found', html`<section><h1>There is no such page</h1></section>`, 404);
}
