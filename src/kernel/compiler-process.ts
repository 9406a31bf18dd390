// SPDX-License-Identifier: GPL-2.0-or-later
// One compiler process: an empty environment, no inherited descriptors, Node's permission model, limits on processor
// time, heap and files. In: messages. Out: its answers, and word of its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORKER_CPU_S, WORKER_HEAP_MIB } from './limits.ts';
import { compilerFolder } from './llvm.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

const ENTRY = fileURLToPath(new URL(`./compile-worker${path.extname(import.meta.url)}`, import.meta.url));

/** Sets the limits, then becomes Node: the arguments never pass through the shell's parser. */
const SHELL = 'ulimit -t "$1" && ulimit -c 0 && ulimit -f 0 && shift && exec "$@"';

/** For v8-code.ts. */
export const V8_FLAGS = [
  '--allow-natives-syntax',
  '--external-memory-accounted-in-global-limit',
  '--initial-old-space-size=512',
];

/** Bytes kept of what a process says on its standard error. */
const COMPLAINT_CHARS = 4096;

export class CompilerProcess {
  readonly #child: ChildProcess;
  /** What it wrote to its standard error. */
  complaint = '';

  /**
   * readable: folders and files it may read beside its own. threads: jobs at a time. codeFile: the compiler's machine code, "" for none.
   * onMessage, onEnd: how = "exit 1", "SIGKILL", ...
   */
  constructor(
    readable: string[],
    threads: number,
    codeFile: string,
    onMessage: (message: FromWorker) => void,
    onEnd: (how: string) => void,
  ) {
    // The permission model knows files by the names they are opened by: a cache folder may be a symbolic link.
    const code = codeFile === '' ? '' : realpathSync(codeFile);
    const files = [...readable, ...ownFiles(), ...(code === '' ? [] : [code])];
    const child = spawn(
      '/bin/sh',
      [
        ...['-c', SHELL, 'sh', String(WORKER_CPU_S * threads), process.execPath],
        ...['--permission', '--allow-worker', ...files.map((file) => `--allow-fs-read=${realpathSync(file)}`)],
        ...[`--max-old-space-size=${WORKER_HEAP_MIB}`, '--disable-warning=ExperimentalWarning'],
        ...[
          '--disable-warning=SecurityWarning',
          ...V8_FLAGS,
          ENTRY,
          String(threads),
          code,
          realpathSync(compilerFolder()),
        ],
      ],
      { env: {}, cwd: '/', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'advanced' },
    );
    child.stderr?.on('data', (piece: Buffer) => {
      this.complaint = (this.complaint + piece.toString('utf8')).slice(0, COMPLAINT_CHARS);
    });
    child.on('message', (message: FromWorker) => onMessage(message));
    child.on('error', (error) => onEnd(error.message));
    child.on('exit', (code, signal) => onEnd(signal ?? `exit ${code}`));
    this.#child = child;
  }

  /** A failed send means that the process is gone, of which onEnd tells. */
  send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** What the process needs to load itself: this folder, the compiler, and what tells Node the module type. */
function ownFiles(): string[] {
  const folder = path.dirname(ENTRY);
  return [folder, path.join(folder, '..', '..', 'package.json'), path.join(compilerFolder(), '..')].filter(existsSync);
}
