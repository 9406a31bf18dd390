// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot review INPUT`: the mail text on stdout, JSON where asked for, the verdict as exit code.
import { existsSync } from 'node:fs';
import { cacheRoot } from '../cache-dir.ts';
import { InputError } from '../errors.ts';
import { pullRequestName } from '../github/names.ts';
import { type Format, render } from '../report/render.ts';
import { HISTORIES_DEFAULT } from '../review/limits.ts';
import { neededPatches } from '../review/prerequisites.ts';
import { compareVersions } from '../review/previous.ts';
import { readReview } from '../review/read-review.ts';
import { realRooms } from '../review/real-rooms.ts';
import type { Progress, ReviewRequest } from '../review/request.ts';
import { reviewSeries } from '../review/review.ts';
import { EXIT_CODE, type Review } from '../review/values.ts';
import { compareWithBefore, versionBefore } from '../review/with-previous.ts';
import { assembleSeries, chooseSeries, findPrerequisites } from '../series/index.ts';
import type { Assembly, Library, Prerequisites, Series } from '../series/values.ts';
import { openSource } from '../sources/index.ts';
import { libraryOf } from '../sources/library.ts';
import { locate, type Where } from '../sources/locate.ts';
import { fittingTree, openTree } from '../tree/index.ts';
import type { SourceTree } from '../tree/values.ts';
import { letYoungSpaceGrow } from './memory.ts';
import { onlyAreas } from './only-areas.ts';
import { checkTarget, print, writeResult } from './output.ts';
import { type ProgressLine, progressLine } from './progress.ts';
import { rulesFor } from './user-rules.ts';
import { toolVersion } from './version.ts';

export interface ReviewOptions {
  tree?: string;
  base?: string;
  series?: string;
  archive?: string;
  range?: string;
  format?: Format;
  json?: string;
  html?: string;
  /** File of an earlier version's review, or whether to look for one in the thread; both are commander's. */
  previous?: string | boolean;
  reply?: string;
  replyPolicy?: string;
  queue?: boolean;
  outbox?: string;
  rules?: string[];
  scenarios?: string;
  jobs: number;
  budget: number;
  timeCap: number;
  histories?: number;
  /** File for a C program of the first finding. */
  repro?: string;
  full: boolean;
}

/** Seed of everything random, such as generated histories. */
const SEED = 1;

/** Runs the command. Throws InputError for input and usage. */
export async function review(input: string | undefined, options: ReviewOptions & { github?: boolean }): Promise<void> {
  const toFile = options.json !== undefined && options.json !== '-' ? options.json : undefined;
  for (const target of [toFile, options.html, options.reply, options.repro])
    if (target !== undefined) checkTarget(target);
  if (options.github) {
    const { reviewInWorkflow } = await import('./workflow.ts');
    return reviewInWorkflow(input, options);
  }
  if (input === undefined) throw new InputError('nothing to review: name an mbox, a Message-ID or owner/repo#N');
  if (options.replyPolicy !== undefined && options.reply === undefined && !options.queue) {
    throw new InputError('--reply-policy: only together with --reply or --queue');
  }
  const queue = options.queue ? await queuer(options) : undefined;
  const compose = options.reply === undefined ? undefined : await composer(options.replyPolicy);
  const { review: result, series } = await reviewInput(input, options);
  if (toFile !== undefined) await writeResult(toFile, await render(result, 'json'));
  const unwritten = options.repro === undefined ? '' : await writeProgram(options.repro, result);
  if (options.html !== undefined) await writeResult(options.html, await render(result, 'html'));
  if (compose && options.reply !== undefined) await writeResult(options.reply, await compose(result, series));
  const queued = queue === undefined ? '' : `${await queue(result, series)}\n`;
  process.exitCode = EXIT_CODE[result.verdict];
  const format = options.json === '-' ? 'json' : (options.format ?? 'text');
  await print(await render(result, format, { full: options.full }));
  process.stderr.write(queued + unwritten);
}

/** Writes the C program of the first finding. Out: why there is none, as a line; what was found is told all the same. */
async function writeProgram(path: string, result: Review): Promise<string> {
  const { findingProgram } = await import('../report/c-program/finding.ts');
  try {
    await writeResult(path, findingProgram(result));
    return '';
  } catch (error) {
    if (error instanceof InputError) return `rmapbot: ${path} is not written: ${error.message}\n`;
    throw error;
  }
}

/** The answer mail's writer, with its policy read before any work begins. */
async function composer(path: string | undefined): Promise<(review: Review, series: Series) => Promise<string>> {
  const { composeReply, readPolicy } = await import('../delivery/index.ts');
  const policy = await readPolicy(path);
  return async (result, series) => (await composeReply(result, series, policy)).raw.toString('utf8');
}

/** What puts the answer into the outbox. */
async function queuer(options: ReviewOptions): Promise<(review: Review, series: Series) => Promise<string>> {
  const { queue, queuePolicy } = await import('./outbox.ts');
  const policy = await queuePolicy(options.replyPolicy);
  return (result, series) => queue(result, series, policy, options);
}

/** From an input to its review, with progress on the terminal. */
export async function reviewInput(
  input: string,
  options: Omit<ReviewOptions, 'json' | 'html' | 'format' | 'reply' | 'full'>,
): Promise<{ review: Review; series: Series }> {
  const line = progressLine();
  try {
    const earlier = typeof options.previous === 'string' ? await readReview(options.previous) : undefined;
    line.show('read the series');
    const pull = pullRequestName(input);
    if (pull && !existsSync(input)) {
      const { openPullRequest } = await import('./pull-request.ts');
      const { assembly, given } = await openPullRequest(pull, options, (text) => line.show(text));
      return await reviewChosen(assembly, undefined, { ...options, ...(given ? { given } : {}), earlier }, line);
    }
    const where = whereOf(options);
    const assembly = await assembleSeries(openSource(input, where));
    const which = options.series ?? (await namedPatch(assembly, input, where));
    return await reviewChosen(assembly, which, { ...options, earlier }, line, await libraryOf(input, where));
  } finally {
    line.clear();
  }
}

