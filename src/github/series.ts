// SPDX-License-Identifier: GPL-2.0-or-later
// The commits of a pull request -> the same Series that mails would give: one patch a commit, in order, the text of the
// pull request being the cover letter. What cannot be a series (merges, nothing, too much) is refused with the reason.
import { InputError } from '../errors.ts';
import { cleanLine } from '../report/sanitise.ts';
import { pathsOf, scanDiff } from '../series/diff.ts';
import { messageTrailers } from '../series/trailers.ts';
import type { Patch, Series } from '../series/values.ts';
import { COMMITS_MAX } from './limits.ts';
import { seriesId } from './names.ts';
import type { Commit, ObjectStore } from './objects.ts';
import type { PullRequest } from './pull-request.ts';

/** The commit before the first patch, and the series. */
export async function seriesOf(store: ObjectStore, pull: PullRequest): Promise<Series> {
  const { commits, mergeBase, head, number, repository } = pull;
  if (commits === 0) throw new InputError('the pull request has no commits of its own');
  if (commits > COMMITS_MAX)
    throw new InputError(`the pull request has ${commits} commits, and we take ${COMMITS_MAX} at most`);
  await store.fetchCommit(head, commits + 1);
  const line = await lineOf(store, pull);
  const id = seriesId(repository, number, head);
  await fetchChanges(store, mergeBase, line);
  const patches: Patch[] = [];
  for (const [at, commit] of line.entries()) patches.push(await patchOf(store, commit, at + 1));
  const [first] = patches;
  if (!first) throw new Error('no commits');
  return {
    id,
    version: 1,
    subject: pull.title,
    tags: [],
    author: first.author,
    ...(first.date === undefined ? {} : { date: first.date }),
    ...(pull.body === '' ? {} : { cover: { messageId: id, text: pull.body } }),
    patches,
    expected: patches.length,
    missing: [],
    base: mergeBase,
    prerequisites: [],
  };
}

/** From the first commit to the head. InputError for a merge: patch by patch, a series has one line of history. */
async function lineOf(store: ObjectStore, { head, mergeBase, commits }: PullRequest): Promise<Commit[]> {
  const line: Commit[] = [];
  for (let id = head; id !== mergeBase; ) {
    const commit = await store.commit(id);
    const [parent, second] = commit?.parents ?? [];
    if (!commit || parent === undefined)
      throw new InputError(`commit ${id.slice(0, 12)} has no history down to the base`);
    if (second !== undefined) {
      const what = `commit ${id.slice(0, 12)} "${cleanLine(titleOf(commit), 80)}"`;
      throw new InputError(`${what} is a merge, and a merge is no patch: rebase the branch onto its base`);
    }
    if (line.length >= commits) throw new InputError('the commits do not lead down to the base in one line');
    line.unshift(commit);
    id = parent;
  }
  return line;
}

/** What the commits change, in one go. */
async function fetchChanges(store: ObjectStore, mergeBase: string, line: readonly Commit[]): Promise<void> {
  const blobs = new Set<string>();
  for (const [at, { id }] of line.entries()) {
    const args = ['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', line[at - 1]?.id ?? mergeBase, id];
    for (const field of (await store.read(args)).toString('utf8').split('\0')) {
      const [, oldMode = '', newMode = '', before = '', after = ''] =
        /^:(\d{6}) (\d{6}) ([0-9a-f]{40}) ([0-9a-f]{40}) /.exec(field) ?? [];
      // Of what is no file (a link to another repository) there is nothing to fetch.
      if (/^1[02]0/.test(oldMode)) blobs.add(before);
      if (/^1[02]0/.test(newMode)) blobs.add(after);
    }
  }
  await store.fetchChanged(blobs);
}

async function patchOf(store: ObjectStore, commit: Commit, number: number): Promise<Patch> {
  const diff = (await store.read([...DIFF, commit.parents[0] ?? '', commit.id])).toString('utf8');
  const scan = scanDiff(diff.split('\n'));
  const title = titleOf(commit);
  const message = messageOf(commit);
  const patch: Patch = {
    number,
    messageId: commit.id,
    title,
    author: commit.author,
    ...(commit.date === undefined ? {} : { date: commit.date }),
    message,
    diff,
    paths: pathsOf(scan.files),
    trailers: messageTrailers(message),
  };
  if (scan.problem !== undefined) patch.unusable = scan.problem;
  return patch;
}

const DIFF = [
  ...['diff-tree', '-r', '-p', '--binary', '--full-index', '--no-ext-diff', '--no-textconv', '--no-color'],
  ...['--unified=3', '--src-prefix=a/', '--dst-prefix=b/', '--find-renames', '--diff-algorithm=myers'],
];

/** As git: the lines up to the first empty one are the title. */
function titleOf({ text }: Commit): string {
  return (text.trimStart().split(/\n\s*\n/)[0] ?? '').replace(/\s*\n\s*/g, ' ').trim();
}

function messageOf({ text }: Commit): string {
  return text
    .trimStart()
    .split(/\n\s*\n/)
    .slice(1)
    .join('\n\n')
    .trimEnd();
}
