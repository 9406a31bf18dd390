// SPDX-License-Identifier: GPL-2.0-or-later
// The one place that starts git. In: arguments, a git directory, bytes for stdin. Out: exit code, bytes, git's words.
// Git runs with our configuration only: none of the system's or the user's, no hooks, filters, prompts or protocols.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { InputError } from '../errors.ts';
import { DiskFullError, saysDiskFull } from './errors.ts';
import { LIMITS } from './limits.ts';

export interface GitOptions {
  /** The git directory to work in. */
  gitDir: string;
  input?: Buffer | string;
  /** Variables of one command: author, committer, index file. */
  env?: Record<string, string>;
  /** The only transport git may use, for a fetch; "http" is for this machine itself. Default: none. */
  protocol?: 'https' | 'http' | 'file';
  /** Settings of one command. They go through the environment: secrets among them stand on no disk and in no list. */
  settings?: Record<string, string>;
}

export interface GitResult {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** Variables of the machine that a fetch over https needs. */
const NETWORK = ['http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'no_proxy', 'NO_PROXY', 'SSL_CERT_FILE'];

function environment(options: GitOptions): Record<string, string> {
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_DIR: options.gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: options.protocol ?? 'none',
    ...options.env,
  };
  const settings = Object.entries(options.settings ?? {});
  if (settings.length > 0) env.GIT_CONFIG_COUNT = String(settings.length);
  for (const [at, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${at}`] = key;
    env[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  if (options.protocol === 'https') {
    for (const name of NETWORK) {
      const value = process.env[name];
      if (value !== undefined) env[name] = value;
    }
  }
  return env;
}

/**
 * Runs git and waits for its end, whatever the exit code.
 * Throws DiskFullError where git found no space, InputError where it is missing, Error where it hangs or prints too much.
 */
export async function runGit(args: string[], options: GitOptions): Promise<GitResult> {
  const env = environment(options);
  const result: GitResult = { code: 0, stdout: Buffer.alloc(0), stderr: '' };
  const out: Buffer[] = [];
  let size = 0;
  const stop = new AbortController();
  const git = simpleGit({
    baseDir: options.gitDir,
    allowEnvironment: Object.keys(env),
    // These categories guard against settings from strangers; every one of ours is written in this file.
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeConfigEnvCount: options.settings !== undefined,
    },
    completion: { onClose: true, onExit: false },
    timeout: { block: options.protocol ? LIMITS.networkSilenceMsMax : LIMITS.gitSilenceMsMax },
    abort: stop.signal,
    // As bytes: simple-git takes an empty text for none, and the command would wait.
    ...(options.input === undefined ? {} : { input: () => Buffer.from(options.input ?? '') }),
    errors: (error, done) => {
      result.code = done.exitCode;
      result.stderr = Buffer.concat(done.stdErr).toString('utf8');
      // Exit codes are the caller's to judge; what is left is a git that did not start or was stopped.
      return error instanceof Error && done.exitCode === 0 ? error : undefined;
    },
  }).env(env);
  git.outputHandler((_command, stdout) => {
    stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > LIMITS.gitOutputBytesMax) stop.abort();
      else out.push(chunk);
    });
  });
  try {
    await git.raw(args);
  } catch (error) {
    if (stop.signal.aborted) throw new Error(`git ${args[0]} printed more than we take`);
    throw error;
  }
  // What did not even start has no exit code of its own.
  if (result.code < 0 && /spawn \S+ ENOENT/.test(result.stderr)) {
    throw new InputError('git is needed, and this machine has none');
  }
  result.stdout = Buffer.concat(out);
  if (result.code !== 0 && saysDiskFull(result.stderr)) throw new DiskFullError();
  return result;
}

/** As runGit, for commands that cannot fail on any input of the user: throws Error with git's words on any exit code but 0. */
export async function mustGit(args: string[], options: GitOptions): Promise<Buffer> {
  const { code, stdout, stderr } = await runGit(args, options);
  if (code !== 0) throw new Error(`git ${args[0]} failed (${code}): ${stderr.trim()}`);
  return stdout;
}

/**
 * Makes a bare git directory of our own at `gitDir`. `alternates`: object stores to read from.
 * `remote`: where missing objects of a partial clone come from; must have passed the pattern of names.ts.
 */
export async function initGitDir(
  gitDir: string,
  extra: { alternates?: string[]; remote?: string } = {},
): Promise<void> {
  for (const folder of ['objects/info', 'refs/heads', 'info']) await mkdir(join(gitDir, folder), { recursive: true });
  const partial = extra.remote === undefined ? '' : '[extensions]\n\tpartialClone = origin\n';
  const remote =
    extra.remote === undefined
      ? ''
      : `[remote "origin"]\n\turl = "${extra.remote}"\n\tpromisor = true\n\tpartialclonefilter = blob:none\n`;
  await writeFile(
    join(gitDir, 'config'),
    `[core]
	repositoryformatversion = ${extra.remote === undefined ? 0 : 1}
	bare = true
	filemode = true
	symlinks = false
	autocrlf = false
	safecrlf = false
	fsmonitor = false
	hooksPath = /dev/null
	attributesFile = /dev/null
	protectHFS = true
	protectNTFS = true
	logAllRefUpdates = false
	quotePath = false
	fsync = none
[gc]
	auto = 0
[maintenance]
	auto = false
[commit]
	gpgSign = false
[apply]
	whitespace = nowarn
[transfer]
	fsckObjects = false
[fetch]
	negotiationAlgorithm = noop
${partial}${remote}`,
  );
  // Highest precedence of all attributes: nothing that a tree carries can ask for a filter, a driver or a conversion.
  await writeFile(
    join(gitDir, 'info', 'attributes'),
    '* -text -filter -ident -working-tree-encoding !diff !merge !eol\n',
  );
  await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/main\n');
  if (extra.alternates?.length) {
    await writeFile(join(gitDir, 'objects/info/alternates'), `${extra.alternates.join('\n')}\n`);
  }
}

/** Blobs by object id, read in lots. `each` is called for every one; throws InputError where one is missing. */
export async function readBlobs(
  gitDir: string,
  ids: readonly string[],
  each: (id: string, content: Buffer) => void,
): Promise<void> {
  for (let from = 0; from < ids.length; from += LIMITS.gitBatchObjects) {
    const lot = ids.slice(from, from + LIMITS.gitBatchObjects);
    const out = await mustGit(['cat-file', '--batch'], { gitDir, input: `${lot.join('\n')}\n` });
    let at = 0;
    for (const id of lot) {
      const line = out.indexOf(10, at);
      const [name, type, size] = out.toString('latin1', at, line).split(' ');
      if (line < 0 || type !== 'blob' || name !== id) {
        throw new InputError(
          `the repository lacks object ${id}: a partial clone must have fetched the files of the commit`,
        );
      }
      const end = line + 1 + Number(size);
      each(id, out.subarray(line + 1, end));
      at = end + 1;
    }
  }
}
