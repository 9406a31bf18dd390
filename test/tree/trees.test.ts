// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { applySeries, fetchTree, listTrees, materialise, openTree, removeTree } from '../../src/tree/index.ts';
import { parseVersion } from '../../src/tree/kernel.ts';
import { isRevision, parseTreeName, transportOf } from '../../src/tree/names.ts';
import { diffOf, git, listing, SMALL_KERNEL, seriesOf, temporary, writeCheckout, writeTree } from './kernels.ts';

afterEach(() => vi.unstubAllEnvs());

describe('a path', () => {
  it('opens by its real, canonical folder', async () => {
    const folder = temporary();
    const root = writeTree(join(folder, 'linux-6.12'));
    symlinkSync(root, join(folder, 'link'));
    const tree = await openTree('./link/mm/..', { cwd: folder });
    expect(tree).toEqual({ label: 'linux-6.12', root: realpathSync(root), version: '6.12.3-test' });
    expect(await openTree(undefined, { cwd: root })).toEqual(tree);
  });

  it('knows a checkout by its own .git, not by one above', async () => {
    const folder = temporary();
    git(folder, 'init', '-q');
    const plain = await openTree(writeTree(join(folder, 'plain')), { cwd: '/' });
    expect(plain.origin).toBeUndefined();
    const checkout = await openTree(writeCheckout(join(folder, 'linux')), { cwd: '/' });
    expect(checkout.origin).toEqual({ kind: 'checkout', gitDir: realpathSync(join(folder, 'linux/.git')) });
  });

  const without = (path: string): Record<string, string> => {
    const { [path]: _, ...rest } = SMALL_KERNEL;
    return rest;
  };
  it.each([
    ['does not exist', undefined, /no kernel tree at \.\/t: no such folder/],
    ['is an empty folder', {}, /no file Makefile in it/],
    ['lacks mm/rmap.c', without('mm/rmap.c'), /no file mm\/rmap\.c in it/],
    ['has another Makefile', { ...SMALL_KERNEL, Makefile: 'all:\n\ttrue\n' }, /its Makefile names no kernel version/],
  ])('that %s is refused in one line', async (_what, files, message) => {
    const folder = temporary();
    if (files) {
      mkdirSync(join(folder, 't'));
      writeTree(join(folder, 't'), files);
    }
    const opening = openTree('./t', { cwd: folder });
    await expect(opening).rejects.toThrow(InputError);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.not.toThrow(/\n/);
  });

  it('that is a file, or a kernel in appearance only, is refused', async () => {
    const folder = temporary();
    writeFileSync(join(folder, 'f'), '');
    await expect(openTree('f', { cwd: folder })).rejects.toThrow(/not a folder/);
    const root = writeTree(join(folder, 't'));
    rmSync(join(root, 'mm/rmap.c'));
    symlinkSync('/etc/passwd', join(root, 'mm/rmap.c'));
    await expect(openTree(root, { cwd: '/' })).rejects.toThrow(InputError);
  });
});

