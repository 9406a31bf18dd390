// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a job's process within limits. In: a command, its input, what it may use. Out: its output, or one line that says
// which limit it hit. Its scratch folder is gone afterwards, and every process of it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { JOB_FILE_BYTES, JOB_OUTPUT_BYTES, JOB_STDERR_CHARS, WATCH_MS } from '../limits.ts';
import { boxed, type Isolation, type Places } from './box.ts';
import { family, type Usage, usageOf } from './usage.ts';

export interface JobLimits {
  /** Bytes of all its processes together. */
  memory: number;
  /** Processor time of all its processes, milliseconds. */
  cpu: number;
  /** Milliseconds. */
  wall: number;
}

export interface Confined {
  command: string;
  args: readonly string[];
  input: string;
  env: Readonly<Record<string, string>>;
  isolation: Isolation;
  /** The scratch folder is made in it. */
  temporary: string;
  places: Places;
  limits: JobLimits;
  signal: AbortSignal;
}

export interface Finished {
  /** undefined where a limit or the signal ended it. */
  code: number | undefined;
  stdout: string;
  /** The end of what it said. */
  stderr: string;
  /** Which limit it hit, in words for people. */
  limit?: string;
  /** The most that was seen. */
  peak: Usage;
}

export async function confined(job: Confined): Promise<Finished> {
  mkdirSync(job.temporary, { recursive: true, mode: 0o700 });
  const scratch = mkdtempSync(join(job.temporary, 'job-'));
  try {
    return await run(job, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

function run(job: Confined, scratch: string): Promise<Finished> {
  const env = { ...job.env, HOME: scratch, TMPDIR: scratch };
  const limited = [
    'prlimit',
    '--core=0',
    `--fsize=${JOB_FILE_BYTES}`,
    `--cpu=${Math.ceil(job.limits.cpu / 1000)}`,
    '--',
  ];
  const places = { ...job.places, writable: [...job.places.writable, scratch] };
  const box = [
    'bwrap',
    ...boxed(places),
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--chdir', scratch, '--'],
  ];
  const [command = '', ...args] = [
    ...(job.isolation === 'bubblewrap' ? box : []),
    ...limited,
    job.command,
    ...job.args,
  ];
  return new Promise((resolve, reject) => {
    // A group of its own: what it leaves behind is found by it.
    const child = spawn(command, args, { cwd: scratch, detached: true, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const peak: Usage = { memory: 0, cpu: 0, processes: 0 };
    let limit: string | undefined;
    let ended = false;
    const end = (why?: string) => {
      if (ended) return;
      ended = true;
      limit = why;
      killAll(child.pid);
    };
    const watch = setInterval(() => {
      const used = usageOf(child.pid ?? 0);
      for (const key of ['memory', 'cpu', 'processes'] as const) peak[key] = Math.max(peak[key], used[key]);
      if (used.memory > job.limits.memory) end(`it took more than ${mebi(job.limits.memory)} of memory`);
      else if (used.cpu > job.limits.cpu) end(`it took more than ${seconds(job.limits.cpu)} of processor time`);
    }, WATCH_MS);
    const wall = setTimeout(() => end(`it took more than ${seconds(job.limits.wall)}`), job.limits.wall);
    const aborted = () => end();
    job.signal.addEventListener('abort', aborted);
    if (job.signal.aborted) aborted();
    let stdout: Buffer[] = [];
    let bytes = 0;
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= JOB_OUTPUT_BYTES) stdout.push(chunk);
      else {
        stdout = [];
        end(`it wrote more than ${mebi(JOB_OUTPUT_BYTES)}`);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-JOB_STDERR_CHARS);
    });
    // A process that ends before it has read everything says why by its exit.
    child.stdin.on('error', () => {}).end(job.input);
    const stop = () => {
      clearInterval(watch);
      clearTimeout(wall);
      job.signal.removeEventListener('abort', aborted);
    };
    child.on('error', (error) => {
      stop();
      reject(new Error(`${command} cannot be started: ${error.message}`));
    });
    child.on('close', (code) => {
      stop();
      killAll(child.pid);
      const text = Buffer.concat(stdout).toString('utf8');
      const done = { code: ended ? undefined : (code ?? undefined), stdout: text, stderr, peak };
      resolve(limit === undefined ? done : { ...done, limit });
    });
  });
}

/** Kills a process, all below it, and the rest of its group. */
function killAll(pid: number | undefined): void {
  if (pid === undefined) return;
  for (const one of [...family(pid).reverse(), -pid]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

const mebi = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;
const seconds = (milliseconds: number) => `${Math.round(milliseconds / 1000)} s`;
