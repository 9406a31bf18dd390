// SPDX-License-Identifier: GPL-2.0-or-later
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compilerPool } from '../../src/kernel/build.ts';
import { layouts32, type NarrowLayouts } from '../../src/kernel/layouts-32.ts';
import type { CompilerPool } from '../../src/kernel/pool.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import { sourceOf, treeFor } from '../support/trees.ts';

const NOTHING = new Map();
let tree: SourceTree;
let pool: CompilerPool;
beforeAll(async () => {
  tree = await treeFor('6.12');
  pool = compilerPool(tree, { jobs: 2 });
});
afterAll(() => pool.close());

const layoutsOf = (made: NarrowLayouts) => ('layouts' in made ? made.layouts : {});

it('lays structs out with words of 4 bytes, the series laid over the tree', async () => {
  const base = layoutsOf(await layouts32(tree, NOTHING, NOTHING, pool));
  const { anon_vma_chain: chain, page, vm_area_struct: vma } = base;
  const member = (name: string) => chain?.members.find((one) => one.name === name);
  expect(member('vma')).toMatchObject({ offset: 0, size: 4 });
  expect(member('same_vma')).toMatchObject({ offset: 8, size: 8 });
  // Two pointers, a list of two, a node of three words and the last offset below it.
  expect(chain).toMatchObject({ size: 32, align: 4 });
  expect(page?.size).toBeLessThan(64);
  const header = 'include/linux/mm_types.h';
  const text = (sourceOf(tree, header) ?? '').replace(
    /struct vm_area_struct \{/,
    '$&\n\tunsigned long one_more;\n\tlong long and_another;',
  );
  const after = layoutsOf(await layouts32(tree, new Map([[header, Buffer.from(text)]]), NOTHING, pool));
  expect(after.vm_area_struct?.members[0]).toMatchObject({ name: 'one_more', offset: 0, size: 4 });
  expect(after.vm_area_struct?.members[1]).toMatchObject({ name: 'and_another', offset: 8, size: 8 });
  expect((after.vm_area_struct?.size ?? 0) - (vma?.size ?? 0)).toBeGreaterThanOrEqual(12);
});

it('says where the headers do not compile', async () => {
  const header = 'include/linux/rmap.h';
  const text = `${sourceOf(tree, header)}\n#ifndef CONFIG_64BIT\n#error not for 32 bits\n#endif\n`;
  const made = await layouts32(tree, new Map([[header, Buffer.from(text)]]), NOTHING, pool);
  expect(made).toEqual({ notBuilt: expect.stringMatching(/include\/linux\/rmap\.h:\d+: .*not for 32 bits/) });
});
