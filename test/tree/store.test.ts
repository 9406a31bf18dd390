// SPDX-License-Identifier: GPL-2.0-or-later
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DiskFullError, withDiskFull } from '../../src/tree/errors.ts';
import { dropEntry, entryFolder, makeEntry, readEntry, withTemporary } from '../../src/tree/store.ts';
import { temporary } from './kernels.ts';

const CARD = {
  schema: 1,
  name: 'debian:6.12',
  label: 'l',
  version: '6.12.0',
  identity: 'i',
  source: { kind: 'archive' },
};

function fill(folder: string, content = 'whole'): void {
  writeFileSync(join(folder, 'content'), content);
  writeFileSync(join(folder, 'entry.json'), JSON.stringify(CARD));
}

const there = (cache: string): boolean => readEntry(entryFolder(cache, 'k')) !== undefined;
const say = (): void => {};

/** The pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

it('shows an entry whole or not at all', async () => {
  const cache = join(temporary(), 'cache');
  const make = async (folder: string): Promise<void> => {
    expect(folder.startsWith(join(cache, 'tmp'))).toBe(true);
    fill(folder);
    expect(there(cache)).toBe(false);
    throw new Error('interrupted');
  };
  await expect(makeEntry(cache, 'k', { make, again: () => there(cache), say })).rejects.toThrow('interrupted');
  expect([there(cache), readdirSync(join(cache, 'tmp'))]).toEqual([false, []]);
  await makeEntry(cache, 'k', { make: async (folder) => fill(folder), again: () => there(cache), say });
  expect(readEntry(entryFolder(cache, 'k'))).toEqual(CARD);
  await makeEntry(cache, 'k', { make: async (folder) => fill(folder, 'newer'), again: () => false, say });
  expect(readFileSync(join(entryFolder(cache, 'k'), 'content'), 'utf8')).toBe('newer');
  expect([await dropEntry(cache, 'k'), await dropEntry(cache, 'k'), there(cache)]).toEqual([true, false, false]);
  expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
});

it('makes an entry once where several want it', async () => {
  const cache = join(temporary(), 'cache');
  let made = 0;
  const said: string[] = [];
  const make = async (folder: string): Promise<void> => {
    made++;
    await new Promise((resolve) => setTimeout(resolve, 100));
    fill(folder);
  };
  const one = (): Promise<void> =>
    makeEntry(cache, 'k', { make, again: () => there(cache), say: (line) => said.push(line) });
  await Promise.all([one(), one(), one()]);
  expect(made).toBe(1);
  expect(said).toContain('waiting for another process that fetches the same tree');
});

it('takes over the lock and sweeps the folders of the dead, not those of the living', async () => {
  const cache = join(temporary(), 'cache');
  const dead = await deadPid();
  const living = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  try {
    mkdirSync(join(cache, 'tmp', `${dead}-abc`), { recursive: true });
    mkdirSync(join(cache, 'tmp', `${living.pid}-abc`));
    writeFileSync(join(cache, 'tmp', `${dead}-abc`, 'half'), 'made');
    writeFileSync(join(cache, 'tmp', 'k.lock'), `${dead}\n`);
    await makeEntry(cache, 'k', { make: async (folder) => fill(folder), again: () => there(cache), say });
    expect(there(cache)).toBe(true);
    expect(readdirSync(join(cache, 'tmp'))).toEqual([`${living.pid}-abc`]);
  } finally {
    living.kill();
  }
});

it('waits for a lock whose holder lives', async () => {
  const cache = join(temporary(), 'cache');
  const living = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  mkdirSync(join(cache, 'tmp'), { recursive: true });
  writeFileSync(join(cache, 'tmp', 'k.lock'), `${living.pid}\n`);
  let made = false;
  const make = async (folder: string): Promise<void> => {
    made = true;
    fill(folder);
  };
  let said = (): void => {};
  const waiting = new Promise<void>((resolve) => {
    said = resolve;
  });
  const making = makeEntry(cache, 'k', { make, again: () => there(cache), say: () => said() });
  await waiting;
  expect(made).toBe(false);
  living.kill();
  await once(living, 'exit');
  await making;
  expect(there(cache)).toBe(true);
});

it('a process that has the id of a dead one, and one of another host, are told apart from the holder', async () => {
  const cache = join(temporary(), 'cache');
  mkdirSync(join(cache, 'tmp'), { recursive: true });
  const file = join(cache, 'tmp', 'k.lock');
  const make = async (folder: string) => fill(folder);
  const makes = async () => {
    await makeEntry(cache, 'k', { make, again: () => false, say });
    return there(cache);
  };
  // Left by a process that had our id: the first of a container always has the same.
  writeFileSync(file, `${process.pid}\n`);
  expect(await makes()).toBe(true);
  // Another host's holder is alive as long as it touches the lock, whatever its id is here.
  writeFileSync(file, `${await deadPid()} 00000000\n`);
  mkdirSync(join(cache, 'tmp', `${await deadPid()}-00000000-x`));
  let waited = false;
  const making = makeEntry(cache, 'k', { make, again: () => false, say: () => (waited = true) });
  await expect.poll(() => waited).toBe(true);
  const past = new Date(Date.now() - 200_000);
  utimesSync(file, past, past);
  await making;
  expect(readdirSync(join(cache, 'tmp'))).toEqual([expect.stringMatching(/-00000000-x$/)]);
});

it('leaves nothing of a process that was killed in the middle', async () => {
  const cache = join(temporary(), 'cache');
  const store = new URL('../../src/tree/store.ts', import.meta.url).href;
  const script = `import { makeEntry } from '${store}'; import { writeFileSync } from 'node:fs';
    await makeEntry(${JSON.stringify(cache)}, 'k', { again: () => false, say() {}, async make(folder) {
      writeFileSync(folder + '/entry.json', '{}'); console.log('half'); await new Promise(() => setInterval(() => {}, 1000)); } });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  expect(readdirSync(join(cache, 'tmp'))).toHaveLength(2);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(entryFolder(cache, 'k'))).toBe(false);
  await makeEntry(cache, 'k', { make: async (folder) => fill(folder), again: () => there(cache), say });
  expect([there(cache), readdirSync(join(cache, 'tmp'))]).toEqual([true, []]);
});

it('tells a full disk in one line, in Node’s form and in the words of programs', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const work = withTemporary(join(temporary(), 'cache'), () => Promise.reject(full));
  await expect(work).rejects.toThrow(DiskFullError);
  await expect(work).rejects.toMatchObject({
    code: 'ENOSPC',
    message: 'no space left on the disk that holds the cache',
  });
  expect(withDiskFull(new Error('fatal: write error: No space left on device'))).toBeInstanceOf(DiskFullError);
  const other = new Error('something else');
  expect(withDiskFull(other)).toBe(other);
});

it('ignores an entry that another version of us wrote', () => {
  const folder = temporary();
  writeFileSync(join(folder, 'entry.json'), JSON.stringify({ ...CARD, schema: 2 }));
  expect(readEntry(folder)).toBeUndefined();
  writeFileSync(join(folder, 'entry.json'), '{"schema": 1');
  expect(readEntry(folder)).toBeUndefined();
});
