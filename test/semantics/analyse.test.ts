// SPDX-License-Identifier: GPL-2.0-or-later
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyse, loadRules, type Rules } from '../../src/semantics/index.ts';
import type { SourceTree } from '../../src/tree/values.ts';
import { applied, smallTree } from './support.ts';

const RMAP = `#include <linux/mm.h>

/* joins them */
int anon_vma_clone(struct vm_area_struct *dst)
{
	int error = 0;

	link(dst);
	return error;
}

static int helper_of_nobody(int a)
{
	return a;
}

struct anon_vma_chain { int a; };
int counter = 1;
`;
const KCONFIG = `config OLD
	bool "Old"
	default y
	help
	  if this text changes
	  nothing does.

config GOING
	bool
`;

let tree: SourceTree;
let remove: () => void;
let rules: Rules;

beforeAll(async () => {
  rules = await loadRules();
  const small = smallTree({
    'mm/rmap.c': RMAP,
    'mm/Kconfig': KCONFIG,
    'mm/Makefile': 'obj-y := rmap.o\n',
    'drivers/x.c': 'int anon_vma_clone(void) { return 0; }\n',
    'Documentation/mm/a.rst': 'Text\n',
    'include/linux/list.h': 'int a;\n',
  });
  tree = small.tree;
  remove = small.remove;
});
afterAll(() => remove());

