// SPDX-License-Identifier: GPL-2.0-or-later
// The work itself: one review at a time, of the series that has waited longest; and the end of those that wait in vain.
// That a review was begun is on the disk before it begins: one that ends the process is not begun for ever.
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import type { Review } from '../review/values.ts';
import { answer } from './answer.ts';
import { assembleDirty, seriesOf } from './assemble.ts';
import { ATTEMPTS_MAX, RETRY_MS } from './limits.ts';
import { missingOf, touchesOurs } from './place.ts';
import { listNamed, type State } from './state.ts';
import type { StoredTask } from './tasks.ts';
import type { ListConfig, ReviewWish, Task, TaskState } from './values.ts';

/** Does what is due of one series; false where nothing is. */
export async function workOnce(state: State): Promise<boolean> {
  const now = Date.now();
  const [late] = state.tasks.due(['waiting'], now, 1);
  if (late) {
    await giveUpWaiting(state, late);
    return true;
  }
  const [task] = state.tasks.due(['ready'], now, 1);
  if (!task) return false;
  await reviewTask(state, task);
  return true;
}

async function giveUpWaiting(state: State, task: StoredTask): Promise<void> {
  const found = await seriesOf(state, task);
  if (found && !touchesOurs(state, found.series) && found.series.patches.length > 0)
    end(state, task, 'skipped', { reason: `touches nothing of ours; ${task.reason}` });
  else end(state, task, 'done', { verdict: 'incomplete', reason: task.reason });
}

async function reviewTask(state: State, task: StoredTask): Promise<void> {
  if (task.attempts >= ATTEMPTS_MAX) {
    end(state, task, 'parked', { reason: task.reason || `its review ended the process ${task.attempts} times` });
    return;
  }
  const begun = { attempts: task.attempts + 1, identity: task.identity || task.id };
  if (!state.tasks.move(task.key, ['ready'], 'reviewing', begun)) return;
  const found = await seriesOf(state, task);
  const list = listNamed(state, task.list);
  if (!found || !list) {
    const reason = found ? 'its list is not in the configuration' : 'its mails are gone';
    end(state, task, 'skipped', { reason });
    return;
  }
  const { series, assembly } = found;
  if (series.missing.length > 0) {
    // A mail that seemed to be its own has turned out to be of another series.
    const more = { reason: missingOf(series), due: task.arrived + list.within, attempts: task.attempts, print: '' };
    state.tasks.move(task.key, ['reviewing'], 'waiting', more);
    return;
  }
  if (!touchesOurs(state, series)) {
    end(state, task, 'skipped', { reason: 'touches nothing of ours' });
    return;
  }
  let review: Review;
  try {
    review = await state.ports.review({ series, assembly, ...wishOf(list) });
  } catch (error) {
    failed(state, task, error);
    return;
  }
  // A newer version may have come meanwhile.
  while (await assembleDirty(state));
  if (state.tasks.get(task.key).state !== 'reviewing') {
    said(state, state.tasks.get(task.key), `reviewed in vain (${review.verdict})`);
    return;
  }
  const { reply, reason } = await answer(state, { task: { ...task, ...begun }, list, review, found });
  const { verdict } = review;
  if (verdict === 'out-of-scope')
    end(state, task, 'skipped', { verdict, reason: cleanLine(review.reason, 300), reply });
  else end(state, task, 'done', { verdict, reason, reply });
}

/** What a list asks of every review. */
export function wishOf({ name, areas, archive }: ListConfig): Pick<ReviewWish, 'list' | 'areas' | 'archive'> {
  return { list: name, ...(areas ? { areas } : {}), ...(archive === undefined ? {} : { archive }) };
}

/** The user's input is at fault, here: the series. All else is our own failure, never told to anybody but the log. */
function failed(state: State, task: StoredTask, error: unknown): void {
  const why = cleanLine(error instanceof Error ? error.message : String(error), 300);
  if (error instanceof InputError) {
    end(state, task, 'parked', { reason: why });
    return;
  }
  const reason = `our own failure: ${why}`;
  const attempts = task.attempts + 1;
  if (attempts >= ATTEMPTS_MAX) end(state, task, 'parked', { reason });
  else if (state.tasks.move(task.key, ['reviewing'], 'ready', { reason, due: Date.now() + attempts * RETRY_MS }))
    said(state, task, `${reason}; tried again in ${(attempts * RETRY_MS) / 60_000} minutes`);
}

function end(
  state: State,
  task: StoredTask,
  to: TaskState,
  changes: Partial<Pick<Task, 'verdict' | 'reason' | 'reply'>>,
): void {
  if (!state.tasks.move(task.key, ['waiting', 'ready', 'reviewing'], to, changes)) return;
  const { verdict, reason } = changes;
  said(state, task, [to, ...(verdict ? [verdict] : []), ...(reason ? [reason] : [])].join(': '));
}

export function said(
  { ports }: Pick<State, 'ports'>,
  task: Pick<Task, 'list' | 'version' | 'subject' | 'id'>,
  what: string,
): void {
  const { list, version, subject, id } = task;
  ports.log(`${list}: v${version} "${cleanLine(subject, 80)}" <${cleanLine(id, 200)}>: ${cleanLine(what, 400)}`);
}
