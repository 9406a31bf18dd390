// SPDX-License-Identifier: GPL-2.0-or-later
// Scenarios on an image, in worker processes. Comes in: an image and scenarios. Goes out: one Run for each, in the order
// of the scenarios whatever process ran them; a process that dies or takes too long gives an inconclusive Run.
// Each process has an empty environment, no inherited descriptors, Node's permission model and resource limits, and may
// read nothing but the image's files and this program.
import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Image } from '../kernel/values.ts';
import type { Scenario } from './grammar/values.ts';
import type { Wanted } from './ground-truth/values.ts';
import { LIMITS } from './limits.ts';
import { emptyRun, type RunOptions } from './run.ts';
import type { Run } from './values.ts';
import type { FromWorker, ToWorker } from './worker-protocol.ts';

export interface HostOptions extends RunOptions {
  /** Processes at most. */
  jobs?: number;
  /** Milliseconds for one scenario. */
  scenarioMs?: number;
  signal?: AbortSignal;
  /** Measured histories to replay, by the scenario's name; what else is there is run with its invariants. */
  wanted?: ReadonlyMap<string, Wanted>;
  /** Module that exports createMachine(image); the machine room's own if not given. */
  machineModule?: URL;
}

const EXTENSION = path.extname(import.meta.url);
const ENTRY = fileURLToPath(new URL(`./worker${EXTENSION}`, import.meta.url));
const MACHINE = new URL(`../machine/index${EXTENSION}`, import.meta.url);

/** Sets the limits, then becomes Node: the arguments never pass through the shell's parser. */
const SHELL = 'ulimit -t "$1" && ulimit -c 0 && ulimit -f 0 && shift && exec "$@"';

/** Runs scenarios on one image in fresh processes. Throws only when aborted. */
export async function* runScenarios(
  image: Image,
  scenarios: readonly Scenario[],
  options: HostOptions = {},
): AsyncIterable<Run> {
  const pool = new Pool(image, scenarios, options);
  try {
    pool.start();
    for (let index = 0; index < scenarios.length; index++) yield await pool.result(index);
  } finally {
    pool.close();
  }
}

/** A worker process that was told nothing yet. */
export function startProcess(image: Image, machineModule: URL = MACHINE): ChildProcess {
  const { wasmFile, layoutsFile, linesFile } = image;
  const readable = [wasmFile, layoutsFile, linesFile, path.dirname(fileURLToPath(machineModule)), ...ownFiles()];
  return spawn(
    '/bin/sh',
    [
      ...['-c', SHELL, 'sh', String(LIMITS.workerCpuSeconds), process.execPath],
      ...['--permission', ...readable.flatMap(real).map((file) => `--allow-fs-read=${file}`)],
      ...[`--max-old-space-size=${LIMITS.workerHeapMiB}`, '--disable-warning=ExperimentalWarning', ENTRY],
    ],
    { env: {}, cwd: '/', stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'advanced' },
  );
}

/** What a worker process is told first. */
export function bootMessage(image: Image, options: HostOptions): ToWorker {
  const { fuel, invariants, plant, schedules, schedule, machineModule = MACHINE } = options;
  const chosen: RunOptions = {
    ...(fuel !== undefined && { fuel }),
    ...(invariants !== undefined && { invariants }),
    ...(plant !== undefined && { plant }),
    ...(schedules !== undefined && { schedules }),
    ...(schedule !== undefined && { schedule }),
  };
  return { type: 'boot', image, options: chosen, machineModule: machineModule.href };
}

interface Worker {
  child: ChildProcess;
  current: number | undefined;
  timer: NodeJS.Timeout | undefined;
  booted: boolean;
  /** What took too long, for how many milliseconds. */
  tooLong: string | undefined;
  complaint: string;
}

class Pool {
  readonly #image: Image;
  readonly #scenarios: readonly Scenario[];
  readonly #options: HostOptions;
  readonly #results: PromiseWithResolvers<Run>[];
  readonly #workers = new Set<Worker>();
  #next = 0;
  #closed = false;

