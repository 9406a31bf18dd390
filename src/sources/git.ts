// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a git directory as a stream: lines of a log, contents of blobs. Git is started directly because an archive's log
// does not fit in memory and simple-git keeps all output. It runs with none of the user's or the system's settings, no
// transports, and nothing that the repository's own settings could start (log and cat-file of blobs start nothing).
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { InputError } from '../errors.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';

export interface Blob {
  id: string;
  content: Buffer;
  /** Set where it is larger than a message may be: `content` then holds only its beginning. */
  tooLarge?: number;
}

const KEPT_OF_TOO_LARGE = 64 * 1024;

/** What a command prints. Without `gitDir` it is one that needs no repository. */
async function* gitBytes(gitDir: string | undefined, args: string[], input?: Iterable<string>): AsyncGenerator<Buffer> {
  const where = gitDir === undefined ? [] : ['--git-dir', resolve(gitDir)];
  const child = spawn('git', ['--no-pager', ...where, '-c', 'core.fsmonitor=false', ...args], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      LC_ALL: 'C',
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_NO_LAZY_FETCH: '1',
      GIT_ALLOW_PROTOCOL: 'none',
      GIT_CEILING_DIRECTORIES: '/',
    },
  });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (words.length < 2000) words += text;
  });
  child.stdin.on('error', () => {}); // git has ended early: its exit code tells
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new InputError('git is needed, and this machine has none') : error);
    });
    child.on('close', resolve);
  });
  ended.catch(() => {}); // waited for below, once its output has ended
  Readable.from(input ?? []).pipe(child.stdin);
  try {
    for await (const chunk of child.stdout) yield chunk;
    const code = await ended;
    if (code !== 0)
      throw new InputError(
        `${gitDir ?? `git ${args[0]}`}: git cannot read it: ${words.trim().split('\n')[0] ?? `exit code ${code}`}`,
      );
  } finally {
    child.kill('SIGKILL');
  }
}

/** The lines that a git command prints. */
export async function* gitLines(gitDir: string, args: string[]): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of gitBytes(gitDir, args)) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** Git's stable patch ids (git-patch-id(1)) of diffs, by their place; undefined where git finds no diff. */
export async function gitPatchIds(diffs: readonly string[]): Promise<(string | undefined)[]> {
  const ids = new Array<string | undefined>(diffs.length).fill(undefined);
  const input = (function* () {
    // The number of the diff in the place of the commit that it came from.
    for (const [at, diff] of diffs.entries()) yield `From ${at.toString(16).padStart(40, '0')} \n${diff}\n`;
  })();
  let rest = '';
  for await (const chunk of gitBytes(undefined, ['patch-id', '--stable'], input)) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [id = '', at = ''] = line.split(' ');
      ids[Number.parseInt(at, 16)] = id;
    }
  }
  return ids;
}

/** Blobs by object id, in the order asked for. Throws InputError where one is missing. */
export async function* gitBlobs(gitDir: string, ids: readonly string[]): AsyncGenerator<Blob> {
  if (ids.length === 0) return;
  const input = (function* () {
    for (const id of ids) yield `${id}\n`;
  })();
  let rest: Buffer = Buffer.alloc(0);
  let open: { id: string; size: number; got: number; pieces: Buffer[] } | undefined;
  for await (const chunk of gitBytes(gitDir, ['cat-file', '--batch', '--buffer'], input)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      if (open === undefined) {
        const end = rest.indexOf(10);
        if (end < 0) break;
        const [id = '', type, size] = rest.toString('latin1', 0, end).split(' ');
        if (type !== 'blob') throw new InputError(`${gitDir}: the repository lacks the message ${id}`);
        open = { id, size: Number(size), got: 0, pieces: [] };
        rest = rest.subarray(end + 1);
      }
      const take = rest.subarray(0, open.size - open.got);
      if (open.got < (open.size > MAX_MESSAGE_BYTES ? KEPT_OF_TOO_LARGE : MAX_MESSAGE_BYTES))
        open.pieces.push(Buffer.from(take));
      open.got += take.length;
      rest = rest.subarray(take.length);
      if (open.got < open.size || rest.length === 0) break; // the line end behind the content is still to come
      rest = rest.subarray(1);
      const content = Buffer.concat(open.pieces);
      if (open.size > MAX_MESSAGE_BYTES)
        yield { id: open.id, content: content.subarray(0, KEPT_OF_TOO_LARGE), tooLarge: open.size };
      else yield { id: open.id, content };
      open = undefined;
    }
  }
}