const run = (...patches: Parameters<typeof applied>[1]) => analyse(applied(tree, patches), rules);
const replace = (from: string, to: string) => (text: string) => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe('functions and lines', () => {
  it('names changed functions and lines with their patches and areas', async () => {
    const diff = await run(
      { 'mm/rmap.c': replace('	link(dst);', '	if (!dst)\n		return -1;\n	link(dst); /* why */') },
      { 'mm/rmap.c': replace('return -1', 'return -2') },
      { 'mm/rmap.c': replace('return a;', 'return a + 1;') },
    );
    expect(diff.functions).toMatchObject([
      { name: 'anon_vma_clone', file: 'mm/rmap.c', status: 'changed', startLine: 4, endLine: 12, patches: [1, 2] },
      { name: 'helper_of_nobody', file: 'mm/rmap.c', status: 'changed', startLine: 14, endLine: 17, patches: [3] },
    ]);
    expect(diff.changedLines).toEqual([
      { file: 'mm/rmap.c', line: 8, patch: 1, function: 'anon_vma_clone', statement: true },
      { file: 'mm/rmap.c', line: 9, patch: 2, function: 'anon_vma_clone', statement: true },
      { file: 'mm/rmap.c', line: 16, patch: 3, function: 'helper_of_nobody', statement: true },
    ]);
    expect(diff.baseLines).toEqual([
      { file: 'mm/rmap.c', line: 6, function: 'anon_vma_clone' },
      { file: 'mm/rmap.c', line: 14, function: 'helper_of_nobody' },
    ]);
    expect(diff.areas.map((area) => area.id)).toEqual(['anon-vma-life-cycle', 'fork-propagation', 'other-mm']);
    expect(diff.areas[0]).toMatchObject({
      control: 'control-unlink-leaks',
      functions: ['anon_vma_clone'],
      why: ['changes anon_vma_clone (mm/rmap.c)'],
    });
    expect(diff.patches.map((patch) => patch.areas)).toEqual([
      ['anon-vma-life-cycle', 'fork-propagation'],
      ['anon-vma-life-cycle', 'fork-propagation'],
      ['other-mm'],
    ]);
    expect(diff).toMatchObject({ outOfScope: false, why: 'changes mm/rmap.c', unreadable: [] });
  });

  it('does not count comments and white space', async () => {
    const diff = await run({
      'mm/rmap.c': (text) => text.replace('/* joins them */', '/* links\n * them */').replaceAll('\t', '  '),
    });
    expect(diff).toMatchObject({ functions: [], changedLines: [], areas: [], outOfScope: true });
    expect(diff.why).toContain('only comments');
    expect(diff.files).toHaveLength(1);
  });

  it('does not count what a later patch takes back', async () => {
    const diff = await run(
      { 'mm/rmap.c': replace('return a;', 'return a + 1;') },
      { 'mm/rmap.c': replace('return a + 1;', 'return a;') },
    );
    expect(diff).toMatchObject({ functions: [], changedLines: [], files: [], outOfScope: true });
    expect(diff.patches[1]?.functions).toEqual([]);
  });

  it('does not count a line that a later patch takes back while it changes another', async () => {
    const diff = await run(
      { 'mm/rmap.c': replace('int error = 0;', 'int error = 1;') },
      { 'mm/rmap.c': (text) => text.replace('int error = 1;', 'int error = 0;').replace('link(dst)', 'link(0)') },
    );
    expect(diff.changedLines).toMatchObject([{ file: 'mm/rmap.c', line: 8, patch: 2, function: 'anon_vma_clone' }]);
    expect(diff.functions[0]?.patches).toEqual([1, 2]);
  });

  it('says added, removed, moved within the file', async () => {
    const helper = 'static int helper_of_nobody(int a)\n{\n\treturn a;\n}\n';
    const moved = await run({ 'mm/rmap.c': (text) => text.replace(helper, '').concat(helper) });
    expect(moved.functions).toEqual([]);
    const gone = await run({ 'mm/rmap.c': (text) => text.replace(helper, 'int fresh(void) { return 1; }\n') });
    expect(gone.functions.map((one) => `${one.status} ${one.name}`)).toEqual([
      'added fresh',
      'removed helper_of_nobody',
    ]);
  });

  it('says structs, and declarations that nobody claims', async () => {
    const struct = await run({ 'mm/rmap.c': replace('{ int a; }', '{ int a, b; }') });
    expect(struct.structs).toEqual([
      { name: 'anon_vma_chain', file: 'mm/rmap.c', status: 'changed', startLine: 17, endLine: 17, patches: [1] },
    ]);
    expect(struct.areas.map((area) => area.id)).toEqual(['anon-vma-life-cycle', 'slab-and-layout']);
    const variable = await run({ 'mm/rmap.c': replace('counter = 1', 'counter = 2') });
    expect(variable.areas.map((area) => area.id)).toEqual(['other-mm']);
    expect(variable.areas[0]?.why).toEqual(['changes declarations of mm/rmap.c']);
  });

  it('follows renames and deletions', async () => {
    const renamed = await run(
      { 'mm/rmap2.c': { from: 'mm/rmap.c' } },
      { 'mm/rmap2.c': replace('return a;', 'return 2;') },
    );
    expect(renamed.files).toEqual([
      { path: 'mm/rmap2.c', oldPath: 'mm/rmap.c', status: 'renamed', kind: 'mm-source', patches: [1, 2] },
    ]);
    expect(renamed.functions.map((one) => one.name)).toEqual(['helper_of_nobody']);
    const moved = await run({ 'mm/rmap2.c': { from: 'mm/rmap.c' } });
    expect(moved).toMatchObject({ outOfScope: false, functions: [], changedLines: [], areas: [{ id: 'other-mm' }] });
    const deleted = await run({ 'mm/rmap.c': null });
    expect(deleted.functions.map((one) => `${one.status} ${one.name}`)).toEqual([
      'removed anon_vma_clone',
      'removed helper_of_nobody',
    ]);
    expect(deleted.files[0]?.status).toBe('deleted');
  });

  it('treats what the parser cannot read as changed, and says so', async () => {
    const diff = await run({ 'mm/rmap.c': replace('return a;', 'return = = 3 3 a;') });
    expect(diff.unreadable).toEqual([expect.objectContaining({ path: 'mm/rmap.c', function: 'helper_of_nobody' })]);
    expect(diff.functions).toEqual([expect.objectContaining({ name: 'helper_of_nobody', unreadable: true })]);
    const broken = await run({ 'mm/rmap.c': (text) => text.replace('return a;\n}', 'return a;\n') });
    expect(broken.unreadable[0]?.why).toContain('never closed');
    expect(broken.functions.map((one) => `${one.status} ${one.name} ${one.unreadable}`)).toEqual([
      'changed anon_vma_clone true',
      'changed helper_of_nobody true',
    ]);
    expect(broken.areas.length).toBeGreaterThan(0);
    expect(broken.outOfScope).toBe(false);
  });
});

describe('structural queries', () => {
  it('claim functions by what they do, before or after', async () => {
    const [first] = rules.areas;
    if (!first) throw new Error('no rules');
    const area = (id: string, queries: object[]) => ({ ...first, id, match: { queries } });
    const asking = {
      ...rules,
      areas: [
        area('calls-it', [{ calls: ['li*k'] }]),
        area('calls-and-writes', [{ calls: ['link'], writes: ['folio.*'] }]),
        area('either', [{ locks: ['rcu (read)'] }, { calls: ['link'] }]),
      ],
    };
    const series = applied(tree, [{ 'mm/rmap.c': replace('	link(dst);', '	rcu_read_lock();') }]);
    const { areas } = await analyse(series, asking);
    expect(areas.map(({ id, functions }) => [id, functions])).toEqual([
      ['calls-it', ['anon_vma_clone']],
      ['either', ['anon_vma_clone']],
    ]);
  });
});

