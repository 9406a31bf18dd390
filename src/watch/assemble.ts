// SPDX-License-Identifier: GPL-2.0-or-later
// Kept mails -> tasks. Each thread that got mails is put together anew, with what may belong to it, and what was decided
// about its series is brought up to date.
import { createHash } from 'node:crypto';
import { assembleSeries } from '../series/index.ts';
import type { Assembly, Series } from '../series/values.ts';
import { CLUSTER_MAILS_MAX, THREADS_AT_ONCE } from './limits.ts';
import type { Cluster } from './mails.ts';
import { placeSeries } from './place.ts';
import type { State } from './state.ts';
import { supersede } from './supersede.ts';
import type { StoredTask } from './tasks.ts';

/** Brings the tasks up to date; true where threads are left for the next call. */
export async function assembleDirty(state: State): Promise<boolean> {
  const threads = state.mails.dirty(THREADS_AT_ONCE + 1);
  for (const thread of threads.slice(0, THREADS_AT_ONCE)) {
    const cluster = state.mails.cluster(thread);
    const assembly = await assembleSeries(cluster.messages, { coversToo: true });
    // Patches are parsed here, before the transaction: it should be short.
    const found = assembly.series.map((series) => ({ series, print: printOf(series) }));
    state.database.transaction(() => {
      placeSeries(state, found, cluster);
      supersede(state, found, cluster);
      state.mails.clean(thread, cluster.upTo);
    });
  }
  return threads.length > THREADS_AT_ONCE;
}

/**
 * A task's series as its mails are now, with the other versions and whatever is in their threads; not with what else its
 * author posts.
 */
export async function seriesOf(
  state: State,
  task: StoredTask,
): Promise<{ series: Series; assembly: Assembly; cluster: Cluster } | undefined> {
  const thread = state.mails.threadOf(task.id);
  if (thread === undefined) return undefined;
  const cluster = state.mails.cluster(thread);
  const isIt = ({ messageIds }: Series) => messageIds?.includes(task.id) === true;
  const all = (await assembleSeries(cluster.messages, { coversToo: true })).series;
  const known = all.find(isIt);
  if (!known) return undefined;
  const threadOf = (id: string) => cluster.about.get(id)?.thread;
  const versions = all.filter(({ lineage }) => lineage === known.lineage);
  const threads = new Set(versions.flatMap(({ messageIds = [] }) => messageIds.map(threadOf)));
  const related = cluster.messages.filter(({ messageId }) => threads.has(threadOf(messageId)));
  const assembly = await assembleSeries(related, { coversToo: true });
  const series = assembly.series.find(isIt);
  return series ? { series, assembly, cluster } : undefined;
}

/** What a complete series changes, whoever sends it and however often; empty where it is incomplete. */
function printOf(series: Series): string {
  if (series.missing.length > 0 || series.expected > CLUSTER_MAILS_MAX) return '';
  const hash = createHash('sha256');
  for (const { diff } of series.patches) hash.update(`${diff.length}:`).update(diff);
  return hash.digest('hex');
}
