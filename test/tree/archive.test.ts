// SPDX-License-Identifier: GPL-2.0-or-later
import { existsSync, lstatSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { readMembers, unpackArchive } from '../../src/tree/archive.ts';
import { FileList } from '../../src/tree/list.ts';
import { type TarMember, TarReader } from '../../src/tree/tar.ts';
import { readXzIndex, unpackAll, unpackRange } from '../../src/tree/xz.ts';
import { type Member, tarOf, xzOf } from './archives.ts';
import { listing, temporary } from './kernels.ts';

afterEach(() => vi.unstubAllEnvs());

async function gather(stream: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** Reads a tar in pieces cut where `cuts` say. */
function read(tar: Buffer, cuts: number[] = []): { member: TarMember; body: Buffer }[] {
  const found: { member: TarMember; body: Buffer }[] = [];
  const reader = new TarReader((member) => {
    const pieces: Buffer[] = [];
    return {
      data: (chunk) => pieces.push(Buffer.from(chunk)),
      end: () => found.push({ member, body: Buffer.concat(pieces) }),
    };
  });
  const places = [0, ...cuts.map((cut) => cut % (tar.length + 1)).sort((a, b) => a - b), tar.length];
  for (const [i, place] of places.entries()) reader.push(tar.subarray(places[i - 1] ?? 0, place));
  reader.end();
  return found;
}

describe('tar', () => {
  const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z.]{1,8}){0,3}$/);
  const member = fc.record({ path: name, body: fc.uint8Array({ maxLength: 1500 }) });

  it('gives members and their places, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 8 }), fc.array(fc.nat(20_000)), (members, cuts) => {
        const made = members.map(({ path, body }) => ({ path, body: Buffer.from(body) }));
        const tar = tarOf(made);
        const found = read(tar, cuts);
        expect(found.map(({ member: { path }, body }) => ({ path, body }))).toEqual(made);
        for (const { member: at, body } of found) expect(tar.subarray(at.offset, at.offset + at.size)).toEqual(body);
      }),
    );
  });

  it('never fails otherwise than by InputError, whatever it reads', () => {
    const base = tarOf([{ path: 'a/x', body: 'y' }, { path: 'p', kind: 'x', body: '12 path=a/b\n' }, { path: 'a/z' }]);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 6 }), (edits) => {
        const tar = Buffer.from(base);
        for (const [at, byte] of edits) tar[at] = byte;
        try {
          read(tar);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });

  it('reads long names, GNU’s and pax’s', () => {
    const long = `a/${'x'.repeat(150)}`;
    const record = (key: string, value: string): string => {
      const bare = ` ${key}=${value}\n`;
      return `${bare.length + 3}${bare}`;
    };
    const found = read(
      tarOf([
        { path: '././@LongLink', kind: 'L', body: `${long}\0` },
        { path: 'cut', body: '1' },
        { path: 'pax', kind: 'x', body: record('path', `${long}2`) },
        { path: 'cut', kind: '2', target: 'there' },
        { path: 'plain', mode: 0o755 },
      ]),
    );
    expect(found.map(({ member: { path, type, target, executable } }) => [path, type, target, executable])).toEqual([
      [long, 'file', '', false],
      [`${long}2`, 'symlink', 'there', false],
      ['plain', 'file', '', true],
    ]);
  });

  it.each([
    ['no tar at all', Buffer.alloc(600, 7), /not a tar archive/],
    ['cut in a body', tarOf([{ path: 'a/x', body: 'y'.repeat(2000) }]).subarray(0, 1024), /cut off/],
    ['without an end', tarOf([{ path: 'a/x' }], false), /cut off/],
    ['with an oversized header', tarOf([{ path: 'a', kind: 'L', body: 'x'.repeat(100_000) }]), /oversized/],
    ['with a pax record that lies', tarOf([{ path: 'a', kind: 'x', body: '99 path=b\n' }]), /damaged/],
  ])('refuses an archive %s', (_what, tar, message) => {
    expect(() => read(tar)).toThrow(message);
    expect(() => read(tar)).toThrow(InputError);
  });
});

describe.each([['the xz program'], ['the package']])('xz, unpacked by %s', (how) => {
  const useIt = (): void => {
    if (how === 'the package') vi.stubEnv('PATH', '/nonexistent');
  };
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 5));

  it('gives the whole and any stretch of it', async () => {
    useIt();
    const file = join(temporary(), 'a.xz');
    writeFileSync(file, xzOf(content, 70_000));
    const index = await readXzIndex(file);
    expect(index).toMatchObject({ bytes: content.length, blocks: { length: 5 } });
    expect(Buffer.concat(await gather(unpackAll(file, index)))).toEqual(content);
    for (const [from, to] of [
      [0, 1],
      [69_999, 70_001],
      [75_000, 220_000],
      [299_999, 300_000],
      [0, 300_000],
    ] as const) {
      expect(await unpackRange(file, index, from, to)).toEqual(content.subarray(from, to));
    }
  });

  it('stops where more comes than the index says', async () => {
    useIt();
    const file = join(temporary(), 'a.xz');
    writeFileSync(
      file,
      xzOf(content, 300_000, (bytes) => bytes - 200_000),
    );
    const index = await readXzIndex(file);
    await expect(gather(unpackAll(file, index))).rejects.toThrow(/more than its index says/);
  });

  it('fails where a block is damaged', async () => {
    useIt();
    const file = join(temporary(), 'a.xz');
    const bytes = xzOf(content, 70_000);
    bytes.fill(0xff, 2000, 2100);
    bytes.fill(0xff, 65_567, 65_569);
    writeFileSync(file, bytes);
    await expect(gather(unpackAll(file, await readXzIndex(file)))).rejects.toThrow();
  });
});

