// SPDX-License-Identifier: GPL-2.0-or-later
// Debian's real trees, fetched by apt into the user's cache the first time. 6.1 and 6.12 must be had; a release
// candidate may have left the distribution, which is said loudly and counted as no more than that.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMembers } from '../../src/tree/archive.ts';
import { applySeries, listTrees, materialise, openTree, TreeGoneError } from '../../src/tree/index.ts';
import { FileList } from '../../src/tree/list.ts';
import { isSelected } from '../../src/tree/selection.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import { diffOf, seriesOf } from './kernels.ts';

const options = { cwd: '/' };
const folderOf = (tree: SourceTree): string => (tree.origin?.kind === 'entry' ? tree.origin.folder : '');

describe('debian:6.12', () => {
  let tree: SourceTree;
  beforeAll(async () => {
    tree = await openTree('debian:6.12', options);
  });

  it('is a kernel of that version, known by its package and its archive', async () => {
    expect(tree.label).toMatch(/^debian:6\.12 \(6\.12\.\d+-\d\S*\)$/);
    expect(tree.version).toMatch(/^6\.12\.\d+$/);
    expect(tree.identity).toMatch(/^[0-9a-f]{64}$/);
    const listed = (await listTrees()).find(({ name }) => name === 'debian:6.12');
    expect(listed).toMatchObject({ label: tree.label, version: tree.version });
    expect(listed?.bytes).toBeGreaterThan(200e6);
  });

  it('has what mm compiles from and every Kconfig, but not the drivers', () => {
    for (const path of [
      'mm/rmap.c',
      'mm/vma.c',
      'kernel/fork.c',
      'lib/maple_tree.c',
      'include/linux/mm.h',
      'arch/x86/Kconfig',
    ]) {
      expect(lstatSync(join(tree.root, path)).isFile()).toBe(true);
    }
    expect(existsSync(join(tree.root, 'drivers/Kconfig'))).toBe(true);
    expect(existsSync(join(tree.root, 'drivers/net/ethernet/3com/3c59x.c'))).toBe(false);
    const links = execFileSync('find', [tree.root, '-type', 'l']).toString().trim().split('\n').filter(Boolean);
    for (const link of links) expect(existsSync(link)).toBe(true);
  });

  it('holds the same bytes as the archive at the places that the list names', async () => {
    const list = FileList.read(folderOf(tree));
    const wanted = ['mm/rmap.c', 'Makefile', 'include/linux/rmap.h', 'virt/kvm/kvm_main.c'].flatMap(
      (path) => list.find(path) ?? [],
    );
    expect(wanted).toHaveLength(4);
    await readMembers(join(folderOf(tree), 'archive.tar.xz'), wanted, ({ path }, content) => {
      expect(content.equals(readFileSync(join(tree.root, path)))).toBe(true);
    });
  });

  it('takes a patch to any path of the tree', async () => {
    const path = 'Documentation/mm/physical_memory.rst';
    expect(isSelected(path)).toBe(false);
    await materialise(tree, [path]);
    const before = readFileSync(join(tree.root, path), 'utf8');
    const after = before.replace('\n', '\nA line.\n');
    const result = await applySeries(tree, seriesOf([diffOf(path, before, after)]));
    expect(result.failure).toBeUndefined();
    expect(result.base).toBe(tree.label);
    expect(result.commits[0]?.overlay.get(path)?.toString()).toBe(after);
  });

  it('applies a series to the real mm/rmap.c, at an offset too', async () => {
    const before = readFileSync(join(tree.root, 'mm/rmap.c'), 'utf8');
    const after = before.replace(
      '\nvoid __init anon_vma_init(void)\n',
      '\n/* Here. */\nvoid __init anon_vma_init(void)\n',
    );
    expect(after).not.toBe(before);
    const moved = diffOf('mm/rmap.c', `first\n\n\n${before}`, `first\n\n\n${after}`);
    const result = await applySeries(tree, seriesOf([moved]));
    expect(result.failure).toBeUndefined();
    expect(result.commits[0]?.overlay.get('mm/rmap.c')?.toString()).toBe(after);
  });

  it('refuses a path behind a link that the archive has and we left out', async () => {
    const path = 'scripts/dtc/include-prefixes/arm/planted.dts';
    expect(FileList.read(folderOf(tree)).find('scripts/dtc/include-prefixes/arm')?.kind).toBe('l');
    const diff = `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;
    const { failure } = await applySeries(tree, seriesOf([diff]));
    expect(failure).toMatchObject({ kind: 'refused', message: expect.stringMatching(/behind a symbolic link/) });
  });

  it('says that a folder of the part not written out is a folder', async () => {
    const path = 'drivers/net/ethernet/3com';
    const diff = `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`;
    const { failure } = await applySeries(tree, seriesOf([diff]));
    expect(failure).toMatchObject({ kind: 'does-not-apply', path, message: `${path} is a folder in the tree` });
  });

  it('is the default where nothing is named and the folder is no kernel', async () => {
    const said: string[] = [];
    const opened = await openTree(undefined, { cwd: '/', onProgress: (line) => said.push(line) });
    expect(opened).toEqual(tree);
    expect(said).toEqual(['no tree named and this folder is no kernel tree: taking debian:6.12']);
  });
});

describe.each([['debian:7.3', /^7\.3\.\d+/]])('%s', (name, version) => {
  it('comes from a source list of our own, the machine’s lists untouched', async (context) => {
    const lists = '/var/lib/apt/lists';
    const before = existsSync(lists) ? readdirSync(lists).sort() : [];
    let tree: SourceTree;
    try {
      tree = await openTree(name, options);
    } catch (error) {
      if (!(error instanceof TreeGoneError)) throw error;
      console.warn(`LEFT OUT: ${name} is no longer offered (${error.message})`);
      context.annotate(`${name} is no longer offered`);
      return;
    }
    expect(tree.version).toMatch(version);
    expect(existsSync(join(tree.root, 'mm/rmap.c'))).toBe(true);
    expect(existsSync(lists) ? readdirSync(lists).sort() : []).toEqual(before);
  });
});
