// SPDX-License-Identifier: GPL-2.0-or-later
// The check run of a review: found or created, brought up to date, completed. Each effect happens once, whatever of the
// conversation is lost: runs are known by their external id, annotations by their number, and what is completed is done.
import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import type { CheckAnnotation, CheckAnswer } from '../report/check-run.ts';
import { md } from '../report/markdown-text.ts';
import { cleanLine } from '../report/sanitise.ts';
import { externalId, numberOfRun } from './external-id.ts';
import { ANNOTATIONS_A_REQUEST, CHECK_NAME, PAGES_MAX, RETRIES } from './limits.ts';
import { NO_RETRY, once } from './once.ts';
import type { Where } from './pull-request.ts';

const checkSchema = z.object({
  id: z.int(),
  external_id: z.string().nullable(),
  status: z.string(),
  html_url: z.string().nullable(),
  app: z.object({ id: z.int() }).nullable(),
  output: z.object({ annotations_count: z.int() }),
});

type Check = z.output<typeof checkSchema>;

/** Offered beside a completed check. */
const RERUN = { label: 'Review again', description: 'Reviews this pull request once more', identifier: 'rerun' };

export interface CheckPlace {
  client: Octokit;
  where: Where;
  /** Our App, where we are one: others' checks of the same name are not ours. */
  app?: number | undefined;
  /** As of `once`. */
  unitMs?: number | undefined;
}

export type Completion = Pick<CheckAnswer, 'title' | 'summary' | 'text' | 'annotations'> & {
  conclusion: CheckAnswer['conclusion'] | 'cancelled';
};

/** The run of a pull request that something asked for; undefined where there is none yet. */
export async function findCheck(
  place: CheckPlace,
  head: string,
  number: number,
  run: string,
): Promise<Check | undefined> {
  const id = externalId(number, run);
  return (await checksOf(place, head)).find((check) => check.external_id === id);
}

/** Finds or creates the run, in progress. */
export async function beginCheck(
  place: CheckPlace,
  head: string,
  number: number,
  run: string,
  page?: string,
): Promise<Check> {
  const { client, where } = place;
  return once(
    () => findCheck(place, head, number, run),
    async () => {
      const { data } = await client.checks.create({
        ...{ owner: where.owner, repo: where.name, name: CHECK_NAME, head_sha: head },
        external_id: externalId(number, run),
        status: 'in_progress',
        output: { title: 'under review', summary: 'The patches are being applied, built and run.' },
        ...(page === undefined ? {} : { details_url: page }),
        ...NO_RETRY,
      });
      return checkSchema.parse(data);
    },
    place.unitMs,
  );
}

/** Annotations first, 50 a request; then the words and the conclusion in one. */
export async function completeCheck(place: CheckPlace, check: Check, done: Completion): Promise<void> {
  const { client, where } = place;
  const own = { owner: where.owner, repo: where.name, check_run_id: check.id };
  const title = cleanLine(done.title, 250);
  const words = { title, summary: done.summary, ...(done.text === '' ? {} : { text: done.text }) };
  await annotate(place, check, done.annotations, { title, summary: done.summary });
  await client.checks.update({
    ...own,
    status: 'completed',
    conclusion: done.conclusion,
    output: words,
    actions: [RERUN],
  });
}

/** Goes on where the last request that had an effect stopped: GitHub counts what it has. */
async function annotate(
  { client, where }: CheckPlace,
  check: Check,
  annotations: readonly CheckAnnotation[],
  words: { title: string; summary: string },
): Promise<void> {
  const own = { owner: where.owner, repo: where.name, check_run_id: check.id };
  let there = check.output.annotations_count;
  for (let failures = 0; there < annotations.length; ) {
    const some = annotations.slice(there, there + ANNOTATIONS_A_REQUEST);
    try {
      await client.checks.update({ ...own, output: { ...words, annotations: some }, ...NO_RETRY });
      there += some.length;
    } catch (error) {
      if (((error as { status?: number }).status ?? 0) < 500 || ++failures > RETRIES) throw error;
      there = checkSchema.parse((await client.checks.get(own)).data).output.annotations_count;
    }
  }
}

/** Ends every open run of a pull request on a head. Gives how many there were. */
export async function endOpenChecks(
  place: CheckPlace,
  head: string,
  number: number,
  why: string,
  conclusion: Completion['conclusion'] = 'cancelled',
): Promise<number> {
  const open = (await checksOf(place, head)).filter(
    (one) => one.status !== 'completed' && numberOfRun(one.external_id ?? '') === number,
  );
  for (const check of open) await completeCheck(place, check, { ...PLAIN, conclusion, ...said(why) });
  return open.length;
}

/** An answer of one sentence. */
export function said(why: string): Pick<Completion, 'title' | 'summary'> {
  const sentence = cleanLine(why, 1000);
  return { title: sentence, summary: md(why, 1000) };
}

export const PLAIN = { text: '', annotations: [] as CheckAnnotation[] };

async function checksOf({ client, where, app }: CheckPlace, head: string): Promise<Check[]> {
  const found: Check[] = [];
  for (let page = 1; page <= PAGES_MAX; page++) {
    const { data } = await client.checks.listForRef({
      ...{
        owner: where.owner,
        repo: where.name,
        ref: head,
        check_name: CHECK_NAME,
        filter: 'all',
        per_page: 100,
        page,
      },
      ...(app === undefined ? {} : { app_id: app }),
    });
    found.push(...data.check_runs.map((one) => checkSchema.parse(one)));
    if (data.check_runs.length < 100) break;
  }
  return found;
}
