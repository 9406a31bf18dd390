// SPDX-License-Identifier: GPL-2.0-or-later
// `rmapbot report REVIEW.json --format FORM`: a review that was kept, in another form. Nothing is run.
import { findingProgram } from '../report/c-program/finding.ts';
import { type Format, render } from '../report/render.ts';
import { readReview } from '../review/read-review.ts';
import { checkTarget, print, writeResult } from './output.ts';

export interface ReportOptions {
  format: Format;
  output?: string;
  previous?: string;
  full: boolean;
  /** File for a C program of the first finding. */
  repro?: string;
}

/** Prints the report, or writes it to a file. Exit code 0 whatever the verdict. Throws InputError for bad input. */
export async function report(path: string, options: ReportOptions): Promise<void> {
  for (const target of [options.output, options.repro]) if (target !== undefined) checkTarget(target);
  const review = await readReview(path);
  if (options.repro !== undefined) await writeResult(options.repro, findingProgram(review));
  if (options.previous !== undefined) {
    const { compareVersions } = await import('../review/previous.ts');
    review.previous = compareVersions(review, await readReview(options.previous), 'file');
  }
  const text = await render(review, options.format, { full: options.full });
  if (options.output === undefined) await print(text);
  else await writeResult(options.output, text);
}
