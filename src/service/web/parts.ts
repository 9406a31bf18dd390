// SPDX-License-Identifier: GPL-2.0-or-later
// Pieces that several pages share.
import { html, type Markup, NOTHING } from '../../report/html/markup.ts';
import { cleanLine } from '../../report/sanitise.ts';
import type { Job } from '../values.ts';

const LOOK: Readonly<Record<string, string>> = {
  violations: 'bad',
  'does-not-build': 'bad',
  clean: 'good',
  inconclusive: 'open',
  incomplete: 'open',
  'does-not-apply': 'open',
  parked: 'bad',
  active: 'open',
};

/** A verdict or a state, in a word and a colour. */
export function badge(word: string): Markup {
  return word === '' ? NOTHING : html`<span class="badge ${LOOK[word] ?? 'plain'}">${word.replaceAll('-', ' ')}</span>`;
}

/** Milliseconds since 1970, for people. */
export function moment(time: number): Markup {
  if (time <= 0) return html`–`;
  const iso = new Date(time).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

/** 61_000 -> "1 min 1 s". */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([number]) => number > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([number]) => number > 0)
    .map(([number, unit]) => `${number} ${unit}`)
    .join(' ');
}

/** A link only where it is a web page: whoever submits a job writes what it is. */
export function outside(link: string, text: string): Markup {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return NOTHING;
  return html`<a href="${url.href}" rel="noreferrer nofollow">${text}</a>`;
}

export function jobList(prefix: string, jobs: readonly Job[], none: string): Markup {
  if (jobs.length === 0) return html`<p class="aside">${none}</p>`;
  return html`<ul class="jobs">${jobs.map((job) => jobItem(prefix, job))}</ul>`;
}

function jobItem(prefix: string, job: Job): Markup {
  const title = cleanLine(job.title, 200) || job.kind;
  const when = job.ended || job.started || job.created;
  return html`<li>
<p class="title"><a href="${prefix}/jobs/${job.id}">${title}</a>${job.version > 1 && ` v${job.version}`} ${badge(job.verdict || job.state)}</p>
<p class="meta"><span>${cleanLine(job.repository, 80)}</span>${job.author !== '' && html`<span>${cleanLine(job.author, 80)}</span>`}<span>${moment(when)}</span>${job.state === 'queued' && html`<span>${job.lane}</span>`}${job.attempts > 1 && html`<span>attempt ${job.attempts}</span>`}</p>
${job.reason !== '' && html`<p>${cleanLine(job.reason, 300)}</p>`}</li>`;
}

/** Links to the pages around this one; `query` without its page. */
export function pager(path: string, query: URLSearchParams, page: number, more: boolean): Markup {
  const link = (to: number, text: string) => {
    const next = new URLSearchParams(query);
    next.set('page', String(to));
    return html`<li><a href="${path}?${next.toString()}">${text}</a></li>`;
  };
  if (page <= 1 && !more) return NOTHING;
  return html`<nav aria-label="Further pages"><ul>${page > 1 && link(page - 1, 'Newer')}${more && link(page + 1, 'Older')}</ul></nav>`;
}
