// SPDX-License-Identifier: GPL-2.0-or-later
// Which tasks are overtaken: by a newer version or a second posting of the same series, by the same author. Whoever else
// posts under its title overtakes nothing.
import type { Series } from '../series/values.ts';
import type { Cluster } from './mails.ts';
import { headedBy } from './place.ts';
import type { State } from './state.ts';
import { OPEN, type StoredTask } from './tasks.ts';

interface Posting {
  series: Series;
  task: StoredTask;
  print: string;
  arrived: number;
}

/** In a transaction, with all series of a cluster. Answers that are not on their way yet are dropped too. */
export function supersede(state: State, found: readonly { series: Series; print: string }[], cluster: Cluster): void {
  const postings = found.flatMap(({ series, print }): Posting[] => {
    const [task] = headedBy(state, series);
    const arrived = Math.max(...(series.messageIds ?? []).map((id) => cluster.about.get(id)?.arrived ?? 0));
    return task ? [{ series, task, print, arrived }] : [];
  });
  const key = ({ series }: Posting) => `${series.lineage ?? series.id} ${series.author.address.toLowerCase()}`;
  for (const versions of Map.groupBy(postings, key).values()) {
    versions.sort((a, b) => a.series.version - b.series.version || dateOf(a) - dateOf(b));
    for (const [index, one] of versions.entries()) {
      const newer = versions.slice(index + 1).findLast((other) => overtakes(other, one));
      if (newer) overtaken(state, one.task, `superseded by v${newer.series.version} <${newer.series.id}>`);
    }
    stopToo(state, versions);
    resent(state, versions);
  }
}

/** A newer version, or the same one posted again in full. Different patches may have one title. */
function overtakes(newer: Posting, older: Posting): boolean {
  if (newer.series.version !== older.series.version) return true;
  const again = newer.series.tags.some((tag) => /^(resend|repost)$/i.test(tag));
  return newer.print !== '' && (again || newer.print === older.print) && older.task.reply === '';
}

function overtaken(state: State, { key, reply }: StoredTask, reason: string): void {
  state.tasks.move(key, OPEN, 'skipped', { reason });
  if (reply !== '' && state.outbox.withdraw(reply, reason)) state.tasks.move(key, ['done'], 'skipped', { reason });
}

/** "stop" holds for the versions to come. */
function stopToo({ tasks }: State, versions: readonly Posting[]): void {
  if (!versions.some(({ task }) => task.stopped)) return;
  for (const { task } of versions) {
    if (task.stopped) continue;
    const state = OPEN.includes(task.state) ? 'skipped' : task.state;
    tasks.move(task.key, [task.state], state, { stopped: true, ...(state === task.state ? {} : { reason: STOPPED }) });
  }
}

export const STOPPED = 'stopped by reply';

/** The same patches again: who has had an answer gets no second one. */
function resent({ tasks }: State, versions: readonly Posting[]): void {
  const answered = versions.find(({ task, print }) => print !== '' && task.state === 'done' && task.reply !== '');
  if (!answered) return;
  for (const { task, print, series } of versions) {
    if (task.key === answered.task.key || print !== answered.print || series.version !== answered.series.version)
      continue;
    const reason = `the same patches as <${answered.series.id}>, which was answered`;
    tasks.move(task.key, OPEN, 'skipped', { reason });
  }
}

function dateOf({ series, arrived }: Posting): number {
  return series.date === undefined ? arrived : Date.parse(series.date);
}
