// SPDX-License-Identifier: GPL-2.0-or-later
// A compiler process with several threads. In: sources and jobs. Out: results. A job that takes too long or kills the
// process is answered as died, and the process replaced at the next need.
import { availableParallelism } from 'node:os';
import type { CodeCache } from './code-cache.ts';
import { CompilerProcess } from './compiler-process.ts';
import { SESSIONS, UNIT_WALL_MS, WORKERS } from './limits.ts';
import type { FromWorker, Job, JobResult, OpenSources, ToLane } from './worker-protocol.ts';

export interface PoolOptions {
  /** Jobs at a time; default: as many as the machine runs at once. */
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
  /** It was under way beside others when their process died: once more, in a process of its own. */
  alone: boolean;
  resolve: (result: JobResult) => void;
  reject: (error: Error) => void;
}

type Asked = Omit<Waiting, 'alone'>;

/** A thread of a compiler process. */
interface Lane {
  group: Group;
  number: number;
  /** Messages of each session that it has been sent. */
  sent: Map<Session, number>;
  current?: Waiting & { timer: NodeJS.Timeout; tooLong: boolean };
}

/** A compiler process. */
interface Group {
  process: CompilerProcess;
  lanes: Lane[];
  alone: boolean;
  done: number;
  codeFile: string;
  /** False once it has seen sources that a patch touched. */
  pristine: boolean;
}

/** One build's sources, as all processes of the pool shall see them. */
export class Session {
  readonly number: number;
  readonly messages: ToLane[];
  readonly pristine: boolean;
  /** Jobs of a lower rank go first. */
  readonly rank: number;
  readonly #run: (asked: Asked) => void;

  constructor(number: number, rank: number, sources: OpenSources, run: (asked: Asked) => void) {
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
  /** Jobs at a time, at most. */
  readonly size: number;
  readonly #wallMs: number;
  readonly #code: CodeCache | undefined;
  readonly #readable: string[];
  readonly #groups = new Set<Group>();
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
    return new Session(this.#sessions++, rank, sources, (waiting) => this.#enqueue({ ...waiting, alone: false }));
  }

  /** Runs a job on the first session. */
  run(job: Job): Promise<JobResult> {
    return this.#first.run(job);
  }

  /** Starts the process before there is work for it. */
  warm(): void {
    if (!this.#closed && this.#groups.size === 0) this.#start(false);
  }

  /** Ends all processes; jobs under way are rejected. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.reject(new Error('compiler pool closed'));
    for (const group of this.#groups) group.process.kill();
  }

  #enqueue(waiting: Waiting): void {
    if (this.#closed) waiting.reject(new Error('compiler pool closed'));
    else {
      this.#queue.push(waiting);
      this.#dispatch();
    }
  }

  #dispatch(): void {
    for (const alone of [false, true]) {
      while (this.#queue.some((waiting) => waiting.alone === alone)) {
        const group = [...this.#groups].find((one) => one.alone === alone) ?? this.#start(alone);
        const lane = group.lanes.find(({ current }) => !current);
        const next = lane && this.#take(alone);
        if (!lane || !next) break;
        this.#assign(lane, next);
      }
    }
  }

  #take(alone: boolean): Waiting | undefined {
    const waiting = this.#queue.filter((one) => one.alone === alone);
    const rank = Math.min(...waiting.map(({ session }) => session.rank));
    const next = waiting.find(({ session }) => session.rank === rank);
    return next && this.#queue.splice(this.#queue.indexOf(next), 1)[0];
  }

  #assign(lane: Lane, next: Waiting): void {
    const { group, sent, number } = lane;
    const { session, job } = next;
    const timer = setTimeout(() => {
      if (lane.current) lane.current.tooLong = true;
      group.process.kill();
    }, this.#wallMs);
    lane.current = { ...next, timer, tooLong: false };
    group.pristine &&= session.pristine;
    for (const message of session.messages.slice(sent.get(session) ?? 0)) {
      group.process.send({ ...message, lane: number });
    }
    sent.set(session, session.messages.length);
    // The thread forgets the same ones (compile-lane.ts): they are sent anew when needed again.
    for (const old of [...sent.keys()].slice(0, -SESSIONS)) sent.delete(old);
    group.process.send({ type: 'run', session: session.number, job, lane: number });
  }

  #start(alone: boolean): Group {
    const codeFile = this.#code?.file() ?? '';
    const threads = alone ? 1 : this.size;
    const group: Group = {
      process: new CompilerProcess(
        this.#readable,
        threads,
        codeFile,
        (message) => this.#answer(group, message),
        (how) => this.#lost(group, how),
      ),
      lanes: [],
      alone,
      done: 0,
      codeFile,
      pristine: true,
    };
    for (let number = 0; number < threads; number++) group.lanes.push({ group, number, sent: new Map() });
    this.#groups.add(group);
    return group;
  }

  #answer(group: Group, message: FromWorker): void {
    if (message.type === 'code') {
      if (message.code) this.#code?.keep(message.code, group.done);
      return;
    }
    const lane = group.lanes[message.lane];
    const current = lane?.current;
    if (!current) return;
    delete lane.current;
    clearTimeout(current.timer);
    group.done++;
    if (message.type === 'done') current.resolve(message.result);
    else current.reject(new Error(`compiler process: ${message.message}`));
    if (group.pristine && this.#code?.wants(group.done)) {
      this.#code.expect(group.done);
      group.process.send({ type: 'code' });
    }
    if (group.alone) {
      this.#groups.delete(group);
      group.process.kill();
    }
    this.#dispatch();
  }

  #lost(group: Group, how: string): void {
    if (!this.#groups.delete(group)) return;
    const currents = group.lanes.flatMap(({ current }) => current ?? []);
    for (const { timer } of currents) clearTimeout(timer);
    const guilty = currents.filter(({ tooLong }) => tooLong);
    for (const current of currents) {
      if (this.#closed) current.reject(new Error('compiler pool closed'));
      else if (guilty.includes(current)) this.#bury(group, current, how);
      else if (guilty.length > 0) this.#queue.unshift(current);
      else if (group.done === 0 && group.codeFile !== '') {
        // It may be the saved machine code that killed it: once more without.
        this.#code?.forget();
        this.#queue.unshift(current);
      } else if (!group.alone && (currents.length > 1 || (group.done > 0 && !how.startsWith('exit')))) {
        // One of several, or killed by limits that other jobs may have used up: once more in a process of its own.
        this.#queue.unshift({ ...current, alone: true });
      } else this.#bury(group, current, how);
    }
    if (!this.#closed) this.#dispatch();
  }

  #bury({ process }: Group, current: NonNullable<Lane['current']>, how: string): void {
    const { complaint } = process;
    if (/^exit [1-9]/.test(how) && !/heap|memory/i.test(complaint)) {
      current.reject(new Error(`compiler process ended with ${how}: ${complaint.trim()}`));
      return;
    }
    const died = current.tooLong ? 'time limit' : `process ended by ${how}`;
    current.resolve({ code: 137, died, stdout: '', stderr: complaint, outputs: new Map(), dependencies: [] });
  }
}
