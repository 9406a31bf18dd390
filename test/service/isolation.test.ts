// SPDX-License-Identifier: GPL-2.0-or-later
// A job's process in its box: what it cannot reach, and how each limit ends it. The commands play an escaped review.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isolationOf } from '../../src/service/isolation/box.ts';
import { type Confined, confined } from '../../src/service/isolation/confine.ts';
import { haveWorking } from '../sources/archive.ts';

const home = mkdtempSync(join(tmpdir(), 'rmapbot-isolation-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const temporary = join(home, 'scratch');
const secret = join(home, 'secret');
writeFileSync(secret, 'hunter2');
const shared = join(home, 'cache');
mkdirSync(shared);

const sh = (script: string, more: Partial<Confined> = {}) =>
  confined({
    command: '/bin/sh',
    args: ['-c', script],
    input: '',
    env: { PATH: '/usr/bin:/bin' },
    isolation: 'none',
    temporary,
    places: { writable: [shared], readable: [] },
    limits: { memory: 512 * 1024 ** 2, cpu: 60_000, wall: 60_000 },
    signal: new AbortController().signal,
    ...more,
  });
const after = () => readdirSync(temporary);

describe.skipIf(!haveWorking('bubblewrap', 'bwrap --unshare-all --ro-bind / / true', ['bubblewrap']))('the box', () => {
  const boxed = (script: string, more: Partial<Confined> = {}) => sh(script, { isolation: 'bubblewrap', ...more });

  it('works where it is asked for', () => {
    expect(isolationOf('auto').isolation).toBe('bubblewrap');
    expect(isolationOf('none').isolation).toBe('none');
  });

  it('runs a command, hands on input, output and exit code, and removes the scratch folder', async () => {
    const done = await boxed('cat; pwd; echo x > file; ls; echo said >&2; exit 3', { input: 'in\n' });
    expect(done.code).toBe(3);
    expect(done.stdout).toMatch(/^in\n.*job-\w+\nfile\n$/);
    expect(done.stderr).toBe('said\n');
    expect(after()).toEqual([]);
  });

  it('shows neither files, processes, the environment nor the network of the machine', async () => {
    process.env.RMAPBOT_TEST_SECRET = 'hunter2';
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const connect = `require('net').connect(${port},'127.0.0.1').on('connect',()=>console.log('REACHED')).on('error',e=>console.log(e.code))`;
    const { stdout } = await boxed(
      `cat ${secret} 2>&1 | tail -c 30; echo; ls ${home}; env; ls /proc | grep -c '^[0-9]'; ls /etc /root /home 2>&1; "${process.execPath}" -e "${connect}"; touch /usr/x 2>&1`,
      { places: { writable: [shared], readable: [join(process.execPath, '..')] } },
    );
    server.close();
    delete process.env.RMAPBOT_TEST_SECRET;
    expect(stdout).not.toMatch(/hunter2|REACHED|passwd/);
    expect(stdout).toMatch(/No such file/);
    expect(stdout).toMatch(/ECONNREFUSED|ENETUNREACH/);
    expect(stdout).toMatch(/Read-only file system/);
    expect(Number(/^\d+$/m.exec(stdout)?.[0])).toBeLessThan(9);
  });

  it('ends what hides below it', async () => {
    const done = await boxed('(setsid sleep 600 &) ; (sleep 600 &) ; echo fine');
    expect(done).toMatchObject({ code: 0, stdout: 'fine\n' });
    expect(await remaining('sleep 600')).toBe(0);
  });

  it('ends a box whose limit is hit, with all in it', async () => {
    const done = await boxed('(setsid sleep 601 &) ; sleep 601', { limits: { memory: 1e9, cpu: 1e6, wall: 700 } });
    expect(done).toMatchObject({ code: undefined, limit: 'it took more than 1 s' });
    expect(await remaining('sleep 601')).toBe(0);
  });
});

describe('limits', () => {
  it('end a process that computes for ever', async () => {
    const limits = { memory: 1e9, cpu: 1_000, wall: 60_000 };
    const done = await sh('while :; do :; done', { limits });
    // Either the kernel's own limit or ours comes first.
    expect(done.limit ?? `${done.code}`).toMatch(/processor time|undefined|137|152/);
    expect((await sh('echo next')).stdout).toBe('next\n');
  });

  it('end a process that takes memory', async () => {
    const eat = `"${process.execPath}" -e 'const all=[];setInterval(()=>all.push(Buffer.alloc(3e7,1)),10)'`;
    const done = await sh(eat, { limits: { memory: 400 * 1024 ** 2, cpu: 60_000, wall: 60_000 } });
    expect(done).toMatchObject({ code: undefined, limit: 'it took more than 400 MiB of memory' });
    expect((await sh('echo next')).stdout).toBe('next\n');
  });

  it('end a process that never stops writing', async () => {
    expect((await sh('cat /dev/zero')).limit).toMatch(/wrote more than 128 MiB/);
    expect(after()).toEqual([]);
  });

  it('end a process when its job is cancelled, with what it started', async () => {
    const control = new AbortController();
    setTimeout(() => control.abort(), 300);
    const done = await sh('(sleep 602 &) ; sleep 602', { signal: control.signal });
    expect(done).toMatchObject({ code: undefined });
    expect(done.limit).toBeUndefined();
    expect(await remaining('sleep 602')).toBe(0);
  });
});

async function remaining(command: string): Promise<number> {
  const count = () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid) === command).length;
  // The kernel ends a namespace a moment after its first process.
  for (let tries = 0; tries < 40 && count() > 0; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  return count();
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ');
  } catch {
    return ''; // gone meanwhile
  }
}
