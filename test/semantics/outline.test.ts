// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/semantics/limits.ts';
import { outline } from '../../src/semantics/outline.ts';
import { prepare } from '../../src/semantics/prepass.ts';
import { tokenize } from '../../src/semantics/tokens.ts';
import { sourceOf, treeIfOffered, treeNames } from '../support/trees.ts';

const names = async (source: string): Promise<string[]> => (await outline(source)).functions.map((one) => one.name);

describe('functions of kernel C', () => {
  it('reads annotated, attributed and macro-made definitions', async () => {
    const source = `
static __always_inline bool one(int a) { return a; }
struct thing __must_check *two(void) __acquires(lock) { return 0; }
__printf(1, 2) void three(const char *f, ...) { }
SYSCALL_DEFINE3(four, unsigned long, start, size_t, len, int, flags)
{
	return start;
}
SYSCALL_DEFINE0(five) { return 0; }
COMPAT_SYSCALL_DEFINE1(six, int, a) { return a; }
static DEFINE_PER_CPU(struct thing, var) = { .a = 1 };
EXPORT_SYMBOL_GPL(two);
MADE_BY_MACRO(struct thing, rb, unsigned long, member,
	      START, LAST, static inline, prefix)
void seven(struct thing *t) { }
static unknown_word int eight(void) { return 0; }
int (*nine)(int) = 0;
`;
    const read = await outline(source);
    expect(read.functions.map((one) => one.name)).toEqual([
      'one',
      'two',
      'three',
      'sys_four',
      'sys_five',
      'compat_sys_six',
      'seven',
      'eight',
    ]);
    expect(read.unreadable).toEqual([]);
    expect(read.functions[3]).toMatchObject({ startLine: 5, endLine: 8, static: false });
    expect(read.functions[0]).toMatchObject({ startLine: 2, static: true });
  });

  it('names the function even behind an attribute that nobody knows', async () => {
    const read = await outline(`static my_attr(3) int nine(void) { return 0; }
int (*ten(int a))(int) { return 0; }
struct thing *__attribute__((weak)) eleven(void) { return 0; }`);
    expect(read.functions.map((one) => one.name)).toEqual(['nine', 'ten', 'eleven']);
    expect(read.unreadable).toEqual([]);
  });

  it('reads definitions split by conditionals', async () => {
    const source = `
#ifdef A
int one(int a)
{
#else
int one(void)
{
#endif
	return 0;
}
#if 0
int dead(void) { return 0; }
#endif
#if 0
int three(int a)
{
#else
int three(void)
{
#endif
	return 3;
}
int two(void)
{
#ifdef B
	if (x) {
#else
	if (y) {
#endif
		return 1;
	}
	return 2;
}
`;
    expect(await names(source)).toEqual(['one', 'three', 'two']);
  });

  it('reads loops by macro, types as arguments, and member macros', async () => {
    const read = await outline(`
struct thing { DECLARE_BITMAP(bits, 64); int __rcu *p; };
enum { MADE(ONE, 1), MADE(TWO, 2) };
typedef struct { int a; } word_t;
void walk(struct list *l)
{
	auto x = min_t(unsigned long, 1, 2);
	list_for_each_entry(x, l, member) {
		typeof(x) y = list_entry(x, struct thing, member);
		for_each_node(n)
			use(y);
		do {
			use(y);
		} for_each_range(x, y);
	}
}
`);
    expect(read.unreadable).toEqual([]);
    expect(read.structs.map((one) => `${one.kind} ${one.name}`)).toEqual(['struct thing', 'struct word_t']);
  });
});

describe('hashes', () => {
  const hashes = async (source: string) => (await outline(source)).functions.map((one) => one.bodyHash);

  it('do not depend on comments and white space', async () => {
    const plain = await hashes('int f(int a) { return a + 1; }');
    expect(await hashes('int f(int a)\n{\n\t/* why */\n\treturn a +\n\t\t1; // end\n}')).toEqual(plain);
    expect(await hashes('int f(int a) { return a + 2; }')).not.toEqual(plain);
    expect(await hashes('int f(long a) { return a + 1; }')).not.toEqual(plain);
  });

  it('depend on conditionals inside a function, and on the branch that the parser does not see', async () => {
    const source = (word: string, other: string) =>
      `int f(void)\n{\n#ifdef ${word}\n if (a) {\n#else\n if (${other}) {\n#endif\n return 1; }\n}\n`;
    const plain = await hashes(source('A', 'b'));
    expect(plain).toHaveLength(1);
    expect(await hashes(source('B', 'b'))).not.toEqual(plain);
    expect(await hashes(source('A', 'c'))).not.toEqual(plain);
  });

  it('restHash sees declarations and nothing inside functions', async () => {
    const rest = async (source: string) => (await outline(source)).restHash;
    const plain = await rest('int a = 1;\nint f(void) { return 0; }\n');
    expect(await rest('int a = 1;\nint f(void) { return 1; }\n')).toBe(plain);
    expect(await rest('int a = 2;\nint f(void) { return 0; }\n')).not.toBe(plain);
  });
});

