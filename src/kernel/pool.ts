// SPDX-License-Identifier: GPL-2.0-or-later
// A pool of compiler processes. In: sources and jobs. Out: results. Each process has an empty environment, no inherited
// descriptors, Node's permission model, a heap limit and a processor-time limit; a job that takes too long or kills its
// process is answered as died, and the process replaced.
import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UNIT_WALL_MS, WORKER_CPU_S, WORKER_HEAP_MIB, WORKERS } from './limits.ts';
import { compilerFolder } from './llvm.ts';
import type { AddMessage, FromWorker, Job, JobResult, OpenMessage, ToWorker } from './worker-protocol.ts';

export interface PoolOptions {
  /** Processes at most; default: as many as the machine runs at once. */
  jobs?: number;
  /** Wall time of one job, ms. */
  wallMs?: number;
  /** Ends all work early. */
  signal?: AbortSignal;
}

interface Waiting {
  job: Job;
  resolve: (result: JobResult) => void;
  reject: (error: Error) => void;
}

interface Worker {
  child: ChildProcess;
  current?: Waiting & { timer: NodeJS.Timeout; tooLong: boolean };
  complaint: string;
}

const ENTRY = fileURLToPath(new URL(`./compile-worker${path.extname(import.meta.url)}`, import.meta.url));

/** Sets the limits, then becomes Node: the arguments never pass through the shell's parser. */
const SHELL = 'ulimit -t "$1" && ulimit -c 0 && ulimit -f 0 && shift && exec "$@"';

export class CompilerPool {
  readonly #size: number;
  readonly #wallMs: number;
  readonly #open: OpenMessage;
  readonly #added: AddMessage[] = [];
  readonly #workers = new Set<Worker>();
  readonly #queue: Waiting[] = [];
  #closed = false;

  constructor(open: OpenMessage, options: PoolOptions = {}) {
    this.#open = open;
    this.#size = Math.max(1, Math.min(options.jobs ?? availableParallelism(), WORKERS));
    this.#wallMs = options.wallMs ?? UNIT_WALL_MS;
    options.signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Gives a file in memory to all processes, present and future. */
  add(file: string, content: Uint8Array): void {
    const message: AddMessage = { type: 'add', path: file, content };
    this.#added.push(message);
    for (const worker of this.#workers) worker.child.send(message);
  }

  /** Starts processes before there is work for them. */
  warm(count: number): void {
    while (this.#workers.size < Math.min(count, this.#size)) this.#start();
  }

  /** Runs one job. Rejects only where we are at fault or the pool was closed. */
  run(job: Job): Promise<JobResult> {
    if (this.#closed) return Promise.reject(new Error('compiler pool closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      this.#dispatch();
    });
  }

  /** Ends all processes; jobs under way are rejected. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.reject(new Error('compiler pool closed'));
    for (const worker of this.#workers) worker.child.kill('SIGKILL');
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const idle = [...this.#workers].find((worker) => !worker.current);
      const worker = idle ?? (this.#workers.size < this.#size ? this.#start() : undefined);
      const next = worker && this.#queue.shift();
      if (!worker || !next) return;
      const current = { ...next, tooLong: false, timer: setTimeout(() => undefined, 0) };
      clearTimeout(current.timer);
      current.timer = setTimeout(() => {
        current.tooLong = true;
        worker.child.kill('SIGKILL');
      }, this.#wallMs);
      worker.current = current;
      this.#send(worker, { type: 'run', id: 0, job: next.job });
    }
  }

  #start(): Worker {
    const readable = [this.#open.treeRoot, this.#open.machineRoot, compilerFolder(), ...ownFiles()];
    const child = spawn(
      '/bin/sh',
      [
        ...['-c', SHELL, 'sh', String(WORKER_CPU_S), process.execPath],
        ...['--permission', ...readable.map((folder) => `--allow-fs-read=${realpathSync(folder)}`)],
        ...[`--max-old-space-size=${WORKER_HEAP_MIB}`, '--disable-warning=ExperimentalWarning', ENTRY],
      ],
      { env: {}, cwd: '/', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'advanced' },
    );
    const worker: Worker = { child, complaint: '' };
    child.stderr?.on('data', (piece: Buffer) => {
      if (worker.complaint.length < 4096) worker.complaint += piece.toString('utf8');
    });
    child.on('message', (message: FromWorker) => this.#answer(worker, message));
    child.on('error', (error) => this.#lost(worker, error.message));
    child.on('exit', (code, signal) => this.#lost(worker, signal ?? `exit ${code}`));
    this.#workers.add(worker);
    this.#send(worker, this.#open);
    for (const message of this.#added) this.#send(worker, message);
    return worker;
  }

  #send(worker: Worker, message: ToWorker): void {
    // A failed send means that the process is gone: its exit event answers the job.
    if (worker.child.connected) worker.child.send(message, () => undefined);
  }

  #answer(worker: Worker, message: FromWorker): void {
    const current = worker.current;
    if (!current) return;
    delete worker.current;
    clearTimeout(current.timer);
    if (message.type === 'done') current.resolve(message.result);
    else current.reject(new Error(`compiler process: ${message.message}`));
    this.#dispatch();
  }

  #lost(worker: Worker, how: string): void {
    if (!this.#workers.delete(worker)) return;
    const current = worker.current;
    if (current) {
      clearTimeout(current.timer);
      if (this.#closed) current.reject(new Error('compiler pool closed'));
      else if (/^exit [1-9]/.test(how) && !/heap|memory/i.test(worker.complaint)) {
        current.reject(new Error(`compiler process ended with ${how}: ${worker.complaint.trim()}`));
      } else {
        const died = current.tooLong ? 'time limit' : `process ended by ${how}`;
        current.resolve({ code: 137, died, stdout: '', stderr: '', outputs: new Map(), dependencies: [] });
      }
    }
    if (!this.#closed) this.#dispatch();
  }
}

/** What the process needs to load itself: this folder, and the package.json files that tell Node the module type. */
function ownFiles(): string[] {
  const folder = path.dirname(ENTRY);
  return [
    folder,
    path.join(folder, '..', 'errors.ts'),
    path.join(folder, '..', '..', 'package.json'),
    path.join(compilerFolder(), '..'),
  ].filter((file) => {
    try {
      realpathSync(file);
      return true;
    } catch {
      return false; // the built package has no .ts files
    }
  });
}