  constructor(image: Image, scenarios: readonly Scenario[], options: HostOptions) {
    this.#image = image;
    this.#scenarios = scenarios;
    this.#options = options;
    this.#results = scenarios.map(() => Promise.withResolvers<Run>());
    // A result that nobody waits for any more must not count as an unhandled rejection.
    for (const { promise } of this.#results) promise.catch(() => undefined);
    options.signal?.addEventListener('abort', () => this.close(), { once: true });
  }

  start(): void {
    this.#options.signal?.throwIfAborted();
    const wanted = Math.ceil(this.#scenarios.length / LIMITS.scenariosPerWorker);
    const workers = Math.max(1, Math.min(this.#options.jobs ?? LIMITS.workers, LIMITS.workers, wanted));
    for (let i = 0; i < workers && this.#next < this.#scenarios.length; i++) this.#spawn();
  }

  result(index: number): Promise<Run> {
    const result = this.#results[index];
    if (result === undefined) throw new Error(`no scenario ${index}`);
    return result.promise;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const worker of this.#workers) {
      clearTimeout(worker.timer);
      worker.child.kill('SIGKILL');
    }
    for (const result of this.#results) result.reject(new Error('the scenarios were aborted'));
  }

  #spawn(): void {
    const child = startProcess(this.#image, this.#options.machineModule);
    const worker: Worker = {
      child,
      current: undefined,
      timer: undefined,
      booted: false,
      tooLong: undefined,
      complaint: '',
    };
    this.#workers.add(worker);
    child.stderr?.on('data', (piece: Buffer) => {
      if (worker.complaint.length < 4096) worker.complaint += piece.toString('utf8');
    });
    child.on('message', (message: FromWorker) => this.#answer(worker, message));
    child.on('error', (error) => this.#lost(worker, error.message));
    child.on('exit', (code, signal) => this.#lost(worker, signal ?? `exit code ${code}`));
    this.#send(worker, bootMessage(this.#image, this.#options));
    this.#give(worker);
  }

  #send(worker: Worker, message: ToWorker): void {
    // A failed send means that the process is gone: its exit event answers.
    if (worker.child.connected) worker.child.send(message, () => undefined);
  }

  /** Hands the next scenario to a worker, or lets it go. */
  #give(worker: Worker): void {
    const index = this.#next;
    const scenario = this.#scenarios[index];
    if (scenario === undefined) {
      worker.child.disconnect();
      return;
    }
    this.#next++;
    worker.current = index;
    const wanted = this.#options.wanted?.get(scenario.name);
    this.#send(worker, { type: 'run', index, scenario, ...(wanted && { wanted }) });
    this.#watch(worker);
  }

  #watch(worker: Worker): void {
    clearTimeout(worker.timer);
    const limit = worker.booted ? (this.#options.scenarioMs ?? LIMITS.scenarioMs) : LIMITS.bootMs;
    worker.timer = setTimeout(() => {
      worker.tooLong = `${worker.booted ? 'was ended' : 'did not boot and was ended'} after ${Math.round(limit / 1000)} s`;
      worker.child.kill('SIGKILL');
    }, limit);
  }

  #answer(worker: Worker, message: FromWorker): void {
    if (message.type === 'booted') {
      const first = !worker.booted;
      worker.booted = true;
      if (first && worker.current !== undefined) this.#watch(worker);
      return;
    }
    // Answers come from a process that ran hostile code: only the one that was asked for counts.
    const { index, run } = message;
    if (worker.current !== index) return;
    clearTimeout(worker.timer);
    worker.current = undefined;
    this.#results[index]?.resolve(run);
    this.#give(worker);
  }

  #lost(worker: Worker, how: string): void {
    if (!this.#workers.delete(worker)) return;
    clearTimeout(worker.timer);
    const index = worker.current;
    if (index === undefined || this.#closed) return;
    const scenario = this.#scenarios[index];
    if (scenario !== undefined) {
      const run = emptyRun(scenario.name, this.#image.config);
      run.inconclusive =
        worker.tooLong === undefined
          ? `the machine's process ended: ${how}${lastLine(worker.complaint)}`
          : `the machine's process ${worker.tooLong}`;
      this.#results[index]?.resolve(run);
    }
    if (this.#next < this.#scenarios.length) this.#spawn();
  }
}

function lastLine(complaint: string): string {
  const line = complaint.split('\n').find((text) => /error|fatal/i.test(text));
  return line === undefined ? '' : ` (${line.trim().slice(0, 200)})`;
}

function real(file: string): string[] {
  if (file === '') return [];
  try {
    return [realpathSync(file)];
  } catch {
    return []; // The image's files may be gone: booting says so.
  }
}

/** What the process needs to load itself: this program's folder, and the package.json that tells Node the module type. */
function ownFiles(): string[] {
  const program = path.dirname(path.dirname(ENTRY));
  return [program, path.join(program, '..', 'package.json')];
}
