// SPDX-License-Identifier: GPL-2.0-or-later
// A throwaway git directory that holds the files a series names, and nothing else: no work tree, all happens in the
// index and the object store. In: files of the base, diffs. Out: commits, and what each differs in from the base.
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { type GitOptions, type GitResult, initGitDir, mustGit, readBlobs, runGit } from './git.ts';
import { LIMITS } from './limits.ts';
import { printable } from './paths.ts';
import type { AppliedCommit } from './values.ts';

/** Names and dates of our own commits are constants: equal series on equal bases give equal commits. */
const NOBODY = { name: 'rmapbot', email: 'rmapbot@example.org', date: '@0 +0000' };

/** Paths that fit on a command line with room to spare. */
const DIFFERING_MAX = 200;

export interface CommitText {
  title: string;
  message: string;
  author: { name: string; address: string };
  /** ISO 8601. */
  date?: string;
}

/** One line of "diff-tree --raw". */
export interface RawChange {
  newMode: string;
  newBlob: string;
  status: string;
  path: string;
  oldPath?: string;
}

export class Workshop {
  readonly gitDir: string;
  /** Reads the user's repository. Apart from ours: git renews the time stamps of objects that it would write again. */
  readonly #reader: string | undefined;
  /** Object id of the commit that holds the base's files. */
  base = '';
  readonly #contents = new Map<string, Buffer>();

  private constructor(gitDir: string, reader: string | undefined) {
    this.gitDir = gitDir;
    this.#reader = reader;
  }

  /**
   * Makes the git directory in `folder` and commits the files `paths` of the tree at `root` as the base.
   * `objects`: the object store of the user's repository, for three-way merges.
   */
  static async open(folder: string, root: string, paths: readonly string[], objects?: string): Promise<Workshop> {
    const reader = objects === undefined ? undefined : join(folder, 'reader.git');
    const shop = new Workshop(join(folder, 'apply.git'), reader);
    await initGitDir(shop.gitDir);
    if (reader !== undefined && objects !== undefined) await initGitDir(reader, { alternates: [objects] });
    const pieces: (Buffer | string)[] = [
      `commit refs/heads/base\ncommitter ${NOBODY.name} <${NOBODY.email}> 0 +0000\ndata 4\nbase\n`,
    ];
    for (const path of paths) {
      const file = readBaseFile(root, path);
      const quoted = `"${path.replaceAll('"', '\\"')}"`;
      pieces.push(`M ${file.executable ? '100755' : '100644'} inline ${quoted}\ndata ${file.content.length}\n`);
      pieces.push(file.content, '\n');
    }
    const input = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
    await shop.must(['fast-import', '--quiet'], { input });
    shop.base = await shop.text(['rev-parse', '--verify', 'refs/heads/base^{commit}']);
    await shop.must(['read-tree', shop.base]);
    return shop;
  }

  git(args: string[], options: Omit<GitOptions, 'gitDir'> = {}): Promise<GitResult> {
    return runGit(args, { ...options, gitDir: this.gitDir });
  }

  must(args: string[], options: Omit<GitOptions, 'gitDir'> = {}): Promise<Buffer> {
    return mustGit(args, { ...options, gitDir: this.gitDir });
  }

  async text(args: string[], options: Omit<GitOptions, 'gitDir'> = {}): Promise<string> {
    return (await this.must(args, options)).toString('utf8').trim();
  }

  /** Commits the index on top of `parent`; gives the object id. */
  async commit(parent: string, patch: CommitText): Promise<string> {
    const tree = await this.text(['write-tree']);
    const author = patch.author.name.replace(UNFIT, ' ').trim() || 'unknown';
    const seconds = patch.date === undefined ? Number.NaN : Math.floor(Date.parse(patch.date) / 1000);
    return this.text(['commit-tree', tree, '-p', parent, '-F', '-'], {
      input: `${patch.title}\n\n${patch.message}\n`.replaceAll('\0', ''),
      env: {
        GIT_AUTHOR_NAME: author,
        GIT_AUTHOR_EMAIL: patch.author.address.replace(UNFIT, '').trim() || 'unknown',
        GIT_AUTHOR_DATE: seconds >= 0 ? `@${seconds} +0000` : NOBODY.date,
        GIT_COMMITTER_NAME: NOBODY.name,
        GIT_COMMITTER_EMAIL: NOBODY.email,
        GIT_COMMITTER_DATE: NOBODY.date,
      },
    });
  }

  /** What differs between two commits. */
  async changes(from: string, to: string, renames: boolean): Promise<RawChange[]> {
    const args = [
      'diff-tree',
      '-r',
      '-z',
      '--raw',
      '--no-abbrev',
      renames ? '--find-renames' : '--no-renames',
      from,
      to,
    ];
    const fields = (await this.must(args)).toString('utf8').split('\0');
    const changes: RawChange[] = [];
    for (let i = 0; i + 1 < fields.length; ) {
      const [, newMode = '', , newBlob = '', status = ''] = (fields[i++] ?? '').split(' ');
      const first = fields[i++] ?? '';
      if (status.startsWith('R'))
        changes.push({ newMode, newBlob, status: 'R', oldPath: first, path: fields[i++] ?? '' });
      else changes.push({ newMode, newBlob, status, path: first });
    }
    return changes;
  }

