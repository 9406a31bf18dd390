// SPDX-License-Identifier: GPL-2.0-or-later
// Unified diffs as git writes them and git apply reads them. In: text that holds diffs, with prose around them.
// Out: the files with their hunks, every hunk counted line by line, so that nothing behind its last line
// (a "-- " signature, a list footer) is ever taken for a part of it.
import { InputError } from '../errors.ts';
import { type DiffHeader, readHeader } from './diff-header.ts';
import { MAX_DIFF_FILES, MAX_DIFF_HUNKS } from './limits.ts';

export interface Hunk {
  oldStart: number;
  oldCount: number;
  newStart: number;
  newCount: number;
  /** What stands behind the second @@: usually the enclosing function. */
  header: string;
  /** Lines with their first character: ' ', '-', '+', or '\' for a missing newline at the end of the file. */
  lines: string[];
}

export interface FileDiff {
  /** Path before, without a/; undefined where the file is added. Exactly as written, not checked for safety. */
  oldPath?: string;
  /** Path after, without b/; undefined where the file is deleted. */
  newPath?: string;
  status: 'added' | 'modified' | 'deleted' | 'renamed' | 'copied';
  /** Git file modes ("100644", "120000" symlink, "160000" gitlink), where the diff names them. */
  oldMode?: string;
  newMode?: string;
  /** Blob ids of the index line, abbreviated as there. */
  oldBlob?: string;
  newBlob?: string;
  /** True for a git binary patch and for "Binary files differ". */
  binary: boolean;
  /** True where a binary change comes without its data, so that it cannot be applied. */
  dataMissing?: boolean;
  hunks: Hunk[];
}

/** What was found in a text: the files, the lines [start, end) that they span, and why it is unusable if so. */
export interface DiffScan {
  files: FileDiff[];
  start: number;
  end: number;
  problem?: string;
}

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)$/;

/**
 * All file diffs of a text; prose before, between and behind them is passed over.
 * Throws InputError where a diff is malformed: cut off, line-wrapped, contradictory names.
 */
export function parseDiff(text: string): FileDiff[] {
  const scan = scanDiff(text.split('\n'));
  if (scan.problem !== undefined) throw new InputError(scan.problem);
  return scan.files;
}

/** As parseDiff, over lines and without throwing: after a problem the scan ends there. */
export function scanDiff(lines: readonly string[], from = 0): DiffScan {
  const scan: DiffScan = { files: [], start: -1, end: -1 };
  let hunks = 0;
  let at = from;
  while (at < lines.length) {
    const header = readHeader(lines, at);
    if (header === undefined) {
      at++;
      continue;
    }
    if (scan.start < 0) scan.start = at;
    if ('problem' in header) return { ...scan, end: lines.length, problem: header.problem };
    const file = newFile(header);
    scan.files.push(file);
    const body = readBody(lines, header.end, file);
    scan.end = body.end;
    at = body.end;
    hunks += file.hunks.length;
    if (scan.files.length > MAX_DIFF_FILES || hunks > MAX_DIFF_HUNKS) {
      const problem = `the diff has more than ${MAX_DIFF_FILES} files or ${MAX_DIFF_HUNKS} hunks`;
      return { ...scan, files: scan.files.slice(0, MAX_DIFF_FILES), end: lines.length, problem };
    }
    if (body.problem !== undefined) return { ...scan, end: lines.length, problem: body.problem };
  }
  return scan;
}

/** Paths a list of file diffs touches, each once, in order; old and new ones of renames both. */
export function pathsOf(files: readonly FileDiff[]): string[] {
  const paths = new Set<string>();
  for (const file of files) {
    if (file.oldPath !== undefined) paths.add(file.oldPath);
    if (file.newPath !== undefined) paths.add(file.newPath);
  }
  return [...paths];
}

function newFile(header: DiffHeader): FileDiff {
  const { end: _end, traditional: _traditional, ...rest } = header;
  return { ...rest, binary: false, hunks: [] };
}

/** Reads hunks or binary data from `at`; fills `file`. */
function readBody(lines: readonly string[], at: number, file: FileDiff): { end: number; problem?: string } {
  const first = lines[at] ?? '';
  if (/^GIT binary patch\r?$/.test(first)) {
    file.binary = true;
    return readBinary(lines, at + 1, file);
  }
  if (/^(Binary files .* differ|Files .* differ)\r?$/.test(first)) {
    file.binary = true;
    file.dataMissing = true;
    return { end: at + 1 };
  }
  while (lines[at]?.startsWith('@@ -') && file.hunks.length <= MAX_DIFF_HUNKS) {
    const result = readHunk(lines, at, file);
    if (typeof result !== 'number') return { end: at, problem: result.problem };
    at = result;
  }
  return { end: at };
}

/** Reads the hunk at line `at`, by its own counts; the index behind it, or what is wrong. */
function readHunk(lines: readonly string[], at: number, file: FileDiff): number | { problem: string } {
  const name = `hunk ${file.hunks.length + 1} of ${file.newPath ?? file.oldPath}`;
  const match = HUNK.exec((lines[at] ?? '').replace(/\r$/, ''));
  if (!match) return { problem: `${name} has a malformed @@ line` };
  const hunk: Hunk = {
    oldStart: Number(match[1]),
    oldCount: match[2] === undefined ? 1 : Number(match[2]),
    newStart: Number(match[3]),
    newCount: match[4] === undefined ? 1 : Number(match[4]),
    header: match[5] ?? '',
    lines: [],
  };
  let left = { old: hunk.oldCount, new: hunk.newCount };
  at++;
  while (left.old > 0 || left.new > 0) {
    const line = lines[at];
    // The empty string behind the last newline of the text is no line.
    if (line === undefined || (line === '' && at === lines.length - 1)) {
      return { problem: `${name} is cut off: ${left.old} old and ${left.new} new lines are missing` };
    }
    // Mailers strip the blank of an empty context line; git apply takes it for one, and so do we.
    const kind = line === '' || line === '\r' ? ' ' : line[0];
    if (kind === ' ') left = { old: left.old - 1, new: left.new - 1 };
    else if (kind === '-') left = { old: left.old - 1, new: left.new };
    else if (kind === '+') left = { old: left.old, new: left.new - 1 };
    else if (kind !== '\\')
      return { problem: `${name} is corrupt: a line begins with neither blank, + nor - (wrapped?)` };
    if (left.old < 0 || left.new < 0) return { problem: `${name} does not have the line counts that its @@ line says` };
    hunk.lines.push(line === '' ? ' ' : line);
    at++;
  }
  if (lines[at]?.startsWith('\\ ')) hunk.lines.push(lines[at++] ?? '');
  file.hunks.push(hunk);
  return at;
}

/** Reads the one or two blocks of a git binary patch: "literal N" or "delta N", base-85 lines, an empty line. */
function readBinary(lines: readonly string[], at: number, file: FileDiff): { end: number; problem?: string } {
  let blocks = 0;
  while (blocks < 2 && /^(literal|delta) \d{1,12}\r?$/.test(lines[at] ?? '')) {
    at++;
    while (/^[A-Za-z][!-~]+\r?$/.test(lines[at] ?? '')) at++;
    const line = lines[at];
    if (line === undefined || line.trim() !== '') {
      return { end: at, problem: `the binary patch of ${file.newPath ?? file.oldPath} is cut off` };
    }
    at++;
    blocks++;
  }
  if (blocks === 0) return { end: at, problem: `the binary patch of ${file.newPath ?? file.oldPath} holds no data` };
  return { end: at };
}
