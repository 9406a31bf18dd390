// SPDX-License-Identifier: GPL-2.0-or-later
// A repository as GitHub serves it: bare, made at run time, behind git's own http-backend with partial clones allowed.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname } from 'node:path';

/** Runs git in a bare repository as somebody. */
export function git(gitDir: string, args: string[], input?: string | Buffer): string {
  const env = {
    PATH: process.env.PATH,
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Ann Example',
    GIT_AUTHOR_EMAIL: 'ann@example.org',
    GIT_AUTHOR_DATE: '1700000000 +0000',
    GIT_COMMITTER_NAME: 'Ann Example',
    GIT_COMMITTER_EMAIL: 'ann@example.org',
    GIT_COMMITTER_DATE: '1700000000 +0000',
  };
  const text = execFileSync('git', args, { env, maxBuffer: 1 << 28, ...(input === undefined ? {} : { input }) });
  return text.toString('utf8').trim();
}

export function makeBare(gitDir: string): void {
  mkdirSync(dirname(gitDir), { recursive: true });
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', gitDir]);
  for (const name of ['allowFilter', 'allowAnySHA1InWant']) git(gitDir, ['config', `uploadpack.${name}`, 'true']);
}

/** Files that a commit changes: content, or null where one is removed. */
export type Change = Record<string, string | null>;

/** Makes a commit that changes files of its (first) parent; gives its id. */
export function commit(gitDir: string, parents: readonly string[], change: Change, message: string): string {
  const [first, ...others] = parents;
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const who = 'Ann Example <ann@example.org> 1700000000 +0000';
  const lines = Object.entries(change).map(([path, content]) => {
    if (content === null) return `D ${path}\n`;
    const link = content.startsWith('-> ');
    return `M ${link ? '120000' : '100644'} inline ${path}\n${data(link ? content.slice(3) : content)}`;
  });
  const text = [
    ...[`commit refs/heads/made\nmark :1\nauthor ${who}\ncommitter ${who}\n`, data(message)],
    ...[first === undefined ? '' : `from ${first}\n`, ...others.map((one) => `merge ${one}\n`)],
    ...[...lines, '\nget-mark :1\n'],
  ];
  return git(gitDir, ['fast-import', '--quiet', '--force'], text.join(''));
}

/** Serves upload-pack. `sent` is told of each piece of an answer. */
export function serveGit(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  sent: (bytes: number) => void,
): void {
  const url = new URL(request.url ?? '/', 'http://fake');
  const { headers, method = 'GET' } = request;
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: method,
      REMOTE_ADDR: '127.0.0.1',
      ...(headers['content-type'] ? { CONTENT_TYPE: headers['content-type'] } : {}),
      ...(headers['content-encoding'] ? { HTTP_CONTENT_ENCODING: headers['content-encoding'] } : {}),
      ...(headers['git-protocol'] ? { GIT_PROTOCOL: String(headers['git-protocol']) } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on('data', (piece: Buffer) => {
    let rest = piece;
    if (head) {
      head = Buffer.concat([head, piece]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const lines = head.toString('latin1', 0, end).split('\r\n');
      const fields = lines.map((line) => /^([^:]+): (.*)$/.exec(line)?.slice(1) ?? ['', '']);
      const status = Number(fields.find(([name]) => name === 'Status')?.[1]?.split(' ')[0] ?? 200);
      for (const [name = '', value = ''] of fields) if (name !== 'Status') response.setHeader(name, value);
      response.writeHead(status);
      rest = head.subarray(end + 4);
      head = undefined;
    }
    sent(rest.length);
    response.write(rest);
  });
  child.on('close', () => response.end());
}
