// SPDX-License-Identifier: GPL-2.0-or-later
// One temporary folder for everything that a command writes on the way, and the end of it all on signals: nothing is
// left behind, no child goes on working.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheRoot } from '../cache-dir.ts';

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

let orderly: AbortController | undefined;

/** For commands that end in good order: aborted by the first signal. A second one ends them at once, as others. */
export function untilSignal(): AbortSignal {
  orderly = new AbortController();
  return orderly.signal;
}

/**
 * Points TMPDIR, and with it every temporary file of the rooms, to a fresh folder. The folder goes when the process
 * ends, by signal too; children still alive at a signal are killed.
 */
export function openWorkspace(): { close(): void } {
  const before = process.env.TMPDIR;
  // Before the folder: a signal may come as soon as it is there.
  const handlers = Object.entries(SIGNALS).map(([signal, code]) => {
    const handler = () => {
      if (orderly && !orderly.signal.aborted) {
        orderly.abort();
        return;
      }
      killDescendants(process.pid);
      removeCacheTemporaries();
      process.exit(code);
    };
    process.on(signal as NodeJS.Signals, handler);
    return { signal, handler };
  });
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-'));
  process.env.TMPDIR = folder;
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', remove);
  return {
    close() {
      for (const { signal, handler } of handlers) process.off(signal, handler);
      process.off('exit', remove);
      remove();
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    },
  };
}

/** A signal runs no finally: removes what this process was making in the cache (`tmp/PID-...`, see the tree room). */
function removeCacheTemporaries(): void {
  const folder = join(cacheRoot(), 'tmp');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name.startsWith(`${process.pid}-`)) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Kills all processes below one. Where the system has no /proc, children end by themselves when their pipe closes. */
function killDescendants(pid: number): void {
  for (const child of childrenOf(pid)) {
    killDescendants(child);
    try {
      process.kill(child, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return []; // no /proc, or the process has just ended
  }
}