describe('scope', () => {
  it('is left by other folders, documentation and tests, each in one line', async () => {
    const driver = await run({ 'drivers/x.c': replace('return 0', 'return 1') });
    expect(driver).toMatchObject({
      outOfScope: true,
      areas: [],
      functions: [],
      why: 'touches no file of the memory management',
    });
    const text = await run({ 'Documentation/mm/a.rst': 'Other\n', 'tools/testing/vma/a.c': 'int a;\n' });
    expect(text.outOfScope).toBe(true);
    expect(text.files.map((file) => file.kind)).toEqual(['documentation', 'test']);
  });

  it('of a series that is partly ours: changed lines of other code are known, and nothing else of it', async () => {
    const diff = await run({
      'mm/rmap.c': replace('return a;', 'return a + 1;'),
      'drivers/x.c': replace('return 0', 'return 1'),
      'tools/testing/vma/a.c': 'int a(void) { return 1; }\n',
    });
    expect(diff.changedLines.map(({ file, statement }) => [file, statement])).toEqual([
      ['mm/rmap.c', true],
      ['drivers/x.c', true],
    ]);
    expect(diff.functions.map(({ file }) => file)).toEqual(['mm/rmap.c']);
    expect(diff.areas.flatMap((area) => area.functions)).toEqual(['helper_of_nobody']);
  });

  it('leaves out what the rules except', async () => {
    expect((await run({ 'mm/gup_test.c': 'int a;\n' })).outOfScope).toBe(true);
  });

  it('is entered by new files of mm, Makefiles, and what an image is known to read', async () => {
    const fresh = await run({ 'mm/new.c': 'int fresh(void) { return 1; }\n' });
    expect(fresh).toMatchObject({ outOfScope: false, functions: [{ name: 'fresh', status: 'added' }] });
    expect(fresh.areas.map((area) => area.id)).toEqual(['other-mm']);
    const make = await run({ 'mm/Makefile': 'obj-y := rmap.o new.o\n' });
    expect(make).toMatchObject({ outOfScope: false, areas: [{ id: 'config-surface' }] });
    const header = applied(tree, [{ 'include/linux/list.h': 'int b;\n' }]);
    expect((await analyse(header, rules)).outOfScope).toBe(true);
    const known = await analyse(header, rules, { compiles: (path) => path === 'include/linux/list.h' });
    expect(known).toMatchObject({ outOfScope: false, areas: [{ id: 'other-mm' }] });
  });

  it('never reads outside of the tree', async () => {
    const series = applied(tree, [{ '../../etc/passwd': 'x\n' }]);
    const diff = await analyse(series, rules);
    expect(diff.files).toEqual([expect.objectContaining({ path: '../../etc/passwd', status: 'added' })]);
  });
});

describe('configuration', () => {
  it('says symbols added, removed and changed, help texts aside', async () => {
    const diff = await run({
      'mm/Kconfig': (text) =>
        text.replace('default y', 'default n').replace('nothing does', 'all does').replace('GOING', 'COMING'),
    });
    expect(diff.config).toEqual([
      { symbol: 'COMING', kind: 'added', file: 'mm/Kconfig', patches: [1] },
      { symbol: 'GOING', kind: 'removed', file: 'mm/Kconfig', patches: [1] },
      { symbol: 'OLD', kind: 'changed', file: 'mm/Kconfig', patches: [1] },
    ]);
    expect(diff.areas.map((area) => area.id)).toContain('config-surface');
    expect((await run({ 'mm/Kconfig': replace('nothing does', 'all does') })).outOfScope).toBe(true);
  });

  it('sees static keys and boot parameters', async () => {
    const diff = await run({
      'mm/rmap.c': (text) => `${text}DEFINE_STATIC_KEY_FALSE(lazy_key);\nearly_param("lazy", f);\n`,
    });
    expect(diff.areas.find((area) => area.id === 'config-surface')?.why).toEqual([
      'changes the configuration: lazy, lazy_key (mm/rmap.c)',
    ]);
  });
});
