// SPDX-License-Identifier: GPL-2.0-or-later
// A commit as a tree of our cache: the selected files of it are written out, the list names all. Its blobs come from
// a user's repository through alternates, or by a partial clone (no blob but those that are written out).
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { initGitDir, mustGit, readBlobs, runGit } from './git.ts';
import { LIMITS } from './limits.ts';
import { LIST_FILE, type ListedFile, listLine } from './list.ts';
import { pathFault, printable } from './paths.ts';
import { isSelected } from './selection.ts';
import type { Entry } from './store.ts';
import type { Progress } from './values.ts';
import { TreeWriter } from './writer.ts';

export const OBJECTS = 'objects.git';

/** Fills `folder` from a repository on this machine that has `commit`. */
export async function fetchBorrowed(commit: string, objects: string, folder: string, say: Progress): Promise<void> {
  const gitDir = join(folder, OBJECTS);
  await initGitDir(gitDir, { alternates: [objects] });
  await writeCommit(gitDir, commit, folder, say, undefined);
  // The list and the other repository's objects are all that is needed from here on.
  await rm(gitDir, { recursive: true });
}

/** Fills `folder` by a partial clone of one revision. Gives the commit. Throws InputError with git's words. */
export async function fetchRemote(
  rev: string,
  remote: { url: string; protocol: 'https' | 'file' },
  folder: string,
  say: Progress,
): Promise<string> {
  const gitDir = join(folder, OBJECTS);
  await initGitDir(gitDir, { remote: remote.url });
  say(`fetching ${rev}: the list of its files`);
  const args = ['fetch', '--quiet', '--depth=1', '--filter=blob:none', '--no-tags', '--no-recurse-submodules'];
  const result = await runGit([...args, '--end-of-options', 'origin', rev], { gitDir, protocol: remote.protocol });
  if (result.code !== 0) throw new InputError(`git could not fetch ${rev}: ${oneLine(result.stderr)}`);
  const commit = (await mustGit(['rev-parse', '--verify', 'FETCH_HEAD^{commit}'], { gitDir }))
    .toString('latin1')
    .trim();
  await writeCommit(gitDir, commit, folder, say, remote.protocol);
  return commit;
}

async function writeCommit(
  gitDir: string,
  commit: string,
  folder: string,
  say: Progress,
  protocol: 'https' | 'file' | undefined,
): Promise<void> {
  const out = await mustGit(['ls-tree', '-r', '-z', '--full-tree', commit], { gitDir });
  const listed = out
    .toString('utf8')
    .split('\0')
    .flatMap((line) => listedFile(line));
  if (listed.length > LIMITS.archiveMembersMax) throw new InputError('the commit has too many files');
  const selected = listed.filter(({ path }) => isSelected(path));
  if (protocol !== undefined) await prefetch(gitDir, selected, protocol, say);
  say(`writing ${selected.length} of ${listed.length} files`);
  const writer = new TreeWriter(join(folder, 'source'));
  await readListed(gitDir, selected, (file, content) => {
    if (file.kind === 'l') writer.link(file.path, content.toString('utf8'));
    else writer.file(file.path, content, file.kind === 'x');
  });
  writer.finish();
  await writeFile(join(folder, LIST_FILE), listed.map(listLine).join(''));
}

/** One entry of ls-tree, "MODE TYPE ID TAB PATH"; submodules and names that no tree of ours can have are left out. */
function listedFile(line: string): ListedFile[] {
  const match = /^(100644|100755|100664|120000) blob ([0-9a-f]{40})\t(.+)$/s.exec(line);
  const [, mode, where = '', path = ''] = match ?? [];
  if (!match || pathFault(path) !== undefined) return [];
  return [{ kind: mode === '120000' ? 'l' : mode === '100755' ? 'x' : 'f', size: 0, where, path }];
}

/** Fetches the blobs in one go; asked for one by one, a partial clone would fetch them one by one. */
async function prefetch(
  gitDir: string,
  files: readonly ListedFile[],
  protocol: 'https' | 'file',
  say: Progress,
): Promise<void> {
  say(`fetching ${files.length} files`);
  const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
  const input = `${[...new Set(files.map((file) => file.where))].join('\n')}\n`;
  const result = await runGit([...args, '--filter=blob:none', '--stdin', 'origin'], { gitDir, protocol, input });
  if (result.code !== 0) throw new InputError(`git could not fetch files: ${oneLine(result.stderr)}`);
}

async function readListed(
  gitDir: string,
  files: readonly ListedFile[],
  each: (file: ListedFile, content: Buffer) => void,
): Promise<void> {
  const byId = new Map<string, ListedFile[]>();
  for (const file of files) byId.set(file.where, [...(byId.get(file.where) ?? []), file]);
  await readBlobs(gitDir, [...byId.keys()], (id, content) => {
    for (const file of byId.get(id) ?? []) {
      if (content.length > LIMITS.fileBytesMax) throw new InputError(`${printable(file.path)} is too large`);
      each(file, content);
    }
  });
}

/** Contents of files of an entry that was made from a commit. `temporary`: an empty folder to work in. */
export async function readCommitFiles(
  entry: Entry,
  folder: string,
  temporary: string,
  wanted: readonly ListedFile[],
  each: (file: ListedFile, content: Buffer) => void,
): Promise<void> {
  if (entry.source.kind === 'partial-clone') {
    const gitDir = join(folder, OBJECTS);
    await prefetch(gitDir, wanted, entry.source.protocol, () => {});
    await readListed(gitDir, wanted, each);
  } else if (entry.source.kind === 'borrowed') {
    const gitDir = join(temporary, OBJECTS);
    await initGitDir(gitDir, { alternates: [entry.source.objects] });
    await readListed(gitDir, wanted, each);
  }
}

function oneLine(stderr: string): string {
  return stderr
    .trim()
    .replace(/\s*\n\s*/g, '; ')
    .slice(0, LIMITS.messageCharsMax);
}
