// SPDX-License-Identifier: GPL-2.0-or-later
// The tree of a series where none is named: from the cache, with the reason.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { fetchTree, fittingTree } from '../../src/tree/index.ts';
import { entryFolder, readEntry } from '../../src/tree/store.ts';
import { diffOf, git, lines, SMALL_KERNEL, seriesOf, temporary, writeCheckout, writeTree } from './kernels.ts';

const makefile = (patchlevel: number, extra = '') =>
  `VERSION = 6\nPATCHLEVEL = ${patchlevel}\nSUBLEVEL = 0\nEXTRAVERSION = ${extra}\n`;
const OLD_LINE = lines(1, 60).replace('line 30\n', 'as it was\n');

/** A cache with 6.9, 6.12-rc2 and 6.12; only 6.9 has the old line. */
async function world() {
  const folder = temporary();
  const cacheRoot = join(folder, 'cache');
  const options = { cwd: folder, cacheRoot };
  const root = writeCheckout(join(folder, 'linux'), { ...SMALL_KERNEL, Makefile: makefile(9), 'mm/rmap.c': OLD_LINE });
  git(root, 'tag', 'v6.9');
  for (const [tag, extra] of [
    ['v6.12-rc2', '-rc2'],
    ['v6.12', ''],
  ] as const) {
    writeTree(root, { Makefile: makefile(12, extra), 'mm/rmap.c': lines(1, 60) });
    git(root, 'commit', '-q', '-a', '-m', tag);
    git(root, 'tag', tag);
  }
  for (const tag of ['v6.12-rc2', 'v6.9', 'v6.12']) await fetchTree(`git:${tag}@${pathToFileURL(root)}`, options);
  return { options, root };
}
const onBoth = diffOf('mm/vma.c', lines(1, 20), lines(1, 20).replace('line 3\n', 'other\n'));
const onOld = diffOf('mm/rmap.c', OLD_LINE, OLD_LINE.replace('as it was\n', 'as it is\n'));

it('is the newest at hand to which the series applies, a release after its candidates', async () => {
  const { options } = await world();
  expect(await fittingTree(seriesOf([onBoth]), options)).toMatchObject({
    tree: { label: 'git:v6.12' },
    why: 'no tree was named: git:v6.12 is the newest at hand that fits, and the series applies to it',
  });
  expect((await fittingTree(seriesOf([onOld]), options)).tree.label).toBe('git:v6.9');
});

it('is the one that the series names by a tag or its base, if it applies there', async () => {
  const { options, root } = await world();
  const stable = await fittingTree(seriesOf([onBoth], { tags: ['6.9.y'] }), options);
  expect([stable.tree.label, stable.why]).toEqual(['git:v6.9', expect.stringContaining('stable line 6.9')]);
  const base = git(root, 'rev-parse', 'v6.12-rc2');
  expect((await fittingTree(seriesOf([onBoth], { base }), options)).tree.label).toBe('git:v6.12-rc2');
  expect((await fittingTree(seriesOf([onOld], { base }), options)).tree.label).toBe('git:v6.9');
});

it('is the current folder where that is a kernel tree', async () => {
  const { options, root } = await world();
  const here = await fittingTree(seriesOf([onOld]), { ...options, cwd: root });
  expect(here).toMatchObject({ tree: { label: 'linux' } });
  expect(here.why).toBeUndefined();
});

it('is the one that MAINTAINERS names for the files, or says that it is not at hand', async () => {
  const { options, root } = await world();
  const MAINTAINERS = 'RMAP\nT: git https://git.example.org/linux/rmap topic\nF: mm/vma.c\n';
  writeTree(root, { Makefile: makefile(13), MAINTAINERS });
  git(root, 'add', '-A');
  git(root, 'commit', '-q', '-m', 'v6.13');
  git(root, 'tag', 'v6.13');
  await fetchTree(`git:v6.13@${pathToFileURL(root)}`, options);
  const shown = await fittingTree(seriesOf([onBoth]), options);
  expect(shown.tree.label).toBe('git:v6.13');
  expect(shown.why).toMatch(
    /applies to it; MAINTAINERS names https:\/\/git\.example\.org\/linux\/rmap topic for RMAP, which is not at hand$/,
  );
  // The same tree fetched from there: its card says so.
  const [key = ''] = readdirSync(join(options.cacheRoot, 'trees')).filter(
    (name) => readEntry(entryFolder(options.cacheRoot, name))?.label === 'git:v6.9',
  );
  const card = join(options.cacheRoot, 'trees', key, 'entry.json');
  const renamed = 'git:topic@https://git.example.org/linux/rmap.git';
  writeFileSync(card, JSON.stringify({ ...JSON.parse(readFileSync(card, 'utf8')), name: renamed, label: 'git:topic' }));
  const topic = createHash('sha256').update('topic@https://git.example.org/linux/rmap.git').digest('hex').slice(0, 16);
  renameSync(join(options.cacheRoot, 'trees', key), join(options.cacheRoot, 'trees', `git-${topic}`));
  const found = await fittingTree(seriesOf([onBoth]), options);
  expect([found.tree.label, found.why]).toEqual([
    'git:topic',
    expect.stringContaining('is what MAINTAINERS names for RMAP'),
  ]);
  expect((await fittingTree(seriesOf([onBoth], { tags: ['topic'] }), options)).why).toContain('named by the subject');
});
