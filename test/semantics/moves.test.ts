// SPDX-License-Identifier: GPL-2.0-or-later
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyse, loadRules, type Rules } from '../../src/semantics/index.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import { applied, type Edits, smallTree } from './support.ts';

const HELPER = `static int count_links(struct list_head *head)
{
	struct anon_vma_chain *avc;
	int count = 0;

	list_for_each_entry(avc, head, same_vma) {
		if (avc->anon_vma)
			count++;
	}
	return count;
}
`;
const CLONE = `int anon_vma_clone(struct vm_area_struct *dst)
{
	return count_links(&dst->anon_vma_chain);
}
EXPORT_SYMBOL_GPL(anon_vma_clone);
`;

let tree: SourceTree;
let remove: () => void;
let rules: Rules;
beforeAll(async () => {
  rules = await loadRules();
  const small = smallTree({
    'include/linux/mm_types.h': 'struct vm_area_struct { struct list_head anon_vma_chain; };\n',
    'mm/rmap.c': `${HELPER}${CLONE}`,
    'mm/vma.c': 'int other(int a)\n{\n\treturn a;\n}\n',
    'Documentation/mm/a.rst': 'Text\n',
  });
  tree = small.tree;
  remove = small.remove;
});
afterAll(() => remove());

const run = (...patches: Edits[]) => analyse(applied(tree, patches), rules);
const said = (list: { status: string; name: string }[]) => list.map(({ status, name }) => `${status} ${name}`);

describe('functions that were elsewhere before', () => {
  it('moved to another file, in one patch or in two', async () => {
    const moved = await run(
      { 'mm/vma.c': (text) => `${text}${HELPER}` },
      { 'mm/rmap.c': (text) => text.replace(HELPER, '') },
    );
    expect(moved.functions).toMatchObject([
      {
        name: 'count_links',
        status: 'moved',
        file: 'mm/vma.c',
        patches: [1, 2],
        from: { name: 'count_links', file: 'mm/rmap.c', similarity: 1 },
      },
    ]);
    expect(moved.patches.map(({ changes }) => said(changes?.functions ?? []))).toEqual([
      ['added count_links'],
      ['removed count_links'],
    ]);
  });

  it('renamed, with what they do before and after', async () => {
    const { functions } = await run({
      'mm/rmap.c': (text) => text.replaceAll('count_links', 'links_of').replace('count++;', 'count += 2;'),
    });
    expect(said(functions)).toEqual(['renamed links_of', 'changed anon_vma_clone']);
    const [renamed] = functions;
    expect(renamed?.from).toMatchObject({ name: 'count_links', file: 'mm/rmap.c' });
    expect(renamed?.from?.similarity).toBeGreaterThan(0.9);
    expect(renamed?.before?.reads).toEqual(['anon_vma_chain.anon_vma']);
    expect(renamed?.after?.reads).toEqual(['anon_vma_chain.anon_vma']);
  });

  it('are not taken for each other for being short; what they are most like is named', async () => {
    const { functions } = await run({
      'mm/vma.c': (text) => text.replace('other(int a)', 'another(long b)').replace('return a', 'return b + 1'),
      'mm/rmap.c': (text) => text.replace(/if \(avc->anon_vma\)\s+count\+\+;/, 'see(avc);'),
    });
    expect(said(functions)).toEqual(['changed count_links', 'added another', 'removed other']);
    expect(functions[1]?.closest).toMatchObject({ name: 'other', file: 'mm/vma.c' });
    expect(functions[2]?.closest).toMatchObject({ name: 'another', file: 'mm/vma.c' });
  });
});

describe('what the outside sees', () => {
  it('exports that come, go and change; not those that move along', async () => {
    const changed = await run({ 'mm/rmap.c': (text) => text.replace('EXPORT_SYMBOL_GPL(', 'EXPORT_SYMBOL(') });
    const row = { symbol: 'anon_vma_clone', file: 'mm/rmap.c', patches: [1] };
    expect(changed.exports).toEqual([
      { ...row, change: 'changed', before: 'EXPORT_SYMBOL_GPL', after: 'EXPORT_SYMBOL' },
    ]);
    const gone = await run({ 'mm/rmap.c': (text) => text.replace(/EXPORT.*/, '') });
    expect(gone.exports).toEqual([{ ...row, change: 'removed', before: 'EXPORT_SYMBOL_GPL', after: null }]);
    const moved = await run({
      'mm/rmap.c': (text) => text.replace(CLONE, ''),
      'mm/vma.c': (text) => `${text}${CLONE}`,
    });
    expect(moved.exports).toEqual([]);
  });

  it('switches that come and go', async () => {
    const { switches } = await run({
      'mm/vma.c': (text) => `${text}DEFINE_STATIC_KEY_FALSE(lazy);\n__setup("lazy_vma=", set_lazy);\n`,
    });
    expect(switches?.map(({ kind, symbol, change }) => `${change} ${kind} ${symbol}`)).toEqual([
      'added boot-parameter lazy_vma',
      'added static-key lazy',
    ]);
  });

  it('documentation and tests, touched or missing', async () => {
    const bare = await run({ 'mm/rmap.c': (text) => text.replace('return count_links', 'return 1 + count_links') });
    expect(bare.companions).toEqual({
      documentation: [],
      tests: [],
      missing: ['changes anon_vma_clone, touches no test'],
    });
    const full = await run(
      { 'mm/vma.c': (text) => `${text}early_param("lazy", set_lazy);\n` },
      {
        'mm/rmap.c': (text) => text.replace('return count_links', 'return 1 + count_links'),
        'Documentation/mm/a.rst': 'Other\n',
        'tools/testing/vma/a.c': 'int a;\n',
      },
    );
    expect(full.companions).toMatchObject({
      documentation: ['Documentation/mm/a.rst'],
      tests: ['tools/testing/vma/a.c'],
      missing: [],
    });
    expect(full.patches[0]?.changes?.companions.missing).toEqual([
      'adds the boot parameter lazy, touches no documentation',
    ]);
  });
});
