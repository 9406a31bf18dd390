// SPDX-License-Identifier: GPL-2.0-or-later
// The object store of one repository, shared by all its pull requests and all workers on this machine: a partial clone
// without history that fetches commits with their folders, and of files only those that somebody asks for.
//   github/HOST/ID.git         what git fetches into       github/HOST/ID.git/reader.git   what everything is read by
// The reader borrows the objects and knows no remote: what is missing there is missing, and git asks nobody for it.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { initGitDir, mustGit, readBlobs, runGit } from '../tree/git.ts';
import { folderBytes, withLock } from '../tree/store.ts';
import { redact } from './access.ts';
import { BLOBS_A_FETCH, CHANGED_BYTES_MAX, PACKS_MAX } from './limits.ts';
import { isCommit, isOwner, isRepository } from './names.ts';
import type { RepositoryRef } from './values.ts';

export interface StoreOptions {
  cacheRoot: string;
  /** "https://github.com" */
  server: string;
  repository: RepositoryRef;
  /** A fresh token for each fetch. */
  token(): Promise<string | undefined>;
}

/** A commit with one line of history, as its object says. */
export interface Commit {
  id: string;
  tree: string;
  parents: string[];
  author: { name: string; address: string };
  /** ISO 8601. */
  date?: string;
  text: string;
}

/** Where the store of a repository lies, there or not. */
export function storeFolder({ cacheRoot, server, repository }: Omit<StoreOptions, 'token'>): string {
  const host = new URL(server).host.replace(/[^A-Za-z0-9.-]/g, '_');
  return join(cacheRoot, 'github', host, `${Number(repository.id)}.git`);
}

export class ObjectStore {
  readonly gitDir: string;
  /** For reading. */
  readonly reader: string;
  readonly #options: StoreOptions;
  readonly #protocol: 'https' | 'http';

  private constructor(options: StoreOptions) {
    this.#options = options;
    this.gitDir = storeFolder(options);
    this.reader = join(this.gitDir, 'reader.git');
    this.#protocol = options.server.startsWith('https:') ? 'https' : 'http';
  }