describe('xz index', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(100)],
    ['a cut archive', xzOf(Buffer.alloc(100), 100).subarray(0, -4)],
    ['an archive that claims 200 times its size', xzOf(Buffer.alloc(10_000), 10_000, (bytes) => bytes * 200)],
    ['an archive that claims 5 GiB', xzOf(Buffer.alloc(100), 100, () => 5 * 2 ** 30)],
    ['two archives in one', Buffer.concat([xzOf(Buffer.alloc(100), 100), xzOf(Buffer.alloc(100), 100)])],
  ])('is refused in %s', async (_what, bytes) => {
    const file = join(temporary(), 'a.xz');
    writeFileSync(file, bytes);
    await expect(readXzIndex(file)).rejects.toThrow(InputError);
  });
});

describe('a kernel’s archive', () => {
  const HONEST: Member[] = [
    { path: 'k/', kind: '5' },
    { path: 'k/drivers/far.c', body: 'far' },
    { path: 'k/drivers/farther.c', body: 'farther' },
    { path: 'k/include/b.h', kind: '2', target: '../mm/rmap.c' },
    { path: 'k/mm/rmap.c', body: 'rmap' },
    { path: 'k/scripts/run.sh', body: 'run', mode: 0o755 },
  ];

  async function unpack(members: Member[]): Promise<string> {
    const folder = temporary();
    writeFileSync(join(folder, 'a.xz'), xzOf(tarOf(members), 1024));
    await unpackArchive(join(folder, 'a.xz'), join(folder, 'source'), folder, () => {});
    return folder;
  }

  it('is unpacked as far as needed and listed whole', async () => {
    const folder = await unpack(HONEST);
    const files = [...listing(join(folder, 'source')).keys()].sort();
    expect(files).toEqual(['.', 'include', 'include/b.h', 'mm', 'mm/rmap.c', 'scripts', 'scripts/run.sh']);
    expect(readFileSync(join(folder, 'source/include/b.h'), 'utf8')).toBe('rmap');
    expect(lstatSync(join(folder, 'source/scripts/run.sh')).mode & 0o777).toBe(0o755);
    const list = FileList.read(folder);
    const [far, farther] = [list.find('drivers/far.c'), list.find('drivers/farther.c')];
    expect([far?.kind, list.find('include/b.h')?.kind, list.find('scripts/run.sh')?.kind]).toEqual(['f', 'l', 'x']);
    expect([list.find('drivers'), list.find('far.c'), list.hasFolder('drivers'), list.hasFolder('driver')]).toEqual([
      undefined,
      undefined,
      true,
      false,
    ]);
    const found = new Map<string, string>();
    const wanted = [farther, far].filter((file) => file !== undefined);
    await readMembers(join(folder, 'a.xz'), wanted, ({ path }, body) => found.set(path, body.toString()));
    expect(Object.fromEntries(found)).toEqual({ 'drivers/far.c': 'far', 'drivers/farther.c': 'farther' });
  });

  it.each([
    ['climbs out', [{ path: 'k/../../planted', body: 'x' }]],
    ['climbs out below', [{ path: 'k/mm/../../../planted', body: 'x' }]],
    ['has a .git', [{ path: 'k/.git/config', body: 'x' }]],
    [
      'has a file that is a folder too',
      [
        { path: 'k/mm/x', body: 'x' },
        { path: 'k/mm/x/y', body: 'x' },
      ],
    ],
    ['has a link below a file', [{ path: 'k/mm/rmap.c/l', kind: '2', target: 'x' }]],
    ['has a control character', [{ path: 'k/mm/a\tb', body: 'x' }]],
  ])('that %s is refused', async (_what, members) => {
    await expect(unpack([...HONEST, ...members])).rejects.toThrow(InputError);
  });

  it('keeps no link that leaves the tree, and writes through none', async () => {
    const folder = await unpack([
      { path: 'k/mm', kind: '2', target: '/tmp' },
      { path: 'k/lib/passwd', kind: '2', target: '/etc/passwd' },
      { path: 'k/lib/up', kind: '2', target: '../../..' },
      // Each looks harmless; together they climb out.
      { path: 'k/lib/deep/er/one', kind: '2', target: '..' },
      { path: 'k/lib/two', kind: '2', target: 'deep/er/one/../..' },
      { path: 'k/lib/three', kind: '2', target: 'two/../..' },
      { path: 'k/lib/loop', kind: '2', target: 'loop' },
      { path: 'k/lib/nowhere', kind: '2', target: 'nothing' },
      { path: 'k/lib/good', kind: '2', target: 'deep' },
      { path: 'k/lib/deep/er/x', body: 'x' },
      { path: 'k/lib/hard', kind: '1', target: '/etc/passwd' },
      { path: 'k/lib/fifo', kind: '6' },
      ...HONEST,
    ]);
    const root = join(folder, 'source');
    const links = [...listing(root).keys()].filter((path) => lstatSync(join(root, path)).isSymbolicLink());
    expect(links.sort()).toEqual(['include/b.h', 'lib/deep/er/one', 'lib/good']);
    expect(readlinkSync(join(root, 'lib/good'))).toBe('deep');
    expect(lstatSync(join(root, 'mm')).isDirectory()).toBe(true);
    expect([existsSync(join(root, 'lib/hard')), existsSync(join(root, 'lib/fifo'))]).toEqual([false, false]);
  });
});