describe('unreadable C', () => {
  it('is reported for the function, which is still listed', async () => {
    const read = await outline('int good(void) { return 0; }\nint bad(void) { return @ 5 5 ((; }');
    expect(read.unreadable.length).toBeGreaterThan(0);
    const local = await outline('int good(void) { return 0; }\nint bad(void) { x = = 3 3; }');
    expect(local.functions.map((one) => one.name)).toEqual(['good', 'bad']);
    expect(local.unreadable).toEqual([expect.objectContaining({ name: 'bad', startLine: 2 })]);
  });

  it('is reported where the parser sees a function that the brackets do not show', async () => {
    const read = await outline('int before;\nint old_style(a)\nint a;\n{ return 0; }');
    expect(read.functions).toEqual([]);
    expect(read.unreadable).toEqual([expect.objectContaining({ startLine: 2, endLine: 4 })]);
  });

  it('is reported for the file where brackets do not pair or nest too deep', async () => {
    expect((await outline('int f(void) {')).unreadable[0]?.why).toContain('never closed');
    expect((await outline('}')).unreadable[0]?.why).toContain('closes nothing');
    expect((await outline(`int x = ${'('.repeat(5000)}`)).unreadable[0]?.why).toContain('nested deeper');
  });

  it('is found however deep it lies, and listed in bounds', async () => {
    const deep = `int f(void) { x = ${'a ? b : '.repeat(20_000)} @ 1; }`;
    expect((await outline(deep)).unreadable).toHaveLength(1);
    const long = await outline('a b c;\n'.repeat(10_000));
    expect(long.unreadable).toHaveLength(limits.errorsMax);
    expect(long.unreadable.at(-1)).toMatchObject({ endLine: 10_001, why: 'the parser fails from here on' });
    expect((await outline(`${' '.repeat(limits.sourceBytesMax)}int f(void) { }`)).failed).toBe(true);
  });

  it('keeps offsets and lines in the pre-pass, whatever it reads', () => {
    const piece = fc.constantFrom(
      ...['{', '}', '(', ')', ';', ',', '\n', '#if 0\n', '#else\n', '#endif\n', '/*', '*/', '"', "'", '\\\n', ' '],
      ...[
        'int',
        'struct x',
        'SYSCALL_DEFINE2(a, int, b)',
        '__init',
        '__printf(1, 2)',
        'for_each_x(y)',
        'typeof(a)',
        '=',
      ],
      ...['static', 'auto b', 'DEFINE_X(a)', 'é', '#define A(x) \\\n x\n'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const source = pieces.join(' ');
        const prepared = prepare(tokenize(source));
        if (typeof prepared === 'string') return;
        expect(prepared.text).toHaveLength(source.length);
        expect(prepared.text.replace(/[^\n]/g, '')).toBe(source.replace(/[^\n]/g, ''));
      }),
    );
  });

  it('never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (source) => {
        const read = await outline(source);
        expect(read.restHash).not.toBe('');
      }),
      { numRuns: 200 },
    );
  });
});

describe.each(treeNames)('the tree %s', (name) => {
  const files = ['mm/rmap.c', 'mm/vma.c', 'mm/mremap.c', 'mm/interval_tree.c', 'mm/memory.c', 'mm/huge_memory.c'];

  it('leaves nothing unreadable in the reverse map, its headers and fork', async () => {
    const tree = await treeIfOffered(name);
    if (tree === undefined) return;
    const headers = [
      'include/linux/rmap.h',
      'include/linux/mm_types.h',
      'include/linux/mm.h',
      'mm/internal.h',
      'mm/vma.h',
    ];
    for (const path of [...files, ...headers, 'kernel/fork.c', 'mm/mmap.c']) {
      const source = sourceOf(tree, path);
      if (source === undefined) continue;
      expect({ path, unreadable: (await outline(source)).unreadable }).toEqual({ path, unreadable: [] });
    }
  });

  it('finds each definition that the kernel style shows: a brace alone in the first column', async () => {
    const tree = await treeIfOffered(name);
    if (tree === undefined) return;
    for (const path of [...files, 'kernel/fork.c']) {
      const source = sourceOf(tree, path);
      if (source === undefined) continue;
      const { functions } = await outline(source);
      const bodies = new Set(functions.map((one) => one.bodyStart));
      const braces = [...source.matchAll(/^\{$/gm)].map((match) => match.index);
      const missed = braces.filter((at) => !bodies.has(at)).map((at) => source.slice(0, at).split('\n').length);
      expect({ path, missed }).toEqual({ path, missed: [] });
      expect(braces.length).toBeGreaterThan(8);
      // The name stands before the first bracket of its own lines, but for macros that make definitions.
      for (const one of functions.filter((each) => !each.name.startsWith('sys_'))) {
        expect(source.slice(one.start, one.bodyStart)).toMatch(new RegExp(`\\b${one.name}\\s*\\(`));
      }
    }
  });
});
