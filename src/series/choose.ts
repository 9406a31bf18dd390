// SPDX-License-Identifier: GPL-2.0-or-later
// Picks the series to review. In: all that an input holds and, if the user said so, which one. Out: it, and the rest.
import { InputError } from '../errors.ts';
import { named } from './assemble.ts';
import { MAX_LISTED } from './limits.ts';
import type { Assembly, Series } from './values.ts';

/**
 * Without selector: of the thread with the latest posting, the newest complete version of the series that opened it;
 * the newest one if none is complete. `selector` is a version ("v2"), a Message-ID (of the cover letter or of any
 * patch) or a part of a title. Throws InputError, listing what there is, where it fits nothing or several series.
 */
export function chooseSeries(assembly: Assembly, selector?: string): { chosen: Series; others: Series[] } {
  const chosen = selector === undefined ? newestOf(mainLineage(assembly.series)) : select(assembly.series, selector);
  if (chosen === undefined) throw new InputError('the input holds no series');
  return { chosen, others: assembly.series.filter((series) => series !== chosen) };
}

/** Versions of the main series of the thread that was posted to last. */
function mainLineage(all: readonly Series[]): Series[] {
  const mains = [...Map.groupBy(all, (series) => series.thread ?? series.id).values()].map((thread) => {
    const opener = thread.reduce((a, b) => (dateOf(b) < dateOf(a) ? b : a));
    return thread.filter((series) => series.lineage === opener.lineage);
  });
  const dated = mains.map((lineage) => ({ lineage, latest: lineage.map(dateOf).sort().at(-1) ?? '' }));
  return dated.reduce((a, b) => (b.latest > a.latest ? b : a), { lineage: mains[0] ?? [], latest: '' }).lineage;
}

/** The newest complete one, else the newest: by version, then by date (a RESEND), then by place. */
function newestOf(versions: readonly Series[]): Series | undefined {
  const order = versions.toSorted((a, b) => a.version - b.version || compare(dateOf(a), dateOf(b)));
  return order.findLast((series) => series.missing.length === 0) ?? order.at(-1);
}

function select(all: readonly Series[], selector: string): Series {
  const text = selector.trim();
  const version = /^v(\d{1,9})$/i.exec(text);
  let found: Series[];
  if (version) {
    const wanted = Number(version[1]);
    const main = mainLineage(all).filter((series) => series.version === wanted);
    found = main.length > 0 ? main : all.filter((series) => series.version === wanted);
  } else {
    const id = text.replace(/^</, '').replace(/>$/, '');
    found = all.filter((series) => series.id === id || series.messageIds?.includes(id));
    if (found.length === 0 && text !== '') {
      found = all.filter((series) => series.subject.toLowerCase().includes(text.toLowerCase()));
    }
  }
  const lineages = new Set(found.map((series) => series.lineage ?? series.id));
  const chosen = lineages.size === 1 ? newestOf(found) : undefined;
  if (chosen) return chosen;
  const what = found.length === 0 ? 'no series fits' : 'several series fit';
  throw new InputError(`${what} "${text}"; there ${listing(found.length === 0 ? all : found)}`);
}

function listing(all: readonly Series[]): string {
  const more = all.length > MAX_LISTED ? `, and ${all.length - MAX_LISTED} more` : '';
  return `${all.length === 1 ? 'is' : 'are'} ${all.slice(0, MAX_LISTED).map(named).join(', ')}${more}`;
}

function dateOf(series: Series): string {
  return series.date ?? '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