  /** Which of `paths` are not in the base as they are in a commit of the user's repository. */
  async differing(commit: string, paths: readonly string[]): Promise<string[]> {
    if (this.#reader === undefined || paths.length > DIFFERING_MAX) return [];
    const list = async (gitDir: string, of: string): Promise<Map<string, string> | undefined> => {
      const args = ['--literal-pathspecs', 'ls-tree', '-r', '-z', '--full-tree', of, '--', ...paths];
      const { code, stdout } = await runGit(args, { gitDir });
      const entries = stdout.toString('utf8').split('\0').filter(Boolean);
      const pairs = entries.map((entry): [string, string] => [
        entry.replace(/^[^\t]*\t/, ''),
        entry.replace(/\t.*/s, ''),
      ]);
      return code === 0 ? new Map(pairs) : undefined;
    };
    const [theirs, ours] = [await list(this.#reader, commit), await list(this.gitDir, this.base)];
    // A partial clone may lack the folders of that commit: then nothing is said about it.
    if (!theirs || !ours) return [];
    return paths.filter((path) => theirs.get(path) !== ours.get(path));
  }

  /** The full id of a blob that an index line abbreviates, taken over from the user's repository if need be. */
  async blob(abbreviated: string | undefined): Promise<string | undefined> {
    if (abbreviated === undefined || !/^[0-9a-f]{4,40}$/.test(abbreviated)) return undefined;
    for (const gitDir of [this.gitDir, this.#reader]) {
      if (gitDir === undefined) continue;
      const { code, stdout } = await runGit(['rev-parse', '--verify', '--quiet', `${abbreviated}^{blob}`], { gitDir });
      const id = stdout.toString('latin1').trim();
      if (code !== 0 || !/^[0-9a-f]{40}$/.test(id)) continue;
      if (gitDir === this.#reader) {
        const input = await mustGit(['cat-file', 'blob', id], { gitDir });
        await this.must(['hash-object', '-w', '--no-filters', '--stdin'], { input });
      }
      return id;
    }
    return undefined;
  }

  /** All files that differ from the base after `commit`. Throws InputError where they are too much. */
  async overlay(commit: string): Promise<Map<string, Buffer | null>> {
    const changes = await this.changes(this.base, commit, false);
    const unread = changes.filter((change) => change.status !== 'D' && !this.#contents.has(change.newBlob));
    await readBlobs(this.gitDir, [...new Set(unread.map((change) => change.newBlob))], (id, content) => {
      this.#contents.set(id, Buffer.from(content));
    });
    const overlay = new Map<string, Buffer | null>();
    let bytes = 0;
    for (const change of changes) {
      const content = change.status === 'D' ? null : (this.#contents.get(change.newBlob) ?? null);
      bytes += content?.length ?? 0;
      if (bytes > LIMITS.overlayBytesMax)
        throw new InputError('the series is too large: its files fill too much memory');
      overlay.set(change.path, content);
    }
    return overlay;
  }

  /** The unified diff between two commits, git's format, context 3. */
  async diff(from: string, to: string): Promise<string> {
    const args = ['diff-tree', '-r', '-p', '--no-ext-diff', '--no-textconv', '--no-color', '--unified=3'];
    const form = ['--src-prefix=a/', '--dst-prefix=b/', '--find-renames', '--diff-algorithm=myers', '--abbrev=12'];
    return (await this.must([...args, ...form, from, to])).toString('utf8');
  }
}

/** Not for the name or address of a commit's author. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const UNFIT = /[<>\u0000-\u001f\u007f]/g;

const STATUS: Record<string, AppliedCommit['changes'][number]['status']> = {
  A: 'added',
  D: 'deleted',
  M: 'modified',
  T: 'modified',
  R: 'renamed',
};

/** A raw change in the words of the contract. */
export function describeChange(change: RawChange): AppliedCommit['changes'][number] {
  const status = STATUS[change.status] ?? 'modified';
  const { path, oldPath } = change;
  return oldPath === undefined ? { path, status } : { path, oldPath, status };
}

/** Reads a regular file of the tree; the path must have been looked up as one. */
function readBaseFile(root: string, path: string): { content: Buffer; executable: boolean } {
  const file = join(root, path);
  const stats = lstatSync(file);
  if (!stats.isFile() || realpathSync.native(dirname(file)) !== resolve(root, dirname(path))) {
    throw new InputError(`${printable(path)} is no regular file in the tree`);
  }
  if (stats.size > LIMITS.fileBytesMax) throw new InputError(`${printable(path)} is too large`);
  return { content: readFileSync(file), executable: (stats.mode & 0o100) !== 0 };
}
