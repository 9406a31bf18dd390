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
const NOBODY = { name: 'rmapbot', email: 'rmapbot@example.org' };

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
  /** And of its tree. */
  baseTree = '';
  /** Patches whose author's files were made again (see patch.ts). */
  readonly rebuilt = new Set<object>();

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
    const ids = await shop.text(['rev-parse', 'refs/heads/base^{commit}', 'refs/heads/base^{tree}']);
    [shop.base = '', shop.baseTree = ''] = ids.split('\n');
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

  /** Writes the index as a tree; gives the object id. */
  writeTree(): Promise<string> {
    return this.text(['write-tree']);
  }

  /** Commits trees one on the other, behind the base; gives the object ids. One git for all of them. */
  async commits(steps: readonly { tree: string; text: CommitText }[]): Promise<string[]> {
    const pieces = steps.map(({ tree, text }, at) => {
      const author = text.author.name.replace(UNFIT, ' ').trim() || 'unknown';
      const address = text.author.address.replace(UNFIT, '').trim() || 'unknown';
      const seconds = text.date === undefined ? Number.NaN : Math.floor(Date.parse(text.date) / 1000);
      const message = Buffer.from(`${text.title}\n\n${text.message}\n`.replaceAll('\0', ''));
      return Buffer.concat([
        Buffer.from(`commit refs/heads/series\nmark :${at + 1}\n`),
        Buffer.from(`author ${author} <${address}> ${seconds >= 0 ? seconds : 0} +0000\n`),
        Buffer.from(`committer ${NOBODY.name} <${NOBODY.email}> 0 +0000\ndata ${message.length}\n`),
        message,
        Buffer.from(`\nfrom ${at === 0 ? this.base : `:${at}`}\nM 040000 ${tree} ""\n\nget-mark :${at + 1}\n`),
      ]);
    });
    if (pieces.length === 0) return [];
    return (await this.text(['fast-import', '--quiet'], { input: Buffer.concat(pieces) })).split('\n');
  }

  /** What differs between each tree and the one before it, the first compared with `from`. */
  async changes(from: string, trees: readonly string[], renames: boolean): Promise<RawChange[][]> {
    if (trees.length === 0) return [];
    const form = ['-r', '-z', '--raw', '--no-abbrev', renames ? '--find-renames' : '--no-renames', '--stdin'];
    const pairs = trees.map((tree, at) => `${trees[at - 1] ?? from} ${tree}`);
    const input = `${pairs.join('\n')}\n`;
    const fields = (await this.must(['diff-tree', ...form], { input })).toString('utf8').split('\0');
    const all: RawChange[][] = pairs.map(() => []);
    let pair = -1;
    for (let i = 0; i < fields.length; ) {
      // Before the first change of a pair stand the ids of its trees; equal ones may be passed over.
      const lines = (fields[i++] ?? '').split('\n');
      const raw = lines.pop() ?? '';
      for (const line of lines) pair = pairs.indexOf(line, pair + 1);
      if (raw === '') continue;
      const [, newMode = '', , newBlob = '', status = ''] = raw.split(' ');
      const first = fields[i++] ?? '';
      const renamed = status.startsWith('R') ? { status: 'R', oldPath: first, path: fields[i++] ?? '' } : undefined;
      const changes = all[pair];
      if (!changes) throw new Error('git compared trees that it was not asked about');
      changes.push({ newMode, newBlob, ...(renamed ?? { status, path: first }) });
    }
    return all;
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

  /** For each of the trees, all files that differ from the base. Throws InputError where they are too much. */
  async overlays(trees: readonly string[]): Promise<Map<string, Buffer | null>[]> {
    const listed = await this.must(['ls-tree', '-r', '-z', '--full-tree', this.baseTree]);
    const base = new Map(
      listed
        .toString('utf8')
        .split('\0')
        .flatMap((line): [string, string][] => {
          const [, mode = '', blob = '', path = ''] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
          return path === '' ? [] : [[path, `${mode} ${blob}`]];
        }),
    );
    const steps = await this.changes(this.baseTree, trees, false);
    const contents = await this.#read(steps.flat().flatMap(({ status, newBlob }) => (status === 'D' ? [] : [newBlob])));
    const overlay = new Map<string, Buffer | null>();
    return steps.map((changes) => {
      for (const { path, status, newBlob, newMode } of changes) {
        const before = base.get(path);
        if (status === 'D' ? before === undefined : before === `${newMode} ${newBlob}`) overlay.delete(path);
        else overlay.set(path, status === 'D' ? null : (contents.get(newBlob) ?? null));
      }
      return new Map(overlay);
    });
  }

  async #read(ids: readonly string[]): Promise<Map<string, Buffer>> {
    const wanted = [...new Set(ids)];
    const contents = new Map<string, Buffer>();
    if (wanted.length === 0) return contents;
    const sizes = await this.text(['cat-file', '--batch-check=%(objectsize)'], { input: `${wanted.join('\n')}\n` });
    const bytes = sizes.split('\n').reduce((sum, size) => sum + Number(size), 0);
    if (!(bytes <= LIMITS.overlayBytesMax))
      throw new InputError('the series is too large: its files fill too much memory');
    await readBlobs(this.gitDir, wanted, (id, content) => void contents.set(id, Buffer.from(content)));
    return contents;
  }

  /** The unified diff between two commits or trees, git's format, context 3. */
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
