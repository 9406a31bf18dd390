// SPDX-License-Identifier: GPL-2.0-or-later
// Coverage of the diff as ranges of lines, file by file, for every form of the report.
import type { Coverage } from '../review/values.ts';

type Reason = NonNullable<Coverage['notExecuted'][number]['reason']>;

export const REASON: Readonly<Record<Reason, string>> = {
  'configuration-off': 'its configuration is off',
  architecture: 'code of another architecture',
  'not-built': 'its file is not built',
  'error-path': 'an error path that was not reached',
  'function-not-reached': 'its function was not reached',
  'branch-not-taken': 'its branch was not taken',
};

export interface LineRange {
  from: number;
  to: number;
  ran: boolean;
  /** "" where it is not known. */
  function: string;
  reason?: Reason;
  why?: string;
}

/** In the order of files and lines; neighbours that are alike are one range, with at most one line between them. */
export function coverageFiles(coverage: Coverage): { file: string; ranges: LineRange[] }[] {
  const files = new Map<string, LineRange[]>();
  const of = (file: string): LineRange[] => {
    const known = files.get(file) ?? [];
    files.set(file, known);
    return known;
  };
  for (const { file, lines } of coverage.executed ?? []) {
    for (const [from, to] of lines) of(file).push({ from, to, ran: true, function: '' });
  }
  for (const { file, line, function: name, reason, why } of coverage.notExecuted) {
    of(file).push({
      from: line,
      to: line,
      ran: false,
      function: name,
      ...(reason === undefined ? {} : { reason }),
      ...(why === undefined ? {} : { why }),
    });
  }
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, ranges]) => ({ file, ranges: joined(ranges.sort((a, b) => a.from - b.from)) }));
}

function joined(ranges: LineRange[]): LineRange[] {
  const result: LineRange[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    const alike =
      last !== undefined &&
      last.ran === range.ran &&
      last.function === range.function &&
      last.reason === range.reason &&
      last.why === range.why;
    if (alike && range.from <= last.to + 2) last.to = Math.max(last.to, range.to);
    else result.push({ ...range });
  }
  return result;
}
