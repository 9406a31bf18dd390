// SPDX-License-Identifier: GPL-2.0-or-later
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { readError } from '../../src/sources/bytes.ts';
import { openSource } from '../../src/sources/index.ts';
import { MAX_GZIP_RATIO } from '../../src/sources/limits.ts';
import { gather } from './helpers.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sources-'));
});
afterAll(() => rm(folder, { recursive: true }));

const mail = (n: number) =>
  `From: A <a@example.org>\nSubject: mail ${n}\nMessage-ID: <${n}@example.org>\n\nbody ${n}\n`;
const mbox = (count: number) =>
  Array.from({ length: count }, (_, n) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${mail(n)}\n`).join('');

async function subjects(input: string): Promise<string[]> {
  return (await gather(openSource(input))).map(({ subject }) => subject);
}

async function file(name: string, content: Buffer | string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

describe('openSource', () => {
  it('reads an mbox, gzipped or not by its content, in one or several gzip members', async () => {
    const expected = ['mail 0', 'mail 1', 'mail 2'];
    expect(await subjects(await file('plain', mbox(3)))).toEqual(expected);
    expect(await subjects(await file('packed', gzipSync(mbox(3))))).toEqual(expected);
    const half = mbox(3).length / 2;
    const members = [gzipSync(mbox(3).slice(0, half)), gzipSync(mbox(3).slice(half))];
    expect(await subjects(await file('members.gz', Buffer.concat(members)))).toEqual(expected);
  });

  it('reads a single message', async () => {
    expect(await subjects(await file('one.eml', mail(7)))).toEqual(['mail 7']);
  });

  it('reads a Maildir in the order of its names, passing over what is no mail file', async () => {
    const maildir = join(folder, 'Maildir');
    for (const sub of ['cur', 'new', 'tmp']) await mkdir(join(maildir, sub), { recursive: true });
    await writeFile(join(maildir, 'cur', '1001.x:2,S'), mail(1));
    await writeFile(join(maildir, 'new', '1000.x'), mail(0));
    await writeFile(join(maildir, 'new', '1002.x'), mail(2).replace(/\n/g, '\r\n'));
    await writeFile(join(maildir, 'tmp', '1003.x'), mail(3));
    await writeFile(join(maildir, 'new', '.hidden'), 'x');
    await symlink('/etc/passwd', join(maildir, 'new', '1004.x'));
    expect(await subjects(maildir)).toEqual(['mail 0', 'mail 1', 'mail 2']);
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    ['a file that is not there', async () => join(folder, 'nowhere'), /no such file$/],
    ['a folder that is no Maildir', async () => folder, /is a directory, but not a Maildir/],
    ['an empty file', () => file('empty', ''), /is empty$/],
    ['an empty gzip file', () => file('empty.gz', gzipSync('')), /is empty$/],
    ['nothing but empty lines', () => file('blank', '\n\n\n'), /holds no mail$/],
    [
      'binary garbage',
      () => file('bin', Buffer.from(Array.from({ length: 9999 }, (_, i) => (i * 7919) % 251))),
      /neither an mbox nor a mail$/,
    ],
    ['an endless line', () => file('line', 'x'.repeat(3_000_000)), /neither an mbox nor a mail$/],
    ['a bare diff', () => file('x.diff', 'diff --git a/x b/x\n--- a/x\n'), /bare diff.*git format-patch$/],
    ['a gzip file cut off', () => file('cut.gz', gzipSync(mbox(900)).subarray(0, 500)), /damaged or cut off gzip/],
    [
      'a damaged gzip file',
      () => file('bad.gz', Buffer.concat([gzipSync(mbox(9)).subarray(0, 60), Buffer.alloc(99, 7)])),
      /damaged or cut off gzip/,
    ],
    [
      'a gzip bomb',
      () => file('bomb.gz', gzipSync(Buffer.concat([Buffer.from(mail(1)), Buffer.alloc(80 << 20, 'x')]))),
      new RegExp(`more than ${MAX_GZIP_RATIO} times`),
    ],
    ['a device', async () => '/dev/null', /neither a file nor a Maildir$/],
    ['a name with control characters', async () => `${folder}/a\u001b[31m\nb`, /a \[31m b: no such file$/],
  ])('refuses %s in one line', async (_, prepare, words) => {
    const input = await prepare();
    const error = await gather(openSource(input)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(words);
    expect((error as Error).message).not.toContain('\n');
  });

  it('says so of a file that it may not read', () => {
    const error = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    expect(readError(error, 'x')).toEqual(new InputError('x: not allowed to read it'));
  });

  it('reads 20 MB, plain and packed, in bounded memory', async () => {
    // Lines that differ, so that the packed file is no bomb; in a process of its own, whose peak the kernel tells.
    const line = (n: number) => `+\tpage_vma_mapped_walk(${(n * 2654435761) % 4294967296});\n`;
    const big = Array.from(
      { length: 2700 },
      (_, n) =>
        `From mboxrd@z Thu Jan  1 00:00:00 1970\n${mail(n)}${Array.from({ length: 200 }, (_, k) => line(n * 200 + k)).join('')}\n`,
    ).join('');
    expect(big.length).toBeGreaterThan(19_000_000);
    const script = `
      import { readFileSync } from 'node:fs';
      // Of this program alone: getrusage's figure begins with that of the process that started it.
      const peak = () => Number(/^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
      import { openSource } from ${JSON.stringify(new URL('../../src/sources/index.ts', import.meta.url).href)};
      let count = 0;
      const before = peak();
      for await (const message of openSource('-')) count += message.body.length > 0 ? 1 : 0;
      console.log(JSON.stringify({ count, grown: peak() - before }));`;
    for (const bytes of [Buffer.from(big), gzipSync(big)]) {
      const child = spawn(
        process.execPath,
        ['--max-semi-space-size=4', '--input-type=module-typescript', '-e', script],
        {
          stdio: ['pipe', 'pipe', 'inherit'],
        },
      );
      child.stdin.end(bytes);
      const output = await gather(child.stdout);
      if (child.exitCode === null) await once(child, 'close');
      const { count, grown } = JSON.parse(Buffer.concat(output).toString());
      expect(count).toBe(2700);
      expect(grown).toBeLessThan(60_000); // kilobytes
    }
  });
});
