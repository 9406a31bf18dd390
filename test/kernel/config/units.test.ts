// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kbuildObjects } from '../../../src/kernel/config/kbuild.ts';
import { newUnits } from '../../../src/kernel/config/units.ts';
import { emptyTree, overlayOf } from './support.ts';

const ON = new Map([
  ['MMU', 'y'],
  ['A', 'y'],
  ['64BIT', 'y'],
]);

describe('lists of objects', () => {
  it.each([
    ['obj-y := a.o b.o \\\n  c.o # d.o\n', ['a', 'b', 'c']],
    ['obj-$(CONFIG_A) += a.o\nobj-$(CONFIG_B) += b.o\n', ['a']],
    ['mmu-y := nommu.o\nmmu-$(CONFIG_MMU) := memory.o\nobj-y := $(mmu-y)\n', ['memory']],
    ['obj-y := x.o $(mmu-y)\nmmu-$(CONFIG_MMU) += rmap.o\n', ['rmap', 'x']],
    ['ifdef CONFIG_B\nobj-y += b.o\nelse\nobj-y += c.o\nendif\n', ['c']],
    ['ifdef CONFIG_A\nifndef CONFIG_MMU\nobj-y += a.o\nendif\nobj-y += b.o\nendif\n', ['b']],
    [
      'ifeq ($(CONFIG_A),y)\nobj-y += a.o\nelse ifeq ($(CONFIG_MMU),y)\nobj-y += b.o\nelse\nobj-y += c.o\nendif\n',
      ['a'],
    ],
    [
      'ifneq ($(CONFIG_A),y)\nobj-y += a.o\nelse ifeq ($(CONFIG_MMU),y)\nobj-y += b.o\nelse\nobj-y += c.o\nendif\n',
      ['b'],
    ],
    [
      'ifdef CONFIG_A\nobj-y += a.o\nelse ifdef CONFIG_B\nobj-y += b.o\nelse ifdef CONFIG_MMU\nobj-y += c.o\nendif\n',
      ['a'],
    ],
    [
      'page-alloc-y := page_alloc.o\npage-alloc-$(CONFIG_A) += shuffle.o\nobj-y += page-alloc.o\n',
      ['page_alloc', 'shuffle'],
    ],
    ['CFLAGS_x.o := -O2\nKCSAN := n\n$(obj)/x: y\n\tsh -c "touch z"\nobj-y += x.o\n', ['x']],
    ['obj-y += ../evil.o /etc/x $(shell touch z).o\n', []],
    ['a-y := b.o\nb-y := a.o\nobj-y := a.o\n', []],
  ])('%j', (makefile, objects) => {
    expect(kbuildObjects(makefile, ON).objects).toEqual(objects);
  });
});

it('names the units that a series adds and that are on', async () => {
  const base: Record<string, string> = {
    'mm/Makefile': 'obj-y := rmap.o\n',
    'mm/rmap.c': '',
    'lib/Makefile': 'lib-y := a.o\n',
    'lib/a.c': '',
  };
  const series = {
    ...base,
    'mm/Makefile': 'obj-y := rmap.o new.o sub/\nobj-$(CONFIG_B) += off.o\nobj-$(CONFIG_A) += on.o absent.o\n',
    'mm/new.c': '',
    'mm/off.c': '',
    'mm/on.c': '',
    'mm/sub/Makefile': 'obj-y := deep.o\n',
    'mm/sub/deep.c': '',
    'lib/Makefile': 'lib-y := a.o tree.o\n',
    'lib/tree.c': '',
  };
  const tree = emptyTree();
  for (const [path, text] of Object.entries(base)) {
    mkdirSync(join(tree.root, dirname(path)), { recursive: true });
    writeFileSync(join(tree.root, path), text);
  }
  expect(await newUnits(tree, overlayOf(series), ON)).toEqual(['lib/tree.c', 'mm/new.c', 'mm/on.c', 'mm/sub/deep.c']);
  expect(await newUnits(tree, overlayOf(base), ON)).toEqual([]);
});
