// SPDX-License-Identifier: GPL-2.0-or-later
// Series as their mails are now -> their tasks: which task a series has, and what is to be done with it: wait, review,
// pass it over. Patches without their cover letter may look as if they belonged to another series of the same author; a
// task is therefore known by its head, and follows the mails when they turn out to belong elsewhere.
import { matches } from '../semantics/glob.ts';
import { inScope } from '../semantics/paths.ts';
import type { Series } from '../series/values.ts';
import type { Cluster } from './mails.ts';
import { listNamed, type State } from './state.ts';
import { OPEN, type StoredTask } from './tasks.ts';
import type { TaskState } from './values.ts';

/** In a transaction, with all series of a cluster. */
export function placeSeries(state: State, found: readonly { series: Series; print: string }[], cluster: Cluster): void {
  const { tasks } = state;
  const headed = new Map(found.map(({ series }) => [series, headedBy(state, series)]));
  const taken = new Set([...headed.values()].flatMap((some) => some.map(({ key }) => key)));
  for (const { series, print } of found) {
    const ids = series.messageIds ?? [];
    const own = ids.some((id) => cluster.own.has(id));
    const [known, ...parts] = headed.get(series) ?? [];
    if (own) {
      const loose = known ? undefined : tasks.of(ids).find(({ key }) => !taken.has(key));
      if (loose) taken.add(loose.key);
      bringUpToDate(state, series, print, cluster, known ?? loose);
      for (const part of parts) tasks.move(part.key, OPEN, 'skipped', { reason: `is a part of <${series.id}>` });
    } else if (known && tasks.membersOf(known.key).every((id) => cluster.about.has(id)))
      bringUpToDate(state, series, print, cluster, known);
  }
}

/** The tasks whose heads a series holds: several, where its parts have come together. Answered ones come first. */
export function headedBy({ tasks }: Pick<State, 'tasks'>, { messageIds = [] }: Series): StoredTask[] {
  const all = tasks.of(messageIds).filter(({ id }) => messageIds.includes(id));
  return all.sort((a, b) => Number(b.reply !== '') - Number(a.reply !== '') || a.key - b.key);
}

function bringUpToDate(
  state: State,
  series: Series,
  print: string,
  cluster: Cluster,
  known: StoredTask | undefined,
): void {
  const { tasks, config } = state;
  const about = (series.messageIds ?? []).flatMap((id) => cluster.about.get(id) ?? []);
  const list = config.lists.find(({ name }) => about.some(({ lists }) => lists.includes(name)))?.name ?? '';
  const times = about.map((one) => one.arrived);
  const arrived = known?.arrived ?? Math.min(...times);
  const { id, version, subject } = series;
  const author = series.author.address.toLowerCase();
  const now = { id, version, subject, author, list: list || known?.list || '', print };
  const scattered = new Set(about.map(({ thread }) => thread)).size > 1;
  const next = nextOf(state, series, now.list, { arrived, latest: Math.max(...times), scattered });
  if (!known) {
    const fresh = { ...now, ...next, verdict: '', attempts: 0, arrived, identity: '', reply: '', stopped: false };
    tasks.own(tasks.add(fresh).key, series.messageIds ?? []);
    return;
  }
  tasks.own(known.key, series.messageIds ?? []);
  // Settled is settled, unless patches have come that were missing then.
  const open = OPEN.includes(known.state) || (known.print === '' && print !== '' && known.reply === '');
  if (!open || known.stopped || (known.state === 'reviewing' && known.print === print)) return;
  tasks.move(known.key, [known.state], next.state, { ...now, verdict: '', reason: next.reason, due: next.due });
}

interface Next {
  state: TaskState;
  reason: string;
  due: number;
}

/** What is to be done with a series, as far as its mails tell. `scattered`: nothing but their looks joins its mails. */
function nextOf(
  state: State,
  series: Series,
  listName: string,
  { arrived, latest, scattered }: { arrived: number; latest: number; scattered: boolean },
): Next {
  const list = listNamed(state, listName);
  const skipped = (reason: string): Next => ({ state: 'skipped', reason, due: 0 });
  if (!list) return skipped('its list is not in the configuration');
  const author = series.author.address.toLowerCase();
  if (list.authors && !list.authors.some((glob) => matches(author, glob)))
    return skipped('the author is not on the list');
  if (series.missing.length > 0) return { state: 'waiting', reason: missingOf(series), due: arrived + list.within };
  if (scattered) return { state: 'ready', reason: '', due: Math.max(arrived + list.within, latest + list.settle) };
  if (!touchesOurs(state, series)) return skipped('touches nothing of ours');
  return { state: 'ready', reason: '', due: latest + list.settle };
}

/** Whether a path of the series is in scope: before anything is fetched, applied or built. */
export function touchesOurs({ scope }: Pick<State, 'scope'>, series: Series): boolean {
  return series.patches.some(({ paths }) => paths.some((path) => inScope(path, scope)));
}

/** "patch 2 of 3 missing", "patches 2, 3 and 7 more of 20 missing". */
export function missingOf({ missing, expected }: Series): string {
  const more = missing.length > 8 ? ` and ${missing.length - 8} more` : '';
  return `patch${missing.length === 1 ? '' : 'es'} ${missing.slice(0, 8).join(', ')}${more} of ${expected} missing`;
}
