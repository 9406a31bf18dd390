// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecipeError } from '../../src/recipes/errors.ts';
import { findFunctions, structEnd } from '../../src/recipes/functions.ts';
import { lex } from '../../src/recipes/lex.ts';
import { readBody, type Statement, within } from '../../src/recipes/statements.ts';
import { c } from './support.ts';

function body(text: string): Statement {
  return readBody(lex(`{${text}}`));
}

describe('tokens', () => {
  it('cover the text but for white space and comments, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        let at = 0;
        for (const token of lex(text)) {
          expect(token.start).toBeGreaterThanOrEqual(at);
          expect(token.text).toBe(text.slice(token.start, token.end));
          expect(token.end).toBeGreaterThan(token.start);
          at = token.end;
        }
        expect(at).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('take no comment, string or continued directive for code', () => {
    const texts = lex('a /* b } */ "c } \\" d" // e\n#define x \\\n  {\nf').map((token) => token.text);
    expect(texts).toEqual(['a', '"c } \\" d"', '#define x \\\n  {', 'f']);
  });
});

describe('statements', () => {
  it('are read or refused, never else', () => {
    const word = fc.constantFrom(
      'if',
      'else',
      'for',
      'do',
      'while',
      'x',
      '(',
      ')',
      '{',
      '}',
      ';',
      ':',
      'case',
      '=',
      ',',
      '#if',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        try {
          for (const statement of within(body(words.join(' ')))) expect(statement.end).toBeGreaterThan(statement.start);
        } catch (error) {
          expect(error).toBeInstanceOf(RecipeError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('nest children inside their parents, whatever the shape', () => {
    const { statement } = fc.letrec<{ statement: string }>((tie) => ({
      statement: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('a();', 'int b = 1;', 'c: d++;', 'return e;', 'LIST_HEAD(l);'),
        tie('statement').map((s) => `if (x) { ${s} }`),
        fc.tuple(tie('statement'), tie('statement')).map(([s, t]) => `if (x) { ${s} } else { ${t} }`),
        tie('statement').map((s) => `for (;;) { ${s} }`),
        tie('statement').map((s) => `each(x, y) { ${s} }`),
        tie('statement').map((s) => `do { ${s} } while (0);`),
        fc.tuple(tie('statement'), tie('statement')).map(([s, t]) => `{ ${s} ${t} }`),
      ),
    }));
    fc.assert(
      fc.property(statement, (text) => {
        const root = body(text);
        expect(root.children.at(-1)?.end).toBe(text.length + 1);
        for (const parent of within(root))
          for (const child of parent.children) {
            expect(child.parent).toBe(parent);
            expect(parent.start).toBeLessThan(child.start);
            expect(child.end).toBeLessThanOrEqual(parent.end);
          }
      }),
    );
  });

  it('take a macro with a statement behind it for a loop', () => {
    const [loop] = body('each(x, y) if (z) drop(z);').children;
    expect([loop?.kind, loop?.children[0]?.kind]).toEqual(['loop', 'if']);
  });

  it('tell declarations from expressions', () => {
    const kinds = body('struct a *b; c * d = e; u64 f = 1; g_t h; i(j); k->l = m; VMA_ITERATOR(n, o, 0); return p;');
    expect(kinds.children.map((child) => child.kind).join(' ')).toBe(
      'declaration declaration declaration declaration simple simple declaration simple',
    );
  });

  it('read the first branch where #else opens the same brace again', () => {
    const root = body('\n#ifdef A\nif (a) {\n#else\nif (b) {\n#endif\nx();\n}\n');
    expect(root.children).toHaveLength(1);
    expect(root.children[0]?.head.map((token) => token.text).join('')).toBe('if(a)');
  });

  it('refuse what nests beyond all measure', () => {
    expect(() => body(`${'{'.repeat(500)}${'}'.repeat(500)}`)).toThrow(/nest deeper/);
  });
});

describe('functions', () => {
  const SOURCE = c`
MACRO_WITHOUT_SEMICOLON(a, b)

int f(int a);

/* The first. */
static noinline int __must_check
f(int a) __must_hold(x)
{
  return f(a - 1);
}
#ifdef B
int g(void) {
#else
int g(int a) {
#endif
  return 0;
}
SYSCALL_DEFINE2(call, int, a, int, b)
{
  return f(a);
}
struct s {
  int a;
};
`;

  it('are found by name, with the comment above', () => {
    const [f, more] = findFunctions(SOURCE, 'f');
    expect(more).toBeUndefined();
    expect(SOURCE.slice(f?.start, f?.end)).toMatch(/^\/\* The first\. \*\/\nstatic[\s\S]*\}$/);
    expect(findFunctions(SOURCE, 'sys_call')).toHaveLength(1);
    expect(findFunctions(SOURCE, 'MACRO_WITHOUT_SEMICOLON')).toHaveLength(0);
    expect(findFunctions(SOURCE, 'nowhere')).toHaveLength(0);
  });

  it('and structs by theirs', () => {
    expect(SOURCE.slice(structEnd(SOURCE, 's'))).toMatch(/^\};/);
    expect(() => structEnd(SOURCE, 't')).toThrow('struct t is defined 0 times, not once');
  });
});
