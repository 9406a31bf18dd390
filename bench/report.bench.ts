// SPDX-License-Identifier: GPL-2.0-or-later
// How long each form of a report takes, and how large it is: node bench/report.bench.ts REVIEW.json [FACTOR]. The
// review is read as `rmapbot report` reads it; FACTOR (default 1) repeats its findings and rows, within the review's own
// bounds, as a series of fifteen patches would have them. Wall time of the first rendering in this process, modules
// included.
import { parseArgs } from 'node:util';
import { FORMATS, render } from '../src/report/render.ts';
import { FINDINGS_MAX, NOT_EXECUTED_MAX } from '../src/review/limits.ts';
import { readReview } from '../src/review/read-review.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const [path = 'review.json', factor = '1'] = positionals;

const started = performance.now();
const review = await readReview(path);
console.log(`${(performance.now() - started).toFixed(0).padStart(6)} ms  read and checked`);

/** The rows, repeated. */
function times<T>(rows: T[], most = Number.MAX_SAFE_INTEGER): T[] {
  return Array.from({ length: Number(factor) }, () => rows)
    .flat()
    .slice(0, most);
}

const large = {
  ...review,
  findings: times(review.findings, FINDINGS_MAX),
  memory: times(review.memory),
  structs: times(review.structs),
  coverage: { ...review.coverage, notExecuted: times(review.coverage.notExecuted, NOT_EXECUTED_MAX) },
};
console.log(
  `        ${large.findings.length} findings, ${large.memory.length} rows of memory, ${large.coverage.notExecuted.length} lines that did not run`,
);
for (const format of FORMATS) {
  const from = performance.now();
  const text = await render(large, format, { full: true });
  const took = (performance.now() - from).toFixed(0).padStart(6);
  console.log(`${took} ms  ${(Buffer.byteLength(text) / 1024).toFixed(0).padStart(6)} KB  ${format}`);
}
