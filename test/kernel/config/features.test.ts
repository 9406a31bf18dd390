// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cTokens, declarationsOf } from '../../../src/kernel/config/ctext.ts';
import { featuresHeader, type Probe, probeFeatures, readProbes } from '../../../src/kernel/config/features.ts';
import { readerOf } from './support.ts';

const HEADER = `
/* int commented(int a); */
// int gone(void);
#define MACRO(x) x
#define CALLS() called_in_macro(1)
static inline struct folio *one(struct folio *folio, const nodemask_t *nodes,
				void (*ops)(int, int));
extern struct page *__zero_page;
int nothing(void);
#ifdef CONFIG_X
static inline void branch(int a)
{
	if (a) {
#else
static inline void branch(int a, int b)
{
	if (b) {
#endif
		inside(a);
		return other(a);
	}
}
int after_branch(int a, int b, int c) __must_check;
struct s {
	unsigned int flag : 1;
	struct { long nested; } inner;
	union { void *u; long v[4]; };
	int (*callback)(int argument);
#define S_MACRO 1
};
enum e { E_ONE, E_TWO = 2, };
char *text = "struct in_string { int x; };";
`;

async function has(probe: Probe, files: Record<string, string> = { 'a.h': HEADER }): Promise<boolean> {
  const found = await probeFeatures(new Map([['f', probe]]), readerOf(files), new Map([['ON', 'y']]));
  return found.has('f');
}

const at = ['a.h'];

describe('a probe', () => {
  it.each<[Probe, boolean]>([
    [{ in: at, function: 'one' }, true],
    [{ in: at, function: 'one', parameters: 3 }, true],
    [{ in: at, function: 'one', parameters: 4 }, false],
    [{ in: at, function: 'one', takes: 'const nodemask_t' }, true],
    [{ in: at, function: 'one', takes: 'struct page' }, false],
    [{ in: at, function: 'nothing', parameters: 0 }, true],
    [{ in: at, function: 'branch', parameters: 1 }, true],
    [{ in: at, function: 'branch', parameters: 2 }, true],
    [{ in: at, function: 'branch', parameters: 3 }, false],
    [{ in: at, function: 'after_branch', parameters: 3 }, true],
    [{ in: at, function: 'inside' }, false],
    [{ in: at, function: 'other' }, false],
    [{ in: at, function: 'commented' }, false],
    [{ in: at, function: 'gone' }, false],
    [{ in: at, function: 'called_in_macro' }, false],
    [{ in: at, macro: 'MACRO' }, true],
    [{ in: at, macro: 'S_MACRO' }, true],
    [{ in: at, macro: 'CONFIG_X' }, false],
    [{ in: at, struct: 's' }, true],
    [{ in: at, struct: 'in_string' }, false],
    [{ in: at, struct: 's', member: 'flag' }, true],
    [{ in: at, struct: 's', member: 'nested' }, true],
    [{ in: at, struct: 's', member: 'v' }, true],
    [{ in: at, struct: 's', member: 'callback' }, true],
    [{ in: at, struct: 's', member: 'argument' }, false],
    [{ in: at, struct: 's', member: 'S_MACRO' }, false],
    [{ in: at, enum: 'e', member: 'E_TWO' }, true],
    [{ in: at, enum: 'e', member: 'E_THREE' }, false],
    [{ in: at, text: 'extern struct page * __zero_page' }, true],
    [{ in: at, text: 'int commented' }, false],
    [{ in: ['none.h', 'a.h'], macro: 'MACRO' }, true],
    [{ in: ['none.h'], macro: 'MACRO' }, false],
    [{ file: 'a.h' }, true],
    [{ file: 'b.h' }, false],
    [{ config: 'ON' }, true],
    [{ config: 'OFF' }, false],
    [{ not: { file: 'b.h' } }, true],
    [{ all: [{ file: 'a.h' }, { config: 'OFF' }] }, false],
    [{ any: [{ file: 'b.h' }, { config: 'ON' }] }, true],
  ])('%j is %s', async (probe, expected) => {
    expect(await has(probe)).toBe(expected);
  });
});

it('names become macros', () => {
  expect(featuresHeader(new Set(['anon-pgoff', 'frozen-5']))).toMatch(
    /^#define KF_ANON_PGOFF 1\n#define KF_FROZEN_5 1\n#endif\n/m,
  );
});

it('every probe of features.yaml is well formed', async () => {
  expect((await readProbes()).size).toBeGreaterThan(20);
});

it('any text is cut into tokens that make it up again, white space and comments aside', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab1"\'/*\\\n#{}() \t.-+'), maxLength: 60 }), (text) => {
      const joined = cTokens(text)
        .map((token) => token.text)
        .join('');
      const rest = text.replace(/\\\n/g, '');
      for (const character of joined.replace(/\\\n/g, '')) expect(rest).toContain(character);
      declarationsOf(cTokens(text), 'a');
    }),
  );
});

it('hostile lengths take no stack', () => {
  for (const text of [`"${'\\a'.repeat(1e6)}`, `/*${'*'.repeat(2e6)}`, `1${'e+'.repeat(1e6)}`, '#if\n'.repeat(3e5)])
    expect(cTokens(text).length).toBeGreaterThanOrEqual(0);
});
