// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own Kconfig, headers and Makefiles, four trees.
import { beforeAll, describe, expect, it } from 'vitest';
import { generateConfig } from '../../../src/kernel/config/generate.ts';
import { readClaims } from '../../../src/kernel/config/machine-files.ts';
import { treeReader } from '../../../src/kernel/config/read.ts';
import { evaluateSymbols } from '../../../src/kernel/config/symbols.ts';
import { newUnits, unitsOf } from '../../../src/kernel/config/units.ts';
import type { ConfigName } from '../../../src/kernel/values.ts';
import type { Overlay } from '../../../src/tree/values.ts';
import { sourceOf, type TreeName, treeFor, treeNames } from '../../support/trees.ts';

const NONE: Overlay = new Map();

async function symbolsOf(name: TreeName, config: ConfigName) {
  const reader = treeReader(await treeFor(name), NONE);
  return evaluateSymbols(reader, reader, NONE, config, '');
}

describe.each(treeNames)('%s', (name) => {
  it.each(['prod', 'check'] as const)(
    '%s: every claim holds, and nothing is selected against its will',
    async (config) => {
      const { values, unmet, unanswered, newSymbols } = await symbolsOf(name, config);
      const { arch, choices } = await readClaims(config);
      for (const [symbol, { is }] of new Map([...arch, ...choices]))
        expect({ symbol, is: values.get(symbol) ?? (is === '' ? '' : 'n') }).toEqual({ symbol, is });
      expect(unmet).toEqual([]);
      expect(unanswered).toEqual([]);
      expect(newSymbols).toEqual([]);
    },
  );

  it('decisive symbols follow from the tree itself', async () => {
    const { values } = await symbolsOf(name, 'prod');
    const follow = [
      'SPARSEMEM_VMEMMAP',
      'SPARSEMEM_EXTREME',
      'PER_VMA_LOCK',
      'THP_SWAP',
      'SLUB',
      'COMPACTION',
      'ZONE_DMA',
    ];
    if (name === '6.1') follow.splice(follow.indexOf('PER_VMA_LOCK'), 1);
    for (const symbol of follow) expect({ symbol, is: values.get(symbol) }).toEqual({ symbol, is: 'y' });
    expect(values.get('COMPACT_UNEVICTABLE_DEFAULT')).toBe('1');
    for (const symbol of [
      'FLATMEM',
      'ZSWAP',
      'DAMON',
      'LRU_GEN',
      'DEBUG_VM',
      'PAGE_OWNER',
      'SLUB_TINY',
      'MEMORY_HOTPLUG',
    ])
      expect({ symbol, is: values.get(symbol) }).toEqual({ symbol, is: undefined });
    expect(values.has('MM_ID')).toBe(name.startsWith('7'));
  });

  it('what nobody claims is other architectures and tests', async () => {
    const { unclaimed } = await symbolsOf(name, 'prod');
    expect(
      unclaimed.filter(
        (symbol) => !/^(ARM|PPC|SPARC|PA|UML|X86_32|K|CPU_CACHE|HIGHMEM|STACK_GROWS|STRICT_DEV)/.test(symbol),
      ),
    ).toEqual(
      expect.toSatisfy((rest: string[]) =>
        rest.every((one) =>
          ['ARCH_FLATMEM_ENABLE', 'ARCH_MHP_MEMMAP_ON_MEMORY_ENABLE', 'GENERIC_ARCH_NUMA'].includes(one),
        ),
      ),
    );
  });

  it('generates the same bytes again, and nothing that names the machine', async () => {
    const tree = await treeFor(name);
    const [one, two] = [await generateConfig(tree, NONE, 'check', ''), await generateConfig(tree, NONE, 'check', '')];
    expect([...one.files]).toEqual([...two.files]);
    for (const text of one.files.values()) expect(text).not.toContain(tree.root);
    expect(one.files.get('generated/autoconf.h')).toContain('#define CONFIG_DEBUG_VM 1\n');
    expect(one.files.get('generated/uapi/linux/version.h')).toMatch(/LINUX_VERSION_CODE \d{6}/);
    expect(one.files.get('asm/rwonce.h')).toBe('#include <asm-generic/rwonce.h>\n');
    expect(one.files.get('generated/uapi/asm/types.h')).toBe('#include <asm-generic/types.h>\n');
  });

  it('Makefiles name the units of the reverse map', async () => {
    const tree = await treeFor(name);
    const { values } = await symbolsOf(name, 'prod');
    const units = await unitsOf(treeReader(tree, NONE), values);
    for (const unit of ['rmap', 'memory', 'mmap', 'mremap', 'huge_memory', 'ksm', 'migrate', 'swapfile', 'page_alloc'])
      expect(units).toContain(`mm/${unit}.c`);
    for (const unit of ['nommu', 'zswap', 'page_owner']) expect(units).not.toContain(`mm/${unit}.c`);
    expect([...units].filter((unit) => unit.startsWith('mm/') && sourceOf(tree, unit) === undefined)).toEqual([]);
  });

  it('a series that adds symbols and units', async () => {
    const tree = await treeFor(name);
    const text = (file: string) => sourceOf(tree, file) ?? '';
    const lines = [
      ...['', 'config NEW_WALK', '\tbool "new walk"', '\tdepends on SWAP && NEW_ARCH', '\tselect NEW_HELPER'],
      ...['', 'config NEW_HELPER', '\tbool', '', 'config NEW_ARCH', '\tbool', '', 'config NEW_ZSWAP'],
      ...['\tbool "needs zswap"', '\tdepends on ZSWAP', '', 'config NEW_FIXED', '\tdef_bool y', ''],
    ];
    const overlay: Overlay = new Map([
      ['mm/Kconfig', Buffer.from(`${text('mm/Kconfig')}${lines.join('\n')}`)],
      ['mm/Makefile', Buffer.from(`${text('mm/Makefile')}\nobj-$(CONFIG_NEW_WALK) += new_walk.o\nobj-y += new.o\n`)],
      ['mm/new_walk.c', Buffer.from('')],
      ['mm/new.c', Buffer.from('')],
      ['init/Kconfig', Buffer.from(`${text('init/Kconfig')}\nconfig NEW_INIT\n\tbool "new"\n\tdefault y\n`)],
      ['arch/x86/Kconfig', Buffer.from(text('arch/x86/Kconfig').replace(/^(config X86\n)/m, '$1\tselect NEW_ARCH\n'))],
    ]);
    const usual = await generateConfig(tree, overlay, 'prod', '', NONE);
    expect(usual.newSymbols).toEqual(['NEW_ARCH', 'NEW_FIXED', 'NEW_HELPER', 'NEW_INIT', 'NEW_WALK', 'NEW_ZSWAP']);
    const on = (symbols: ReadonlyMap<string, string>) =>
      [...symbols.keys()].filter((key) => key.startsWith('NEW_')).sort();
    expect(on(usual.symbols)).toEqual(['NEW_ARCH', 'NEW_FIXED', 'NEW_INIT']);
    expect(await newUnits(tree, overlay, usual.symbols)).toEqual(['mm/new.c']);

    const all = await generateConfig(tree, overlay, 'prod', 'all-new', NONE);
    expect(on(all.symbols)).toEqual(['NEW_ARCH', 'NEW_FIXED', 'NEW_HELPER', 'NEW_INIT', 'NEW_WALK']);
    expect(await newUnits(tree, overlay, all.symbols)).toEqual(['mm/new.c', 'mm/new_walk.c']);

    // What a series needs is not its own: "everything new on" leaves that as its author wanted it, new units and all.
    const under = await generateConfig(tree, overlay, 'prod', 'all-new', overlay);
    expect(on(under.symbols)).toEqual(on(usual.symbols));
    expect(await newUnits(tree, overlay, under.symbols)).toEqual(['mm/new.c']);

    const withCode = new Map([...overlay, ['arch/x86/mm/new.c', Buffer.from('')] as const]);
    const unsure = await generateConfig(tree, withCode, 'prod', 'all-new', NONE);
    expect(unsure.notSelected).toEqual(['NEW_ARCH']);
    expect(on(unsure.symbols)).toEqual(['NEW_FIXED', 'NEW_INIT']);
  });
});

