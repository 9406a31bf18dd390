// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot demo`: an example series of our own, made for the tree at hand, reviewed and shown.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheRoot } from '../cache-dir.ts';
import { recipeNamed, writeSeries } from '../recipes/index.ts';
import { reviewJson } from '../report/json.ts';
import { mailText } from '../report/mail.ts';
import { BUDGET_STEPS_DEFAULT, TIME_CAP_MS_DEFAULT } from '../review/limits.ts';
import { openTree } from '../tree/index.ts';
import { DEFAULT_TREE } from '../tree/names.ts';
import { print, writeResult } from './output.ts';
import { progressLine } from './progress.ts';
import { reviewInput } from './review.ts';

/** One faithful refactoring patch, and one that loses a chain on split. */
const EXAMPLE = 'grandchild-split';

/**
 * Fetches the tree if it has to, writes the example as an mbox, reviews it, prints the mail and says where mbox and
 * JSON lie. The demo has worked where the review found the bug: exit code 0 then.
 */
export async function demo(options: { tree?: string; jobs: number }): Promise<void> {
  const spec = options.tree ?? DEFAULT_TREE;
  const folder = join(cacheRoot(), 'demo');
  const mbox = join(folder, `${EXAMPLE}.mbox`);
  const json = join(folder, `${EXAMPLE}.json`);
  const line = progressLine();
  try {
    const tree = await openTree(spec, { cwd: process.cwd(), onProgress: (text) => line.show(text) });
    await mkdir(folder, { recursive: true });
    await writeSeries(recipeNamed(EXAMPLE), tree, mbox);
  } finally {
    line.clear();
  }
  await print(`rmapbot review ${mbox} --tree ${spec} --json ${json}\n\n`);
  const limits = { budget: BUDGET_STEPS_DEFAULT, timeCap: TIME_CAP_MS_DEFAULT / 1000 };
  const { review } = await reviewInput(mbox, { tree: spec, jobs: options.jobs, ...limits });
  await writeResult(json, reviewJson(review));
  await print(`${mailText(review)}\nThe series: ${mbox}\nThe JSON:   ${json}\n`);
  const found = review.findings.some((finding) => finding.status === 'introduced' && finding.severity === 'violation');
  process.exitCode = found ? 0 : 4;
  if (!found) throw new Error(`the example's bug was not found: ${review.verdict}, ${review.reason}`);
}
