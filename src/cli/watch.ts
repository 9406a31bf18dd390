// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot watch`: follows lists and answers. One line of log for each thing that happens, on standard error.
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { table } from '../report/text.ts';
import { BUDGET_STEPS_DEFAULT, TIME_CAP_MS_DEFAULT } from '../review/limits.ts';
import type { Review } from '../review/values.ts';
import type { Library } from '../series/values.ts';
import { libraryOf } from '../sources/library.ts';
import { openTree } from '../tree/index.ts';
import { type ReviewWish, readConfig, statusOf, type WatchConfig, watch } from '../watch/index.ts';
import { defaultJobs } from './options.ts';
import { ours } from './ours.ts';
import { print } from './output.ts';
import { reviewChosen } from './review.ts';

export interface WatchCommandOptions {
  config: string;
  once: boolean;
  backfill?: string;
  list?: string;
  status: boolean;
}

/** Runs until a signal ends it. Exit code 3 where --once could not read a source. */
export async function watchLists({ config: path, once, backfill, list, status }: WatchCommandOptions): Promise<void> {
  const config = await readConfig(path);
  if (list !== undefined && backfill === undefined) throw new InputError('--list: only together with --backfill');
  if (list !== undefined && !config.lists.some(({ name }) => name === list))
    throw new InputError(`--list: the configuration has no list ${list}`);
  if (status) return printStatus(config);
  const log = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  const more = backfill === undefined ? {} : { backfill: { range: backfill, ...(list === undefined ? {} : { list }) } };
  const read = await watch(config, { log, review: (wish) => review(config, wish) }, { once, ...more });
  if (!read) process.exitCode = 3;
}

async function review({ review: { tree, jobs, budget, timeCap } }: WatchConfig, wish: ReviewWish): Promise<Review> {
  const { assembly, series, archive, asked: _asked, list: _list, ...rest } = wish;
  // A tree or an archive that cannot be reached is nothing that a series is to blame for: it is tried again.
  if (tree !== undefined) await ours(openTree(tree, { cwd: process.cwd() }));
  const library = archive === undefined ? undefined : await ours(libraryOf('-', { archive }));
  const options = {
    ...rest,
    ...(tree === undefined ? {} : { tree }),
    jobs: jobs ?? defaultJobs(),
    budget: budget ?? BUDGET_STEPS_DEFAULT,
    timeCap: timeCap ?? TIME_CAP_MS_DEFAULT / 1000,
  };
  const patient: Library | undefined = library && { ...library, thread: (id) => ours(library.thread(id)) };
  return (await reviewChosen(assembly, series.id, options, { show() {} }, patient)).review;
}

/** One line for each series, and for each command. */
async function printStatus({ state }: WatchConfig): Promise<void> {
  const { tasks, commands } = statusOf(state);
  if (tasks.length === 0) return print('no series yet\n');
  const columns = ['list', 'state', 'verdict', 'v', 'subject', 'why'].map((title) => ({
    title,
    align: 'left' as const,
  }));
  const rows = tasks.map((one) => [
    one.list,
    one.state,
    one.verdict,
    String(one.version),
    cleanLine(one.subject, 50),
    cleanLine(one.reason, 100),
  ]);
  const said = commands.map(
    ({ state: is, reason, content: { asked, request } }) =>
      `command ${is}: ${cleanLine(request.lines.join(', '), 100)} (${cleanLine(asked.from.address, 60)}): ${cleanLine(reason, 100)}`,
  );
  await print([...table(columns, rows, ''), ...(said.length > 0 ? ['', ...said] : []), ''].join('\n'));
}
