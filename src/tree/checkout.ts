// SPDX-License-Identifier: GPL-2.0-or-later
// A user's git checkout, looked at without touching it: no index, no ref, no file of it is written, and of git only
// commands that read names ("rev-parse", "for-each-ref", "config --get-regexp") run on it. Objects are read through alternates from git directories of our own.
import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runGit } from './git.ts';
import { isRevision } from './names.ts';

/** The git directory of a checkout or bare repository at `root` itself (not above it); undefined where it has none. */
export function findGitDir(root: string): string | undefined {
  const git = join(root, '.git');
  const stats = statSync(git, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return realpathSync.native(git);
  if (stats?.isFile() && stats.size <= 4096) {
    // A worktree or submodule: the file says where.
    const target = /^gitdir: (.+?)\r?\n?$/.exec(readFileSync(git, 'utf8'))?.[1];
    const folder = target === undefined ? undefined : resolve(root, target);
    return folder !== undefined && lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? folder : undefined;
  }
  const bare = existsSync(join(root, 'HEAD')) && existsSync(join(root, 'objects')) && existsSync(join(root, 'refs'));
  return bare ? realpathSync.native(root) : undefined;
}

/** The commit that a revision names there; undefined where it names none. */
export async function resolveCommit(gitDir: string, rev: string): Promise<string | undefined> {
  if (!isRevision(rev)) return undefined;
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`];
  const { code, stdout } = await runGit(args, { gitDir });
  const id = stdout.toString('latin1').trim().split('\n').at(-1) ?? '';
  // Our own git directories hold SHA-1: the objects of a SHA-256 repository cannot be read through alternates.
  return code === 0 && /^[0-9a-f]{40}$/.test(id) ? id : undefined;
}

/** Its branches of that name: its own first, then those that follow another repository's, by name. */
export async function branchesNamed(gitDir: string, name: string): Promise<{ name: string; commit: string }[]> {
  if (!isRevision(name)) return [];
  const patterns = [`refs/heads/${name}`, `refs/remotes/*/${name}`, `refs/remotes/${name}`];
  const form = '--format=%(refname:short) %(objectname)';
  const { code, stdout } = await runGit(['for-each-ref', form, ...patterns], { gitDir });
  const lines = code === 0 ? stdout.toString('utf8').split('\n') : [];
  return lines.flatMap((line) => {
    const [, ref = '', commit = ''] = /^(\S+) ([0-9a-f]{40})$/.exec(line) ?? [];
    return ref === '' ? [] : [{ name: ref, commit }];
  });
}

/** The repositories that it follows. */
export async function remotesOf(gitDir: string): Promise<{ name: string; url: string }[]> {
  const { code, stdout } = await runGit(['config', '--null', '--get-regexp', '^remote\\..*\\.url$'], { gitDir });
  const entries = code === 0 ? stdout.toString('utf8').split('\0') : [];
  return entries.flatMap((entry) => {
    const [, name = '', url = ''] = /^remote\.([\w./-]+)\.url\n(.+)$/.exec(entry) ?? [];
    return name === '' ? [] : [{ name, url }];
  });
}

/** The folder of its objects, shared by all its worktrees. */
export async function objectsOf(gitDir: string): Promise<string> {
  const { code, stdout } = await runGit(['rev-parse', '--git-path', 'objects'], { gitDir });
  const path = resolve(gitDir, stdout.toString('utf8').replace(/\n$/, ''));
  if (code !== 0 || path.includes('\n')) throw new Error('git does not say where the objects of the checkout lie');
  return realpathSync.native(path);
}
