// SPDX-License-Identifier: GPL-2.0-or-later
// Coverage -> the text of the changed lines, as the last patch leaves them, so that a report can show them.
import type { Overlay } from '../tree/values.ts';
import { SOURCE_LINE_MAX, SOURCE_LINES_MAX } from './limits.ts';
import type { Coverage } from './values.ts';

/** In: coverage with its ranges, the files after the last patch. Out: by file, in the order of lines; bounded. */
export function sourceLines(coverage: Coverage, overlay: Overlay): NonNullable<Coverage['source']> {
  const wanted = new Map<string, Set<number>>();
  const want = (file: string, line: number) => wanted.set(file, (wanted.get(file) ?? new Set()).add(line));
  for (const { file, line } of coverage.notExecuted) want(file, line);
  for (const { file, lines } of coverage.executed ?? []) {
    for (const [from, to] of lines) for (let line = from; line <= to; line++) want(file, line);
  }
  const source: NonNullable<Coverage['source']> = [];
  let left = SOURCE_LINES_MAX;
  for (const [file, numbers] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const text = overlay.get(file)?.toString('utf8').split('\n');
    if (!text || left === 0) continue;
    const shown = [...numbers]
      .sort((a, b) => a - b)
      .filter((line) => line <= text.length)
      .slice(0, left);
    left -= shown.length;
    source.push({ file, lines: shown.map((line) => [line, (text[line - 1] ?? '').slice(0, SOURCE_LINE_MAX)]) });
  }
  return source;
}
