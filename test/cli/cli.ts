// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the command as a user does: a child process, an environment of its own, a cache of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Home {
  folder: string;
  /** Everything below the folders in which a command may leave something behind. */
  leftovers(): string[];
  /** cwd: relative to the home. */
  start(args: string[], cwd?: string, more?: Record<string, string>): ChildProcess;
  run(args: string[], input?: string | Buffer): Promise<Outcome>;
}

/**
 * A user's home with a small tree that passes for a kernel under `kernel/`, gone when the test is over. Concurrent tests
 * give their own onTestFinished.
 */
export function home(finished: (clean: () => void) => void = onTestFinished): Home {
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-cli-'));
  finished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['tmp', 'cache']) mkdirSync(join(folder, name));
  writeFiles(join(folder, 'kernel'), SMALL_KERNEL);
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
  const start = (args: string[], cwd = '.', more: Record<string, string> = {}) =>
    spawn(process.execPath, [MAIN, ...args], { cwd: join(folder, cwd), env: { ...env, ...more } });
  return {
    folder,
    leftovers: () => [
      ...readdirSync(join(folder, 'tmp')),
      ...listOf(join(folder, 'cache', 'rmapbot', 'tmp')),
      ...readdirSync(folder).filter((name) => name.endsWith('.part')),
    ],
    start,
    run(args, input) {
      const child = start(args);
      child.stdin?.on('error', () => {}); // the command may end before it has read everything
      child.stdin?.end(input ?? '');
      return outcomeOf(child);
    },
  };
}

/** Waits for the end of a child. */
export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (piece: Buffer) => out.push(piece));
  child.stderr?.on('data', (piece: Buffer) => err.push(piece));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function writeFiles(root: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

const SMALL_KERNEL: Record<string, string> = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\nEXTRAVERSION = -test\nNAME = small\n',
  Kbuild: '# empty\n',
  Kconfig: 'source "mm/Kconfig"\n',
  'mm/Makefile': 'obj-y := rmap.o\n',
  'mm/Kconfig': 'config MMU\n\tbool\n',
  'mm/rmap.c': 'int one;\nint two;\nint three;\n',
  'include/linux/rmap.h': '#define RMAP 1\n',
  'include/linux/mm_types.h': '#define TYPES 1\n',
  'Documentation/mm/notes.rst': 'one\ntwo\nthree\n',
};

/** A mail with one patch. In: path, old and new second line of a file of three. */
export function patchMail(path: string, lines: [string, string, string], now: string, more = ''): string {
  const [one, two, three] = lines;
  return `From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
From: Ann Example <ann@example.org>
Date: Mon, 5 Jan 2026 10:00:00 +0000
Subject: [PATCH] ${path}: change a line
Message-ID: <one@example.org>

It is better so.

Signed-off-by: Ann Example <ann@example.org>
---
 ${path} | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/${path} b/${path}
${more}--- a/${path}
+++ b/${path}
@@ -1,3 +1,3 @@
 ${one}
-${two}
+${now}
 ${three}
-- 
2.47.0

`;
}

/** A patch that touches documentation only. */
export const DOCUMENTATION = patchMail('Documentation/mm/notes.rst', ['one', 'two', 'three'], 'two and a half');
