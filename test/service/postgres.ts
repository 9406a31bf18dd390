// SPDX-License-Identifier: GPL-2.0-or-later
// A PostgreSQL of Debian's on loopback, with a folder and a user of its own.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, haveWorking } from '../sources/archive.ts';

export interface TestPostgres {
  url: string;
  /** Ends it as a power cut does. */
  crash(): void;
  start(): void;
  close(): void;
}

const NOBODY = 65_534;

function binaries(): string {
  const [newest] = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
  return `/usr/lib/postgresql/${newest}/bin`;
}

/** Whether PostgreSQL is there or can be installed. */
export const havePostgres = () => haveWorking('PostgreSQL', 'ls /usr/lib/postgresql/*/bin/initdb', ['postgresql']);

export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'rmapbot-postgres-'));
  const root = process.getuid?.() === 0;
  if (root) chownSync(folder, NOBODY, NOBODY);
  const run = (command: string, ...args: string[]) =>
    execFileSync(join(binaries(), command), args, {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
      ...(root ? { uid: NOBODY, gid: NOBODY } : {}),
    });
  const data = join(folder, 'data');
  run('initdb', '-D', data, '-U', 'rmapbot', '--auth=trust', '-E', 'UTF8', '-N');
  const port = await freePort();
  const options = `-p ${port} -k ${folder} -h 127.0.0.1 -c max_connections=50 -c fsync=on`;
  const start = () => run('pg_ctl', '-D', data, '-w', '-l', join(folder, 'log'), '-o', options, 'start');
  start();
  const stop = (mode: string) => run('pg_ctl', '-D', data, '-w', '-m', mode, 'stop');
  return {
    url: `postgres://rmapbot@127.0.0.1:${port}/postgres`,
    crash: () => stop('immediate'),
    start,
    close() {
      stop('immediate');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
