// SPDX-License-Identifier: GPL-2.0-or-later
// A pool of compiler processes. In: sources and jobs. Out: results. A job that takes too long or kills its process is
// answered as died, and the process replaced at the next need.
import { availableParallelism } from 'node:os';
import type { CodeCache } from './code-cache.ts';
import { CompilerProcess } from './compiler-process.ts';
import { CODE_UNITS, SESSIONS, UNIT_WALL_MS, WORKERS } from './limits.ts';
import type { FromWorker, Job, JobResult, OpenSources, ToWorker } from './worker-protocol.ts';

export interface PoolOptions {
  /** Processes at most; default: as many as the machine runs at once. */
  jobs?: number;
  /** Wall time of one job, ms. */
  wallMs?: number;
  /** Ends all work early. */
  signal?: AbortSignal;
  /** Where the compiler's machine code is kept between processes. */
  code?: CodeCache;
}

interface Waiting {
  session: Session;
  job: Job;
  resolve: (result: JobResult) => void;
  reject: (error: Error) => void;
}

interface Worker {
  process: CompilerProcess;
  /** Messages of each session that it has been sent. */
  sent: Map<Session, number>;
  current?: Waiting & { timer: NodeJS.Timeout; tooLong: boolean };
  done: number;
  codeFile: string;
  /** False once it has seen sources that a patch touched. */
  pristine: boolean;
}

/** One build's sources, as all processes of the pool shall see them. */
export class Session {
  readonly number: number;
  readonly messages: ToWorker[];
  readonly pristine: boolean;
  /** Jobs of a lower rank go first. */
  readonly rank: number;
  readonly #run: (waiting: Waiting) => void;

  constructor(number: number, rank: number, sources: OpenSources, run: (waiting: Waiting) => void) {
    this.number = number;
    this.rank = rank;
    this.messages = [{ type: 'open', session: number, ...sources }];
    this.pristine = sources.overlay.size === 0;
    this.#run = run;
  }

  /** Gives files in memory to all processes before their next job. */
  add(files: ReadonlyMap<string, Uint8Array>): void {
    this.messages.push({ type: 'add', session: this.number, files });
  }

  /** Runs one job. Rejects only where we are at fault or the pool was closed. */
  run(job: Job): Promise<JobResult> {
    return new Promise((resolve, reject) => this.#run({ session: this, job, resolve, reject }));
  }
}

export class CompilerPool {
  /** Processes at most. */
  readonly size: number;
  readonly #wallMs: number;
  readonly #code: CodeCache | undefined;
  readonly #readable: string[];
  readonly #workers = new Set<Worker>();
  readonly #queue: Waiting[] = [];
  readonly #first: Session;
  #sessions = 0;
  #closed = false;

  /** sources: of the first session. All sessions of a pool have the same tree root and machine root. */
  constructor(sources: OpenSources, options: PoolOptions = {}) {
    this.#readable = [sources.treeRoot, sources.machineRoot];
    this.size = Math.max(1, Math.min(options.jobs ?? availableParallelism(), WORKERS));
    this.#wallMs = options.wallMs ?? UNIT_WALL_MS;
    this.#code = options.code;
    this.#first = this.session(sources);
    options.signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  /** Further sources below the same roots. Jobs of sessions with a lower rank go first. */
  session(sources: OpenSources, rank = 0): Session {
    if (!this.#readable.includes(sources.treeRoot)) throw new Error('this pool serves another tree');
    return new Session(this.#sessions++, rank, sources, (waiting) => this.#enqueue(waiting));
  }

  /** Starts processes before there is work for them. */
  warm(count: number): void {
    while (this.#workers.size < Math.min(count, this.size)) this.#start();
  }

  /** Runs a job on the first session. */
  run(job: Job): Promise<JobResult> {
    return this.#first.run(job);
  }

  /** Ends all processes; jobs under way are rejected. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.reject(new Error('compiler pool closed'));
    for (const worker of this.#workers) worker.process.kill();
  }

  #enqueue(waiting: Waiting): void {
    if (this.#closed) waiting.reject(new Error('compiler pool closed'));
    else {
      this.#queue.push(waiting);
      this.#dispatch();
    }
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const idle = [...this.#workers].find((worker) => !worker.current);
      const worker = idle ?? (this.#workers.size < this.size ? this.#start() : undefined);
      const next = worker && this.#take();
      if (!worker || !next) return;
      this.#assign(worker, next);
    }
  }

  #take(): Waiting | undefined {
    const rank = Math.min(...this.#queue.map(({ session }) => session.rank));
    const index = this.#queue.findIndex(({ session }) => session.rank === rank);
    return this.#queue.splice(index, 1)[0];
  }

  #assign(worker: Worker, next: Waiting): void {
    const timer = setTimeout(() => {
      if (worker.current) worker.current.tooLong = true;
      worker.process.kill();
    }, this.#wallMs);
    worker.current = { ...next, timer, tooLong: false };
    worker.pristine &&= next.session.pristine;
    for (const message of next.session.messages.slice(worker.sent.get(next.session) ?? 0)) worker.process.send(message);
    worker.sent.set(next.session, next.session.messages.length);
    // The process forgets the same ones (compile-worker.ts): they are sent anew when needed again.
    for (const old of [...worker.sent.keys()].slice(0, -SESSIONS)) worker.sent.delete(old);
    worker.process.send({ type: 'run', session: next.session.number, job: next.job });
  }

  #start(): Worker {
    const codeFile = this.#code?.file() ?? '';
    const worker: Worker = {
      process: new CompilerProcess(
        this.#readable,
        codeFile,
        (message) => this.#answer(worker, message),
        (how) => this.#lost(worker, how),
      ),
      sent: new Map(),
      done: 0,
      codeFile,
      pristine: true,
    };
    this.#workers.add(worker);
    return worker;
  }

  #answer(worker: Worker, message: FromWorker): void {
    if (message.type === 'code') {
      if (message.code) this.#code?.keep(message.code);
      return;
    }
    const current = worker.current;
    if (!current) return;
    delete worker.current;
    clearTimeout(current.timer);
    worker.done++;
    if (message.type === 'done') current.resolve(message.result);
    else current.reject(new Error(`compiler process: ${message.message}`));
    if (worker.done === CODE_UNITS && worker.codeFile === '' && worker.pristine) worker.process.send({ type: 'code' });
    this.#dispatch();
  }

  #lost(worker: Worker, how: string): void {
    if (!this.#workers.delete(worker)) return;
    const current = worker.current;
    if (current) {
      clearTimeout(current.timer);
      if (this.#closed) current.reject(new Error('compiler pool closed'));
      else if (!current.tooLong && worker.done === 0 && worker.codeFile !== '') {
        // It may be the saved machine code that killed it: once more without.
        this.#code?.forget();
        this.#queue.unshift(current);
      } else if (!current.tooLong && worker.done > 0 && !how.startsWith('exit')) {
        // Killed by its limits after other jobs, which may have used them up: once more in a fresh process.
        this.#queue.unshift(current);
      } else this.#bury(worker, current, how);
    }
    if (!this.#closed) this.#dispatch();
  }

  #bury(worker: Worker, current: NonNullable<Worker['current']>, how: string): void {
    const complaint = worker.process.complaint;
    if (/^exit [1-9]/.test(how) && !/heap|memory/i.test(complaint)) {
      current.reject(new Error(`compiler process ended with ${how}: ${complaint.trim()}`));
      return;
    }
    const died = current.tooLong ? 'time limit' : `process ended by ${how}`;
    current.resolve({ code: 137, died, stdout: '', stderr: complaint, outputs: new Map(), dependencies: [] });
  }
}
