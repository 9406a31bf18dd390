// SPDX-License-Identifier: GPL-2.0-or-later
// Kept mails -> tasks. Each thread that got mails is put together anew; what was decided about its series is brought up to
// date: complete or waiting, superseded, of somebody we do not listen to, nothing of ours.
import { createHash } from 'node:crypto';
import { matches } from '../semantics/glob.ts';
import { inScope } from '../semantics/paths.ts';
import { assembleSeries } from '../series/index.ts';
import type { Assembly, Series } from '../series/values.ts';
import { CLUSTER_MAILS_MAX, THREADS_AT_ONCE } from './limits.ts';
import type { Cluster } from './mails.ts';
import { listNamed, type State } from './state.ts';
import { supersede } from './supersede.ts';
import { OPEN, type StoredTask } from './tasks.ts';
import type { TaskState } from './values.ts';

/** Brings the tasks up to date; true where threads are left for the next call. */
export async function assembleDirty(state: State): Promise<boolean> {
  const threads = state.mails.dirty(THREADS_AT_ONCE + 1);
  for (const thread of threads.slice(0, THREADS_AT_ONCE)) {
    const cluster = state.mails.cluster(thread);
    const assembly = await assembleSeries(cluster.messages, { coversToo: true });
    // Patches are parsed here, before the transaction: it should be short.
    const found = assembly.series.map((series) => ({ series, print: printOf(series) }));
    state.database.transaction(() => {
      for (const { series, print } of found)
        if (series.messageIds?.some((id) => cluster.own.has(id))) bringUpToDate(state, series, print, cluster);
      supersede(state, found, cluster);
      state.mails.clean(thread, cluster.upTo);
    });
  }
  return threads.length > THREADS_AT_ONCE;
}

/** A task's series as its mails are now, with all that it hangs together with. */
export async function seriesOf(
  state: State,
  task: StoredTask,
): Promise<{ series: Series; assembly: Assembly; cluster: Cluster } | undefined> {
  const members = new Set(state.tasks.membersOf(task.key));
  const thread = [...members].map((id) => state.mails.threadOf(id)).find((one) => one !== undefined);
  if (thread === undefined) return undefined;
  const cluster = state.mails.cluster(thread);
  const assembly = await assembleSeries(cluster.messages, { coversToo: true });
  const series = assembly.series.find(({ messageIds }) => messageIds?.some((id) => members.has(id)));
  return series ? { series, assembly, cluster } : undefined;
}

function bringUpToDate(state: State, series: Series, print: string, cluster: Cluster): void {
  const { tasks, config } = state;
  const about = (series.messageIds ?? []).flatMap((id) => cluster.about.get(id) ?? []);
  const list = config.lists.find(({ name }) => about.some(({ lists }) => lists.includes(name)))?.name ?? '';
  const [arrived, latest] = [Math.min, Math.max].map((of) => of(...about.map((one) => one.arrived))) as [
    number,
    number,
  ];
  const [known, ...parts] = tasks.of(series.messageIds ?? []);
  const { id, version, subject } = series;
  const author = series.author.address.toLowerCase();
  const now = { id, version, subject, author, list: list || known?.list || '', print };
  const next = nextOf(state, series, now.list, { arrived: known?.arrived ?? arrived, latest });
  if (!known) {
    const fresh = { ...now, ...next, verdict: '', attempts: 0, arrived, identity: '', reply: '', stopped: false };
    tasks.own(tasks.add(fresh).key, series.messageIds ?? []);
    return;
  }
  tasks.own(known.key, series.messageIds ?? []);
  for (const part of parts) tasks.move(part.key, OPEN, 'skipped', { reason: `is a part of <${id}>` });
  // Settled is settled, unless patches have come that were missing then.
  const open = OPEN.includes(known.state) || (known.print === '' && print !== '' && known.reply === '');
  if (!open || known.stopped || (known.state === 'reviewing' && known.print === print)) return;
  tasks.move(known.key, [known.state], next.state, { ...now, reason: next.reason, due: next.due });
}

interface Next {
  state: TaskState;
  reason: string;
  due: number;
}

/** What is to be done with a series, as far as its mails tell. */
function nextOf(state: State, series: Series, listName: string, times: { arrived: number; latest: number }): Next {
  const list = listNamed(state, listName);
  const skipped = (reason: string): Next => ({ state: 'skipped', reason, due: 0 });
  if (!list) return skipped('its list is not in the configuration');
  const author = series.author.address.toLowerCase();
  if (list.authors && !list.authors.some((glob) => matches(author, glob)))
    return skipped('the author is not on the list');
  if (series.missing.length > 0) {
    const due = times.arrived + list.within;
    return { state: 'waiting', reason: `${named(series.missing)} of ${series.expected} missing`, due };
  }
  if (!touchesOurs(state, series)) return skipped('touches nothing of ours');
  return { state: 'ready', reason: '', due: times.latest + list.settle };
}

/** Whether a path of the series is in scope: before anything is fetched, applied or built. */
export function touchesOurs({ scope }: Pick<State, 'scope'>, series: Series): boolean {
  return series.patches.some(({ paths }) => paths.some((path) => inScope(path, scope)));
}

/** "patch 2", "patches 2, 3 and 7 more". */
export function named(numbers: readonly number[]): string {
  const more = numbers.length > 8 ? ` and ${numbers.length - 8} more` : '';
  return `patch${numbers.length === 1 ? '' : 'es'} ${numbers.slice(0, 8).join(', ')}${more}`;
}

/** What a complete series changes, whoever sends it and however often; empty where it is incomplete. */
function printOf(series: Series): string {
  if (series.missing.length > 0 || series.expected > CLUSTER_MAILS_MAX) return '';
  const hash = createHash('sha256');
  for (const { diff } of series.patches) hash.update(`${diff.length}:`).update(diff);
  return hash.digest('hex');
}
