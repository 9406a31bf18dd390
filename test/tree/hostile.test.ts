// SPDX-License-Identifier: GPL-2.0-or-later
// Patches that mean harm, and checkouts that do.
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type GitResult, initGitDir, runGit } from '../../src/tree/git.ts';
import { applySeries, openTree } from '../../src/tree/index.ts';
import { LIMITS } from '../../src/tree/limits.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import {
  diffOf,
  git,
  lines,
  listing,
  patchOf,
  SMALL_KERNEL,
  seriesOf,
  temporary,
  writeCheckout,
  writeTree,
} from './kernels.ts';

afterEach(() => vi.unstubAllEnvs());

const RMAP = SMALL_KERNEL['mm/rmap.c'] ?? '';
const EDIT = diffOf('mm/rmap.c', RMAP, RMAP.replace('line 30\n', 'line thirty\n'));

function adds(path: string, mode = '100644', body = 'x'): string {
  const name = /["\\\s]/.test(path) ? JSON.stringify(`b/${path}`) : `b/${path}`;
  const old = name.startsWith('"') ? JSON.stringify(`a/${path}`) : `a/${path}`;
  return `diff --git ${old} ${name}\nnew file mode ${mode}\nindex 0000000..1234567\n--- /dev/null\n+++ ${name}\n@@ -0,0 +1 @@\n+${body}\n`;
}

const changes = (path: string): string => EDIT.replaceAll('mm/rmap.c', path);
const moves = (from: string, to: string): string =>
  `diff --git a/${from} b/${to}\nsimilarity index 100%\nrename from ${from}\nrename to ${to}\n`;

/** A checkout whose configuration, hooks, attributes and filters all try to run a program that leaves a mark. */
function boobyTrapped(folder: string): { root: string; mark: string } {
  const root = writeCheckout(join(folder, 'linux'));
  const mark = join(folder, 'mark');
  const trap = join(folder, 'trap.sh');
  writeFileSync(trap, `#!/bin/sh\necho ran >> ${mark}\ncat\n`);
  chmodSync(trap, 0o755);
  for (const [key, value] of Object.entries({
    'core.fsmonitor': trap,
    'core.hooksPath': join(root, 'hooks'),
    'core.sshCommand': trap,
    'core.pager': trap,
    'core.editor': trap,
    'core.alternateRefsCommand': trap,
    'credential.helper': trap,
    'diff.external': trap,
    'diff.trap.textconv': trap,
    'filter.trap.clean': trap,
    'filter.trap.smudge': trap,
    'merge.trap.driver': trap,
    'gpg.program': trap,
    'commit.gpgSign': 'true',
    'alias.apply': `!${trap}`,
    'uploadpack.packObjectsHook': trap,
    'protocol.ext.allow': 'always',
    'remote.origin.url': `ext::${trap}`,
    'remote.origin.promisor': 'true',
  })) {
    git(root, 'config', key, value);
  }
  mkdirSync(join(root, 'hooks'));
  for (const hook of [
    'applypatch-msg',
    'pre-applypatch',
    'pre-commit',
    'post-commit',
    'post-index-change',
    'reference-transaction',
  ]) {
    symlinkSync(trap, join(root, 'hooks', hook));
    symlinkSync(trap, join(root, '.git/hooks', hook));
  }
  writeFileSync(join(root, '.gitattributes'), '* filter=trap diff=trap merge=trap text eol=crlf\n');
  writeFileSync(join(root, '.git/info/attributes'), '* filter=trap diff=trap merge=trap\n');
  writeFileSync(join(root, 'mm/vma.c'), 'changed and not committed\n');
  return { root, mark };
}

describe('a hostile patch is refused in one sentence', () => {
  let tree: SourceTree;
  let folder: string;
  beforeEach(async () => {
    folder = temporary();
    const root = writeTree(join(folder, 'small'));
    writeFileSync(join(folder, 'secret'), lines(1, 60));
    symlinkSync('mm', join(root, 'inside'));
    symlinkSync('..', join(root, 'outside'));
    symlinkSync('rmap.c', join(root, 'mm/alias.c'));
    tree = await openTree(root, { cwd: '/' });
  });

  it.each([
    ['climbs out', changes('../../etc/passwd'), /names a file outside of any tree: "..\/..\/etc\/passwd" has a ".."/],
    ['climbs out in the middle', changes('mm/../../secret'), /has a ".." component/],
    [
      'is absolute',
      EDIT.replaceAll(/(--- |\+\+\+ )[ab]\/mm\/rmap.c/g, '$1/etc/passwd').replace(/^diff.*\nindex.*\n/, ''),
      /absolute/,
    ],
    ['writes to .git', adds('.git/config'), /".git" component/],
    ['writes to a .git below', adds('mm/.GIT/hooks/x'), /".git" component/],
    ['writes to git~1', adds('git~1/config'), /".git" component/],
    ['has a backslash', adds('mm\\..\\x'), /backslash/],
    ['has a line end in a name', adds('mm/a\nb'), /control character/],
    ['has an empty component', changes('mm//rmap.c'), /empty component/],
    ['has an endless name', adds(`mm/${'x'.repeat(600)}`), /too long/],
    ['moves a file out', moves('mm/rmap.c', '../rmap.c'), /".." component/],
    ['moves a file in', moves('../secret', 'mm/secret'), /".." component/],
    ['creates a symbolic link', adds('mm/link', '120000', '/etc/passwd'), /symbolic link/],
    ['creates a gitlink', adds('mm/sub', '160000', `Subproject commit ${'1'.repeat(40)}`), /gitlink/],
    ['makes a link of a file', 'diff --git a/mm/vma.c b/mm/vma.c\nold mode 100644\nnew mode 120000\n', /symbolic link/],
    [
      'makes a device of a file',
      'diff --git a/mm/vma.c b/mm/vma.c\nold mode 100644\nnew mode 060644\n',
      /the mode 060644/,
    ],
    ['changes a link of the tree', changes('mm/alias.c'), /mm\/alias\.c is a symbolic link/],
    ['goes through a link inside', changes('inside/rmap.c'), /inside\/rmap\.c lies behind a symbolic link/],
    ['goes through a link outside', changes('outside/secret'), /outside\/secret lies behind a symbolic link/],
    ['adds through a link outside', adds('outside/planted'), /behind a symbolic link/],
  ])('that %s', async (_what, diff, message) => {
    const cacheRoot = join(folder, 'cache');
    const before = listing(join(folder, 'small'));
    const result = await applySeries(tree, seriesOf([EDIT, diff]), { cacheRoot });
    expect(result.failure).toMatchObject({ kind: 'refused', patch: 2 });
    expect(result.failure?.message).toMatch(message);
    expect(result.failure?.message).not.toMatch(/\n/);
    expect(result.commits).toHaveLength(1);
    expect(listing(join(folder, 'small'))).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(['cache', 'secret', 'small']);
    expect(readdirSync(join(cacheRoot, 'tmp'))).toEqual([]);
  });

  it('that is too large, by bytes or by files', async () => {
    const cacheRoot = join(folder, 'cache');
    const huge = `${EDIT}${'\n'.repeat(LIMITS.seriesBytesMax)}`;
    const bytes = await applySeries(tree, seriesOf([], { patches: [patchOf(1, EDIT, { diff: huge })] }), { cacheRoot });
    expect(bytes.failure).toMatchObject({ kind: 'refused', message: expect.stringMatching(/32 MiB/) });
    const paths = Array.from({ length: LIMITS.seriesPathsMax + 1 }, (_, i) => `mm/${i}.c`);
    const files = await applySeries(tree, seriesOf([], { patches: [patchOf(1, EDIT, { paths })] }), { cacheRoot });
    expect(files.failure).toMatchObject({ kind: 'refused', message: expect.stringMatching(/5000 files/) });
  });

  it('though its author line holds what git cannot write', async () => {
    const author = { name: 'Evil\n<x@example.org> 1 +0000\0', address: 'e>\nparent 1' };
    const patches = [patchOf(1, EDIT, { author, title: '--exec=x\0', message: '-F /etc/passwd' })];
    const result = await applySeries(tree, seriesOf([], { patches }), { cacheRoot: join(folder, 'cache') });
    expect(result.failure).toBeUndefined();
    expect(result.commits).toHaveLength(1);
  });
});

describe('the user’s checkout', () => {
  it.each([
    ['as it lies there', {}, {}],
    ['at --base', { base: 'HEAD~0' }, {}],
    ['at the series’ base-commit', {}, { base: 'HEAD' }],
  ])('is not touched and runs nothing: %s', async (_what, options, more) => {
    const folder = temporary();
    const { root, mark } = boobyTrapped(folder);
    const base = 'base' in more ? { base: git(root, 'rev-parse', 'main') } : {};
    const before = listing(root);
    const tree = await openTree('linux', { cwd: folder });
    const cacheRoot = join(folder, 'cache');
    const conflict = EDIT.replace(' line 29\n', ' line 29 as nobody has it\n');
    const good = await applySeries(tree, seriesOf([EDIT], base), { cacheRoot, ...options });
    expect(good.failure).toBeUndefined();
    expect(good.commits[0]?.overlay.get('mm/rmap.c')?.toString()).toBe(RMAP.replace('line 30\n', 'line thirty\n'));
    const bad = await applySeries(tree, seriesOf([conflict], base), { cacheRoot, ...options });
    expect(bad.failure?.kind).toBe('does-not-apply');
    expect(listing(root)).toEqual(before);
    expect(existsSync(mark)).toBe(false);
    // The traps do work: git as everybody runs it steps into one.
    git(root, 'status');
    expect(existsSync(mark)).toBe(true);
  });
});

describe('the user’s configuration and environment', () => {
  it('change nothing, not even those of a git hook that we may run in', async () => {
    const folder = temporary();
    const { root, mark } = boobyTrapped(folder);
    const trap = join(folder, 'trap.sh');
    writeFileSync(
      join(folder, '.gitconfig'),
      `[diff]\n\tnoprefix = true\n\texternal = ${trap}\n\tcontext = 0\n[apply]\n\twhitespace = error-all\n` +
        `[core]\n\tautocrlf = true\n\thooksPath = ${root}/hooks\n\tfsmonitor = ${trap}\n[commit]\n\tgpgSign = true\n` +
        `[gpg]\n\tprogram = ${trap}\n[i18n]\n\tcommitEncoding = UTF-16\n`,
    );
    const clean = await openTree(writeTree(join(folder, 'plain')), { cwd: '/' });
    const blank = diffOf(
      'mm/vma.c',
      SMALL_KERNEL['mm/vma.c'] ?? '',
      `${SMALL_KERNEL['mm/vma.c']}a blank at the end \n`,
    );
    const run = (): Promise<unknown> =>
      applySeries(clean, seriesOf([EDIT, blank]), { cacheRoot: join(folder, 'cache') });
    const plain = await run();
    expect(plain).toMatchObject({ commits: { length: 2 } });
    const before = listing(root);
    for (const [name, value] of Object.entries({
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      GIT_CONFIG_GLOBAL: join(folder, '.gitconfig'),
      GIT_CONFIG_SYSTEM: join(folder, '.gitconfig'),
      GIT_DIR: join(root, '.git'),
      GIT_WORK_TREE: root,
      GIT_INDEX_FILE: join(root, '.git/index'),
      GIT_OBJECT_DIRECTORY: join(root, '.git/objects'),
      GIT_EXTERNAL_DIFF: trap,
      GIT_AUTHOR_NAME: 'Somebody Else',
      GIT_TRACE: join(folder, 'trace'),
    })) {
      vi.stubEnv(name, value);
    }
    const again = await run();
    vi.unstubAllEnvs();
    expect(again).toEqual(plain);
    expect(listing(root)).toEqual(before);
    expect([existsSync(mark), existsSync(join(folder, 'trace'))]).toEqual([false, false]);
  });

  it('open no transport that was not asked for', async () => {
    const gitDir = join(temporary(), 'own.git');
    const remote = writeCheckout(join(temporary(), 'linux'));
    await initGitDir(gitDir);
    const list = (protocol?: 'https' | 'file'): Promise<GitResult> =>
      runGit(['ls-remote', `file://${remote}`], protocol ? { gitDir, protocol } : { gitDir });
    expect((await list('file')).code).toBe(0);
    for (const protocol of [undefined, 'https'] as const) {
      expect(await list(protocol)).toMatchObject({ code: 128, stderr: expect.stringMatching(/'file' not allowed/) });
    }
  });
});

it('gives git an empty text as an empty text', async () => {
  const gitDir = join(temporary(), 'own.git');
  await initGitDir(gitDir);
  const { code, stdout } = await runGit(['hash-object', '--stdin'], { gitDir, input: '' });
  expect([code, stdout.toString().trim()]).toEqual([0, 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391']);
});
