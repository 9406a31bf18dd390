// SPDX-License-Identifier: GPL-2.0-or-later
// The header of one file in a diff: git's extended form, or a plain "---"/"+++" pair. In: lines and where to look.
// Out: paths, status and modes, by the rules of git apply -p1, or what contradicts itself.
import { unquoteAt } from './quote.ts';

export interface DiffHeader {
  oldPath?: string;
  newPath?: string;
  status: 'added' | 'modified' | 'deleted' | 'renamed' | 'copied';
  oldMode?: string;
  newMode?: string;
  oldBlob?: string;
  newBlob?: string;
  /** No "diff --git" line. */
  traditional: boolean;
  /** Index of the first line behind the header. */
  end: number;
}

const NULL_PATH = '/dev/null';

/** The header that begins at line `at`; undefined where none does. */
export function readHeader(lines: readonly string[], at: number): DiffHeader | { problem: string } | undefined {
  const line = lines[at] ?? '';
  if (line.startsWith('diff --git ')) return readGitHeader(lines, at);
  if (/^diff --(cc|combined) /.test(line)) return { problem: 'the diff is a combined diff of a merge' };
  if (line.startsWith('--- ')) return readPlainHeader(lines, at);
  return undefined;
}

function readPlainHeader(lines: readonly string[], at: number): DiffHeader | undefined {
  if (!lines[at + 1]?.startsWith('+++ ') || !lines[at + 2]?.startsWith('@@ -')) return undefined;
  const oldPath = fileName(lines[at] ?? '');
  const newPath = fileName(lines[at + 1] ?? '');
  if (oldPath === NULL_PATH && newPath === NULL_PATH) return undefined;
  const end = at + 2;
  if (oldPath === NULL_PATH) return { newPath, status: 'added', traditional: true, end };
  if (newPath === NULL_PATH) return { oldPath, status: 'deleted', traditional: true, end };
  return { oldPath: newPath, newPath, status: 'modified', traditional: true, end };
}

function readGitHeader(lines: readonly string[], at: number): DiffHeader | { problem: string } | undefined {
  const names = gitNames((lines[at] ?? '').slice('diff --git '.length).replace(/\r$/, ''));
  let oldPath: string | undefined;
  let newPath: string | undefined;
  const header: DiffHeader = { status: 'modified', traditional: false, end: at + 1 };
  for (;;) {
    const line = (lines[header.end] ?? '').replace(/\r$/, '');
    const word = /^(old mode|new mode|new file mode|deleted file mode) ([0-7]{6})$/.exec(line);
    const moved = /^(rename|copy) (from|to) (.+)$/.exec(line);
    const index = /^index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: ([0-7]{6}))?$/.exec(line);
    if (word) {
      if (word[1] !== 'new mode' && word[1] !== 'new file mode') header.oldMode = word[2];
      if (word[1] === 'new mode' || word[1] === 'new file mode') header.newMode = word[2];
      if (word[1] === 'new file mode') header.status = 'added';
      if (word[1] === 'deleted file mode') header.status = 'deleted';
    } else if (moved) {
      header.status = moved[1] === 'rename' ? 'renamed' : 'copied';
      if (moved[2] === 'from') oldPath = wholeName(moved[3] ?? '');
      else newPath = wholeName(moved[3] ?? '');
    } else if (index) {
      header.oldBlob = index[1];
      header.newBlob = index[2];
      if (index[3] !== undefined) header.oldMode = header.newMode = index[3];
    } else if (!/^(dis)?similarity index \d{1,3}%$/.test(line)) {
      break;
    }
    header.end++;
  }
  let pair: { old: string; new: string } | undefined;
  if (lines[header.end]?.startsWith('--- ') && lines[header.end + 1]?.startsWith('+++ ')) {
    pair = { old: fileName(lines[header.end] ?? ''), new: fileName(lines[header.end + 1] ?? '') };
    header.end += 2;
  }
  if (header.end === at + 1) return undefined; // prose that quotes a command line
  if (pair && pair.old === NULL_PATH && header.status === 'modified') header.status = 'added';
  if (pair && pair.new === NULL_PATH && header.status === 'modified') header.status = 'deleted';
  const olds = [oldPath, pair && pair.old !== NULL_PATH ? pair.old : undefined, names?.old].filter(defined);
  const news = [newPath, pair && pair.new !== NULL_PATH ? pair.new : undefined, names?.new].filter(defined);
  if (olds.length === 0 || news.length === 0) return { problem: 'a diff --git header names no file' };
  if (new Set(olds).size > 1 || new Set(news).size > 1) {
    return { problem: `the diff header of ${news[0]} contradicts itself about the file's name` };
  }
  if (header.status !== 'added') header.oldPath = olds[0];
  if (header.status !== 'deleted') header.newPath = news[0];
  if (header.status === 'modified' && olds[0] !== news[0]) {
    return { problem: `the diff header of ${news[0]} has two names without a rename` };
  }
  return header;
}

function defined(value: string | undefined): value is string {
  return value !== undefined;
}

/** The two names of a "diff --git" line; undefined where it is ambiguous (the rest of the header must tell). */
function gitNames(text: string): { old: string; new: string } | undefined {
  if (text.startsWith('"')) {
    const first = unquoteAt(text, 0);
    if (!first || text[first.end] !== ' ') return undefined;
    return { old: strip(first.name), new: strip(wholeName(text.slice(first.end + 1))) };
  }
  if (text.endsWith('"')) {
    const quote = text.indexOf(' "');
    const second = quote < 0 ? undefined : unquoteAt(text, quote + 1);
    if (!second || second.end !== text.length) return undefined;
    return { old: strip(text.slice(0, quote)), new: strip(second.name) };
  }
  const parts = text.split(' ');
  if (parts.length === 2) return { old: strip(parts[0] ?? ''), new: strip(parts[1] ?? '') };
  // Names with blanks: git writes them unquoted, and both are equal unless rename lines tell them.
  const half = (text.length - 1) / 2;
  const [left, right] = [text.slice(0, half), text.slice(half + 1)];
  if (Number.isInteger(half) && text[half] === ' ' && strip(left) === strip(right)) {
    return { old: strip(left), new: strip(right) };
  }
  return undefined;
}

/** The name of a "--- " or "+++ " line: quoted, or up to a tab (a time stamp follows there). */
function fileName(line: string): string {
  const text = line.slice(4).replace(/\r$/, '');
  const name = text.startsWith('"') ? wholeName(text) : (text.split('\t', 1)[0] ?? '');
  return name === NULL_PATH ? name : strip(name);
}

function wholeName(text: string): string {
  return unquoteAt(text, 0)?.name ?? text;
}

/** Takes the first component off, as -p1 does; a leading "/" stays so that the tree room can refuse it. */
function strip(name: string): string {
  const slash = name.indexOf('/');
  return slash <= 0 ? name : name.slice(slash + 1);
}