  static async open(options: StoreOptions): Promise<ObjectStore> {
    const { server, repository } = options;
    if (!isOwner(repository.owner) || !isRepository(repository.name)) throw new InputError('no name of a repository');
    const store = new ObjectStore(options);
    // Written anew each time: a repository may have got another name.
    await store.#alone(async () => {
      await initGitDir(store.gitDir, { remote: `${server}/${repository.owner}/${repository.name}.git` });
      await initGitDir(store.reader, { alternates: [join(store.gitDir, 'objects')] });
    });
    return store;
  }

  /** Fetches a commit and so many of its ancestors, with their folders and no file. InputError with git's words. */
  async fetchCommit(commit: string, depth: number): Promise<void> {
    if (!isCommit(commit)) throw new InputError('no commit');
    if ((await this.#chain(commit, depth)) >= depth) return;
    // Unlike for blobs, git may tell what it has: of another pull request's commits most folders are the same.
    const how = ['-c', 'fetch.negotiationAlgorithm=consecutive', 'fetch', '--quiet', `--depth=${depth}`];
    const what = ['--filter=blob:none', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
    await this.#fetch([...how, ...what, '--end-of-options', 'origin', `+${commit}:refs/rmapbot/${commit}`]);
  }

  /** Fetches those blobs that are not there yet. Gives how many came. InputError where they are too much. */
  async fetchBlobs(ids: Iterable<string>, bytesMax = Number.POSITIVE_INFINITY): Promise<number> {
    const missing = await this.#missing([...new Set(ids)]);
    const before = missing.length > 0 ? await folderBytes(this.gitDir) : 0;
    for (let from = 0; from < missing.length; from += BLOBS_A_FETCH) {
      const how = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
      const input = `${missing.slice(from, from + BLOBS_A_FETCH).join('\n')}\n`;
      await this.#fetch([...how, '--filter=blob:none', '--stdin', 'origin'], input);
      if (bytesMax !== Number.POSITIVE_INFINITY && (await folderBytes(this.gitDir)) - before > bytesMax)
        throw new InputError(`its files are too large: more than ${bytesMax / 1024 / 1024} MiB`);
    }
    return missing.length;
  }

  /** As fetchBlobs, for what one pull request brings. */
  fetchChanged(ids: Iterable<string>): Promise<number> {
    return this.fetchBlobs(ids, CHANGED_BYTES_MAX);
  }

  /** A commit that is there; undefined where it is not. */
  async commit(id: string): Promise<Commit | undefined> {
    const { code, stdout } = await runGit(['cat-file', 'commit', id], { gitDir: this.reader });
    return code === 0 ? parseCommit(id, stdout) : undefined;
  }

  /** What git prints of the objects that are there. */
  read(args: string[]): Promise<Buffer> {
    return mustGit(args, { gitDir: this.reader });
  }

  /** The content of a file of a commit; undefined where it has none there. It is fetched if need be. */
  async file(commit: string, path: string): Promise<Buffer | undefined> {
    const args = ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', commit, '--', path];
    const [, id] = /^100\d{3} blob ([0-9a-f]{40})\t/.exec((await this.read(args)).toString('utf8')) ?? [];
    if (id === undefined) return undefined;
    await this.fetchChanged([id]);
    let content: Buffer | undefined;
    await readBlobs(this.reader, [id], (_, bytes) => {
      content = Buffer.from(bytes);
    });
    return content;
  }

  /** How many commits of a line, from its tip, are there. */
  async #chain(tip: string, most: number): Promise<number> {
    let length = 0;
    for (let id: string | undefined = tip; id !== undefined && length < most; length++) {
      const found: Commit | undefined = await this.commit(id);
      if (!found) break;
      [id] = found.parents;
    }
    return length;
  }

  async #missing(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const out = await mustGit(['cat-file', '--batch-check=%(objectname)'], {
      gitDir: this.reader,
      input: `${ids.join('\n')}\n`,
    });
    const lines = out.toString('latin1').split('\n');
    return lines.flatMap((line) => (/ missing$/.test(line) ? [line.slice(0, 40)] : []));
  }

  async #fetch(args: string[], input?: string): Promise<void> {
    const token = await this.#options.token();
    const settings: Record<string, string> = {
      // A redirect could lead anywhere, with the token.
      'http.followRedirects': 'false',
      ...(token === undefined
        ? {}
        : { 'http.extraHeader': `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}` }),
    };
    await this.#alone(async () => {
      await this.#sweep();
      const options = {
        gitDir: this.gitDir,
        protocol: this.#protocol,
        settings,
        ...(input === undefined ? {} : { input }),
      };
      const { code, stderr } = await runGit(args, options);
      if (code !== 0) throw new Error(`git could not fetch from ${this.#options.server}: ${wordsOf(stderr)}`);
      if ((await this.#packs()) > PACKS_MAX) await runGit(['repack', '-a', '-d', '-q'], { gitDir: this.gitDir });
    });
  }

  /** What a git that was killed left behind: nobody else works here, and git would wait for nobody. */
  async #sweep(): Promise<void> {
    const inside = async (folder: string, left: RegExp): Promise<string[]> => {
      const names = await namesIn(join(this.gitDir, folder));
      return names.filter((name) => left.test(name)).map((name) => join(this.gitDir, folder, name));
    };
    const left = [
      ...(await inside('.', /\.lock$/)),
      ...(await inside('refs/rmapbot', /\.lock$/)),
      ...(await inside('objects/pack', /^(tmp_|\.tmp-)/)),
    ];
    for (const path of left) await rm(path, { force: true });
  }

  async #packs(): Promise<number> {
    const names = await namesIn(join(this.gitDir, 'objects', 'pack'));
    return names.filter((name) => name.endsWith('.pack')).length;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const { cacheRoot, repository, server } = this.#options;
    const name = `github-${new URL(server).host.replace(/[^A-Za-z0-9.-]/g, '_')}-${Number(repository.id)}`;
    return withLock(cacheRoot, name, () => {}, work);
  }

  /** Removes everything of the repository. */
  async remove(): Promise<void> {
    await this.#alone(() => rm(this.gitDir, { recursive: true, force: true }));
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

function wordsOf(stderr: string): string {
  return redact(stderr.trim().replace(/\s*\n\s*/g, '; ')).slice(0, 500);
}

/** Reads a commit object. Lines behind a header that begin with a space belong to it (signatures). */
function parseCommit(id: string, raw: Buffer): Commit {
  const end = raw.indexOf('\n\n');
  const head = raw.toString('utf8', 0, end < 0 ? raw.length : end).split('\n');
  const of = (name: string) =>
    head.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  const [, name = '', address = '', seconds] =
    /^(.*?) ?<([^<>]*)> (\d{1,12}) [+-]\d{4}$/.exec(of('author')[0] ?? '') ?? [];
  const latin = /^(iso-?8859-1|latin-?1)$/i.test(of('encoding')[0] ?? '');
  const time = seconds === undefined ? Number.NaN : Number(seconds) * 1000;
  return {
    id,
    tree: of('tree')[0] ?? '',
    parents: of('parent').filter(isCommit),
    author: { name: name.trim(), address },
    ...(time >= 0 && time <= 8.64e15 ? { date: new Date(time).toISOString() } : {}),
    text: end < 0 ? '' : raw.toString(latin ? 'latin1' : 'utf8', end + 2),
  };
}