/** From the series of an input to the review of one of them. `library`: where the series that it needs are looked up. */
export async function reviewChosen(
  assembly: Assembly,
  which: string | undefined,
  options: Pick<
    ReviewOptions,
    'tree' | 'base' | 'rules' | 'scenarios' | 'jobs' | 'budget' | 'timeCap' | 'previous' | 'histories'
  > & {
    earlier?: Review | undefined;
    /** Ids of areas: a series that touches none of them is out of scope. */
    areas?: readonly string[];
    /** The tree itself, where it comes with the series. */
    given?: SourceTree;
    /** What was fetched before, where there is no network now. */
    ready?: Ready;
  },
  line: Pick<ProgressLine, 'show'>,
  library?: Library,
): Promise<{ review: Review; series: Series }> {
  const { chosen, others } = chooseSeries(assembly, which);
  const show = (text: string) => line.show(text);
  if (chosen.prerequisites.length > 0) line.show('look for what the series needs');
  const needs = async (series: Series) =>
    options.ready?.needs[series.id] ?? (await findPrerequisites(series, assembly, library));
  const prerequisites = await needs(chosen);
  const come: Omit<Ready, 'needs'> | undefined = options.ready ?? (options.given && { tree: options.given });
  const { tree, why } = come ?? (await treeFor(chosen, options, prerequisites, show));
  letYoungSpaceGrow();
  const started = performance.now();
  const timeCapMs = options.timeCap * 1000;
  const rooms = await realRooms(rulesFor(options.rules ?? [], [process.cwd(), tree.root]));
  const run = (request: Pick<ReviewRequest, 'series' | 'others' | 'notes' | 'timeCapMs'> & Partial<ReviewRequest>) =>
    reviewSeries(
      {
        tree,
        ...(options.base === undefined ? {} : { base: options.base }),
        ...(options.scenarios === undefined ? {} : { scenarios: options.scenarios }),
        toolVersion: toolVersion(),
        seed: SEED,
        jobs: options.jobs,
        budget: options.budget,
        histories: options.histories ?? HISTORIES_DEFAULT,
        cacheDir: cacheRoot(),
        onProgress: (progress) => line.show(progress),
        ...request,
      },
      options.areas === undefined ? rooms : onlyAreas(rooms, options.areas),
    );
  try {
    const notes = why === undefined ? assembly.warnings : [...assembly.warnings, why];
    const done = await run({ series: chosen, prerequisites, others: others.map(nameOf), notes, timeCapMs });
    if (options.earlier) done.previous = compareVersions(done, options.earlier, 'file');
    else if (options.previous !== false) {
      const before = versionBefore(chosen, others);
      const left = timeCapMs - (performance.now() - started);
      const earlier = async (series: Series, timeCapMs: number) => {
        const needed = await needs(series);
        const onProgress = (progress: Progress) =>
          line.show({ ...progress, phase: `v${series.version}: ${progress.phase}` });
        return run({ series, prerequisites: needed, others: [], notes: [], timeCapMs, onProgress });
      };
      if (before) await compareWithBefore(done, before, left, earlier);
    }
    return { review: done, series: chosen };
  } finally {
    rooms.close();
  }
}

/** All of a review that may need the network. */
export interface Ready {
  tree: SourceTree;
  /** Why this tree, where nobody named one. */
  why?: string | undefined;
  /** By the ids of series. */
  needs: Record<string, Prerequisites>;
}

/** Fetches all of a review that may need the network: the tree, and what the series and the version before it need. */
export async function prepare(
  assembly: Assembly,
  which: string | undefined,
  options: Pick<ReviewOptions, 'tree' | 'base'>,
  library?: Library,
): Promise<Ready> {
  const { chosen, others } = chooseSeries(assembly, which);
  const needed = await findPrerequisites(chosen, assembly, library);
  const needs = { [chosen.id]: needed };
  const before = versionBefore(chosen, others);
  if (before) needs[before.id] = await findPrerequisites(before, assembly, library);
  return { ...(await treeFor(chosen, options, needed)), needs };
}

async function treeFor(
  series: Series,
  { tree, base }: Pick<ReviewOptions, 'tree' | 'base'>,
  prerequisites: Prerequisites,
  onProgress: (text: string) => void = () => {},
): Promise<Omit<Ready, 'needs'>> {
  const where = { cwd: process.cwd(), onProgress };
  if (tree !== undefined || base !== undefined) return { tree: await openTree(tree, where) };
  return fittingTree(series, where, neededPatches(prerequisites));
}

/** The archive that the user named, on the command line or in the environment. */
export function whereOf({
  archive = process.env.RMAPBOT_ARCHIVE,
  range,
}: Pick<ReviewOptions, 'archive' | 'range'>): Where {
  return { ...(archive ? { archive } : {}), ...(range === undefined ? {} : { range }) };
}

/** Who names a patch or cover letter means that version, even where a newer one is in the thread. */
async function namedPatch({ series }: Assembly, input: string, where: Where): Promise<string | undefined> {
  const place = await locate(input, where);
  const id = place.kind === 'thread' ? place.id : undefined;
  return series.some(({ messageIds }) => id !== undefined && messageIds?.includes(id)) ? id : undefined;
}

function nameOf(series: Series): string {
  return `v${series.version} "${series.subject}" <${series.id}>`;
}