describe('features, by what each tree is known to have', () => {
  const known: [TreeName, ReadonlySet<string>][] = [];
  beforeAll(async () => {
    for (const name of treeNames)
      known.push([name, (await generateConfig(await treeFor(name), NONE, 'prod', '')).features]);
  });
  it.each<[string, TreeName[]]>([
    ['anon-pgoff', ['7.3']],
    ['frozen-5', ['7.3']],
    ['swap-io-ctx', ['7.3']],
    ['frozen', ['7.2', '7.3']],
    ['mm-id', ['7.2', '7.3']],
    ['vm-refcnt', ['7.2', '7.3']],
    ['dup-mmap-in-mmap', ['7.2', '7.3']],
    ['prep-tail-3', ['7.2', '7.3']],
    ['generic-zero-page', ['7.2', '7.3']],
    ['generic-mk-pte', ['7.2', '7.3']],
    ['ns-ref', ['7.2', '7.3']],
    ['mmap-prepare', ['7.2', '7.3']],
    ['mremap-multi', ['7.2', '7.3']],
    ['pagetable-dtor', ['7.2', '7.3']],
    ['pagetable-pte-dtor', ['6.12']],
    ['vm-lock-struct', ['6.12']],
    ['vma-unit', ['6.12', '7.2', '7.3']],
    ['num-active-vmas', ['6.1', '6.12', '7.2', '7.3']],
  ])('%s', async (feature, expected) => {
    const having = known.filter(([, found]) => found.has(feature));
    expect(having.map(([name]) => name)).toEqual(expected);
  });
});
