// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot queue list|retry|cancel`: what a person does with the jobs of a service, whether or not it runs.
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { table } from '../report/text.ts';
import { readServiceConfig } from '../service/config.ts';
import { type OpenQueue, openQueue } from '../service/queue/open.ts';
import { findJobs } from '../service/store/reads.ts';
import { print } from './output.ts';

interface Options {
  config?: string;
}

/** Prints the jobs that wait, are at work or are parked. */
export async function queueList(options: Options): Promise<void> {
  await opened(options, async ({ database }) => {
    const states = ['active', 'queued', 'parked'] as const;
    const found = await Promise.all(states.map((state) => findJobs(database, { states: [state], byTurn: true })));
    const rows = found
      .flatMap(({ jobs }) => jobs)
      .map((job) => [
        job.id,
        job.state,
        cleanLine(job.repository, 40),
        cleanLine(job.title, 60),
        cleanLine(job.reason, 80),
      ]);
    if (rows.length === 0) return print('nothing waits, is at work or is parked\n');
    const columns = ['id', 'state', 'repository', 'title', 'why'].map((title) => ({ title, align: 'left' as const }));
    await print(`${table(columns, rows, '').join('\n')}\n`);
  });
}

/** A parked or cancelled job is tried anew. */
export async function queueRetry(id: string, options: Options): Promise<void> {
  await opened(options, async ({ queue }) => {
    if (!(await queue.again(id))) throw new InputError(`no job ${cleanLine(id, 60)} is parked or cancelled`);
    await print('it waits again\n');
  });
}

/** A job that waits or is at work ends. */
export async function queueCancel(id: string, options: Options): Promise<void> {
  await opened(options, async ({ queue }) => {
    if ((await queue.cancel({ id }, 'cancelled by the operator')) === 0)
      throw new InputError(`no job ${cleanLine(id, 60)} waits or is at work`);
    await print('cancelled\n');
  });
}

async function opened({ config: path }: Options, work: (open: OpenQueue) => Promise<void>): Promise<void> {
  const config = await readServiceConfig(path);
  const open = await openQueue(config.store, {
    onError: (error) => process.stderr.write(`rmapbot: ${cleanLine(error.message, 300)}\n`),
  });
  try {
    await work(open);
  } finally {
    await open.close();
  }
}
