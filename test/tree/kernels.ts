// SPDX-License-Identifier: GPL-2.0-or-later
// What the tests of this room work on: a tree small enough to write down that passes for a kernel, series against it.
import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseDiff, pathsOf } from '../../src/series/diff.ts';
import type { Patch, Series } from '../../src/series/values.ts';

/** A new folder that is gone when the test is over. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Numbered lines, so that hunks have something to hold on to. */
export function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}\n`).join('');
}

export const SMALL_KERNEL: Record<string, string> = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\nEXTRAVERSION = -test\nNAME = small\n',
  Kbuild: '# empty\n',
  Kconfig: 'source "mm/Kconfig"\n',
  'mm/Makefile': 'obj-y := rmap.o\n',
  'mm/Kconfig': 'config MMU\n\tbool\n',
  'mm/rmap.c': lines(1, 60),
  'mm/vma.c': lines(1, 20),
  'include/linux/rmap.h': '#define RMAP 1\n',
  'include/linux/mm_types.h': '#define TYPES 1\n',
  'drivers/misc/far.c': lines(1, 30),
  'drivers/misc/far.h': '#define FAR 1\n',
};

export function writeTree(root: string, files: Record<string, string> = SMALL_KERNEL): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** Git as a user has it, with a name of its own and nothing of this machine's configuration. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=U', '-c', 'user.email=u@example.org', '-c', 'gc.auto=0', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', HOME: cwd },
  }).trim();
}

/** A checkout of the small kernel with one commit. */
export function writeCheckout(root: string, files: Record<string, string> = SMALL_KERNEL): string {
  writeTree(root, files);
  git(root, 'init', '-q', '-b', 'main');
  git(root, 'add', '-A');
  git(root, 'commit', '-q', '-m', 'first');
  return root;
}

/** Everything below a folder: names, modes, times of change, contents. */
export function listing(root: string): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (path: string): void => {
    const stats = lstatSync(join(root, path));
    const content = stats.isFile()
      ? readFileSync(join(root, path), 'latin1')
      : stats.isSymbolicLink()
        ? readlinkSync(join(root, path))
        : '';
    found.set(path, `${stats.mode} ${stats.mtimeMs} ${stats.ctimeMs} ${content}`);
    if (stats.isDirectory()) for (const name of readdirSync(join(root, path))) walk(join(path, name));
  };
  walk('.');
  return found;
}

/** The diff from one state of a file to another, made by git itself. */
export function diffOf(path: string, before: string, after: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-diff-'));
  try {
    git(folder, 'init', '-q');
    writeTree(folder, { [path]: before });
    git(folder, 'add', '-A');
    writeTree(folder, { [path]: after });
    return `${git(folder, 'diff', '--full-index')}\n`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function patchOf(number: number, diff: string, more: Partial<Patch> = {}): Patch {
  let paths: string[] = [];
  try {
    paths = pathsOf(parseDiff(diff));
  } catch {
    // Malformed on purpose: the paths are then nobody's business.
  }
  return {
    number,
    messageId: `${number}@example.org`,
    title: `change ${number}`,
    author: { name: 'A U Thor', address: 'a@example.org' },
    date: '2026-01-02T03:04:05Z',
    message: 'Because.',
    diff,
    paths,
    trailers: [],
    ...more,
  };
}

export function seriesOf(diffs: string[], more: Partial<Series> = {}): Series {
  return {
    id: 's@example.org',
    version: 1,
    subject: 'a series',
    tags: [],
    author: { name: 'A U Thor', address: 'a@example.org' },
    patches: diffs.map((diff, i) => patchOf(i + 1, diff)),
    expected: diffs.length,
    missing: [],
    prerequisites: [],
    ...more,
  };
}