describe('names', () => {
  it.each([
    'debian:',
    'debian:sid',
    'debian:6.12.1',
    'debian:../6',
    'git:',
    'git:-x',
    'git:a..b',
    'git:a b',
    'git:v1@',
    'git:v1@-x',
    'git:v1@ext::sh -c id',
    'git:v1@http://example.org/l.git',
    'git:v1@ssh://example.org/l.git',
    'git:v1@u@example.org:l.git',
    'git:v1@https://u:p@example.org/l.git',
    'git:v1@https://example.org/../x',
    'git:v1@https://example.org/a"b',
    'git:v1@https://-oX/x',
    'git:v1@file://host/x',
    'git:v1@file:///a/../b',
    '',
  ])('refuses %s', (spec) => {
    expect(() => parseTreeName(spec)).toThrow(InputError);
  });

  it('reads the good ones', () => {
    expect(parseTreeName('debian:6.12')).toEqual({ kind: 'debian', version: '6.12' });
    expect(parseTreeName('git:v7.2')).toEqual({ kind: 'git', rev: 'v7.2' });
    const url = 'https://example.org:8443/pub/scm/linux-next.git';
    expect(parseTreeName(`git:mm-stable@${url}`)).toEqual({ kind: 'git', rev: 'mm-stable', url });
    expect(parseTreeName('../linux')).toEqual({ kind: 'path', path: '../linux' });
    expect(['file:///srv/l.git', '/srv/l.git', './l', '../l'].map(transportOf)).toEqual([
      'file',
      'path',
      'path',
      'path',
    ]);
  });

  it('lets nothing through that git would take for an option, a range, a path or configuration', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'-.:@^~/\n"\\{} a1') })), (text) => {
        if (isRevision(text)) expect(text).not.toMatch(/^-|\.\.|[:@{}"\\\s]/);
        if (transportOf(text) === 'https') expect(text).not.toMatch(/["\\\s@]|::/);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads versions of Makefiles', () => {
    expect(parseVersion('# c\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -rc7\n')).toBe('7.3.0-rc7');
    expect(parseVersion('VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = x\n')).toBe('6.12.117');
    expect(parseVersion('VERSION = six\nPATCHLEVEL = 1\n')).toBeUndefined();
  });
});

describe('git', () => {
  const FAR = SMALL_KERNEL['drivers/misc/far.c'] ?? '';

  /** A bare repository that two versions of the small kernel lie in. */
  function bare(folder: string): string {
    const work = writeCheckout(join(folder, 'work'));
    git(work, 'tag', 'v1');
    writeFileSync(join(work, 'mm/vma.c'), 'second\n');
    symlinkSync('../mm', join(work, 'lib'));
    symlinkSync('rmap.c', join(work, 'mm/alias.c'));
    git(work, 'add', '-A');
    git(work, 'commit', '-q', '-m', 'second');
    git(folder, 'clone', '-q', '--bare', 'work', 'linux.git');
    git(join(folder, 'linux.git'), 'config', 'uploadpack.allowFilter', 'true');
    rmSync(work, { recursive: true });
    return join(folder, 'linux.git');
  }

  it.each([
    ['by a partial clone', 'file://'],
    ['from a path', ''],
  ])('%s has the needed part at once and the rest when it is named', async (_what, scheme) => {
    const folder = temporary();
    const repository = bare(folder);
    const before = listing(repository);
    const options = { cwd: folder, cacheRoot: join(folder, 'cache') };
    const tree = await openTree(`git:v1@${scheme}${repository}`, options);
    expect(tree).toMatchObject({
      label: 'git:v1',
      version: '6.12.3-test',
      identity: git(repository, 'rev-parse', 'v1'),
    });
    expect(readFileSync(join(tree.root, 'mm/vma.c'), 'utf8')).toBe(SMALL_KERNEL['mm/vma.c']);
    expect(readdirSync(tree.root)).not.toContain('drivers');
    const blobs = (): number => {
      const objects = join(tree.root, '../objects.git');
      return scheme === ''
        ? 0
        : (git(objects, '--git-dir=.', 'cat-file', '--batch-all-objects', '--batch-check').match(/ blob /g)?.length ??
            0);
    };
    // Nine of the eleven files: the other two are of no interest yet.
    if (scheme !== '') expect(blobs()).toBe(9);
    const result = await applySeries(tree, seriesOf([diffOf('drivers/misc/far.c', FAR, 'short\n')]), options);
    expect(result.failure).toBeUndefined();
    expect(readFileSync(join(tree.root, 'drivers/misc/far.c'), 'utf8')).toBe(FAR);
    expect(await materialise(tree, ['drivers/misc/far.c', 'drivers/misc/none.c'])).toBe(0);
    expect(listing(repository)).toEqual(before);
    expect(readdirSync(join(folder, 'cache/tmp'))).toEqual([]);
  });

  it('keeps no link that leads astray', async () => {
    const folder = temporary();
    const tree = await openTree(`git:main@file://${bare(folder)}`, { cwd: folder, cacheRoot: join(folder, 'cache') });
    expect(readdirSync(join(tree.root, 'mm')).sort()).toEqual(['Kconfig', 'Makefile', 'alias.c', 'rmap.c', 'vma.c']);
    expect(readdirSync(tree.root)).not.toContain('lib');
  });

  it('takes a revision of the current folder where no repository is named', async () => {
    const folder = temporary();
    const root = writeCheckout(join(folder, 'linux'));
    git(root, 'tag', 'mine');
    const tree = await openTree('git:mine~0', { cwd: root, cacheRoot: join(folder, 'cache') });
    expect(tree).toMatchObject({ label: 'git:mine~0', identity: git(root, 'rev-parse', 'mine') });
  });

  it.each([
    ['a revision that is not there', 'git:nope@PATH', /no such revision/],
    ['a revision that the remote does not have', 'git:nope@file://PATH', /could not fetch nope: .*nope/],
    ['a repository that is not there', 'git:v1@file://PATH/none', /could not fetch v1/],
  ])('says so of %s and leaves nothing behind', async (_what, spec, message) => {
    const folder = temporary();
    const repository = bare(folder);
    const options = { cwd: folder, cacheRoot: join(folder, 'cache') };
    const opening = openTree(spec.replace('PATH', repository), options);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow(InputError);
    expect(await listTrees(options)).toEqual([]);
  });

  it('says so of a user’s partial clone that lacks files, and fetches nothing into it', async () => {
    const folder = temporary();
    git(folder, 'clone', '-q', '--no-checkout', '--filter=blob:none', `file://${bare(folder)}`, 'partial');
    const before = listing(join(folder, 'partial'));
    const opening = openTree('git:v1@./partial', { cwd: folder, cacheRoot: join(folder, 'cache') });
    await expect(opening).rejects.toThrow(/lacks object [0-9a-f]{40}: a partial clone/);
    await expect(opening).rejects.toThrow(InputError);
    expect(listing(join(folder, 'partial'))).toEqual(before);
  });

  it('refuses a commit that is no kernel', async () => {
    const folder = temporary();
    writeCheckout(join(folder, 'other'), { 'README.md': 'not a kernel\n' });
    const options = { cwd: folder, cacheRoot: join(folder, 'cache') };
    await expect(openTree('git:main@./other', options)).rejects.toThrow(/git:main is no kernel tree: no file Makefile/);
    expect(await listTrees(options)).toEqual([]);
  });

  it('tells a damaged copy and fetches it again when it is removed or unreadable', async () => {
    const folder = temporary();
    const options = { cwd: folder, cacheRoot: join(folder, 'cache') };
    const spec = `git:v1@file://${bare(folder)}`;
    const { root } = await openTree(spec, options);
    rmSync(join(root, 'mm/rmap.c'));
    await expect(openTree(spec, options)).rejects.toThrow(/copy of git:v1@.* is damaged/);
    writeFileSync(join(root, '../entry.json'), '');
    expect(readFileSync(join((await openTree(spec, options)).root, 'mm/rmap.c'), 'utf8')).toBe(
      SMALL_KERNEL['mm/rmap.c'],
    );
  });

  it('lists what is there with its size, and removes it', async () => {
    const folder = temporary();
    const options = { cwd: folder, cacheRoot: join(folder, 'cache') };
    const spec = `git:v1@file://${bare(folder)}`;
    const fetched = await fetchTree(spec, options);
    expect(fetched).toMatchObject({ name: spec, label: 'git:v1', version: '6.12.3-test' });
    expect(fetched.bytes).toBeGreaterThan(1000);
    expect(await listTrees(options)).toEqual([fetched]);
    await removeTree(spec, options);
    expect(await listTrees(options)).toEqual([]);
    expect(readdirSync(join(options.cacheRoot, 'trees'))).toEqual([]);
    await expect(removeTree(spec, options)).rejects.toThrow(/is not in the cache/);
    await expect(fetchTree('./work', options)).rejects.toThrow(InputError);
    expect(basename(options.cacheRoot)).toBe('cache');
  });
});

describe('machines that lack a program', () => {
  it('without apt: says what to do instead', async () => {
    const folder = temporary();
    vi.stubEnv('PATH', folder);
    const options = { cwd: folder, cacheRoot: join(folder, 'cache') };
    const opening = openTree('debian:6.12', options);
    await expect(opening).rejects.toThrow(
      /this machine has none; give the path of a kernel source, or a name such as git:/,
    );
    await expect(opening).rejects.toThrow(InputError);
    expect([await listTrees(options), readdirSync(join(folder, 'cache/tmp'))]).toEqual([[], []]);
  });

  it('without git: says so', async () => {
    const folder = temporary();
    const tree = await openTree(writeTree(join(folder, 'small')), { cwd: '/' });
    vi.stubEnv('PATH', folder);
    await expect(applySeries(tree, seriesOf([]), { cacheRoot: join(folder, 'cache') })).rejects.toThrow(
      new InputError('git is needed, and this machine has none'),
    );
  });
});
