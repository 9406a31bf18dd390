// SPDX-License-Identifier: GPL-2.0-or-later
// A review as a process of its own, for `rmapbot worker`: the request as JSON on standard input, the review as JSON on
// standard output. Everything that needs the network was fetched before. No command for people.
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { parseReview } from '../review/read-review.ts';
import type { Review } from '../review/values.ts';
import type { Assembly } from '../series/values.ts';
import { type Confined, confined } from '../service/isolation/confine.ts';
import { print } from './output.ts';
import { type Ready, reviewChosen } from './review.ts';

/** What the process is told. All of it is plain. */
export interface JobRequest {
  assembly: Assembly;
  /** Id of the series. */
  which: string;
  ready: Ready;
  base?: string;
  areas?: string[];
  scenarios?: string;
  jobs: number;
  budget: number;
  /** Seconds. */
  timeCap: number;
  /** Whether the version before is reviewed too. */
  previous: boolean;
}

/** The process. */
export async function reviewJob(): Promise<void> {
  const { assembly, which, ...options } = JSON.parse(await text(process.stdin)) as JobRequest;
  const { review } = await reviewChosen(assembly, which, options, { show() {} });
  await print(JSON.stringify(review));
}

/** Where and how such a process runs. */
export type Cell = Omit<Confined, 'command' | 'args' | 'input'>;

/**
 * Runs the process. InputError where the series cannot be reviewed, or its review went beyond a limit: another attempt
 * would not help. Any other error is our own.
 */
export async function reviewInCell(request: JobRequest, cell: Cell): Promise<Review> {
  const own = new URL(import.meta.url);
  const main = fileURLToPath(new URL(own.pathname.endsWith('.ts') ? 'main.ts' : 'main.js', own));
  const { code, limit, stdout, stderr } = await confined({
    ...cell,
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', main, 'review-job'],
    input: JSON.stringify(request),
  });
  if (limit !== undefined) throw new InputError(`the review was ended: ${limit}`);
  cell.signal.throwIfAborted();
  if (code === 0) return parseReview(stdout, 'the review');
  const said = cleanLine(stderr.trim().split('\n').at(-1) ?? '', 400).replace(/^rmapbot: /, '');
  if (code === 2 && said !== '') throw new InputError(said);
  throw new Error(said || `the review's process ended with ${code === undefined ? 'a signal' : `exit code ${code}`}`);
}
