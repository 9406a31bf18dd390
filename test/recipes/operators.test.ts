// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { RecipeError } from '../../src/recipes/errors.ts';
import { c, edited, inF, PATH } from './support.ts';

const SOURCE = c`
#include <own.h>

/* What f does. */
int f(struct thing *t)
{
  struct thing *other = t->other;
  int n = 0;

  /* Count first. */
  n++;
  if (t->a && t->b)
    stop(t);
  each_entry(other, &t->list, link) {
    n++;
    drop(other); /* at last */
  }

  if (bad(t))
    goto out;

  finish(t, n);
out:
  return n;
}

static void g(void)
{
  f(g_thing);
}
`;

describe('operators on statements', () => {
  it('drops a simple statement with its lines and trailing comment', () => {
    expect(edited(SOURCE, inF({ drop: 'drop(other)' }))).toBe(SOURCE.replace('\t\tdrop(other); /* at last */\n', ''));
  });

  it('drops a compound statement whole, and no blank line doubles', () => {
    const out = edited(SOURCE, inF({ drop: 'bad(t)' }));
    expect(out).toBe(SOURCE.replace('\tif (bad(t))\n\t\tgoto out;\n\n', ''));
  });

  it('drops the comment above only when told', () => {
    const first = { drop: { has: 'n++', nth: 1, of: 2 } };
    expect(edited(SOURCE, inF(first))).toContain('/* Count first. */\n\tif (t->a');
    expect(edited(SOURCE, inF({ ...first, comment: true }))).toContain('int n = 0;\n\n\tif (t->a');
  });

  it('refuses to leave an if without a body', () => {
    expect(() => edited(SOURCE, inF({ drop: 'stop(t)' }))).toThrow(/only body of another one/);
  });

  it('takes the macro loop for a loop', () => {
    expect(edited(SOURCE, inF({ drop: 'each_entry' }))).toContain('stop(t);\n\n\tif (bad(t))');
    expect(edited(SOURCE, inF({ insert: 'seen(other);', into: 'each_entry' }))).toContain(
      'link) {\n\t\tseen(other);\n',
    );
  });

  it('swaps two statements and declarations', () => {
    expect(edited(SOURCE, inF({ swap: ['*other', 'int n'] }))).toContain(
      '{\n\tint n = 0;\n\tstruct thing *other = t->other;\n',
    );
  });

  it('will not swap statements of different blocks', () => {
    expect(() => edited(SOURCE, inF({ swap: ['drop(other)', 'finish'] }))).toThrow(/apart/);
  });

  it('negates conditions', () => {
    expect(edited(SOURCE, inF({ negate: 't->a && t->b' }))).toContain('if (!(t->a && t->b))');
  });

  it('replaces tokens, not letters', () => {
    expect(edited(SOURCE, inF({ replace: 't->a', by: 't->c' }))).toContain('if (t->c && t->b)');
    expect(() => edited(SOURCE, inF({ replace: 'fin', by: 'x' }))).toThrow(/is there 0 times, not 1/);
    expect(() => edited(SOURCE, inF({ replace: 'n++', by: 'n--' }))).toThrow(/is there 2 times, not 1/);
    expect(edited(SOURCE, inF({ replace: 'n++', by: 'n += 2', times: 2 })).match(/n \+= 2;/g)).toHaveLength(2);
  });

  it('inserts before, after and at the start, indented as the place is', () => {
    const text = 'if (x)\n  y();\n';
    expect(edited(SOURCE, inF({ insert: text, before: 'drop(other)' }))).toContain(
      'n++;\n\t\tif (x)\n\t\t\ty();\n\t\tdrop(other);',
    );
    expect(edited(SOURCE, inF({ insert: text, before: { has: 'n++', nth: 1, of: 2 } }))).toContain(
      '\tif (x)\n\t\ty();\n\t/* Count first. */\n\tn++;',
    );
    expect(edited(SOURCE, inF({ insert: text, after: 'finish' }))).toContain('finish(t, n);\n\tif (x)\n\t\ty();\nout:');
    expect(edited(SOURCE, inF({ insert: text, start: true }))).toContain(
      'int n = 0;\n\n\tif (x)\n\t\ty();\n\t/* Count',
    );
  });

  it('moves and duplicates', () => {
    const moved = edited(SOURCE, inF({ move: 'finish', before: 'bad(t)' }));
    expect(moved).toContain('\tfinish(t, n);\n\tif (bad(t))');
    expect(moved.match(/finish/g)).toHaveLength(1);
    expect(edited(SOURCE, inF({ duplicate: 'finish' }))).toContain('finish(t, n);\n\tfinish(t, n);\n');
  });

  it('puts own text in place, with the statement in it', () => {
    expect(edited(SOURCE, inF({ instead: 'if (t)\n  <statement>\n', of: 'finish' }))).toContain(
      '\tif (t)\n\t\tfinish(t, n);\nout:',
    );
  });

  it('extracts neighbours into a function above the comment', () => {
    const out = edited(
      SOURCE,
      inF({ extract: ['bad(t)', 'finish'], signature: 'static void end(void)', call: 'end();', about: 'Ends.' }),
    );
    expect(out).toContain(
      '/* Ends. */\nstatic void end(void)\n{\n\tif (bad(t))\n\t\tgoto out;\n\n\tfinish(t, n);\n}\n\n/* What f does. */\nint f(',
    );
    expect(out).toContain('\tend();\nout:\n');
  });

  it('inlines a local that is set once, and refuses one that changes', () => {
    const source = c`
void f(struct a *x)
{
  struct m *mm = x->mm;

  lock(&mm->lock);
  use(mm, a->mm);
}
`;
    expect(edited(source, inF({ inline: 'mm' }))).toContain('\tlock(&x->mm->lock);\n\tuse(x->mm, a->mm);\n');
    expect(() => edited(SOURCE, inF({ inline: 'n' }))).toThrow(/is changed/);
  });

  it('places a definition above, and renames all uses', () => {
    expect(edited(SOURCE, inF({ define: 'int h(void);' }))).toContain('int h(void);\n\n/* What f does. */');
    const renamed = edited(SOURCE, { in: PATH, rename: 'f', to: 'work' });
    expect(renamed).toContain('/* What work does. */\nint work(struct');
    expect(renamed).toContain('\twork(g_thing);');
    expect(renamed).toContain('finish');
    expect(() => edited(SOURCE, { in: PATH, rename: 'f', to: 'g' })).toThrow(/there already/);
  });
});

describe('how often a pattern must match', () => {
  it.each([
    [{ drop: 'nothing_here' }, /"nothing_here" is in 0 statements, not in 1/],
    [{ drop: 'n++' }, /"n\+\+" is in 2 statements, not in 1/],
    [{ drop: { has: 'n++', nth: 1, of: 3 } }, /is in 2 statements, not in 3/],
    [{ drop: { has: 'n++', nth: 3, of: 2 } }, /statement 3 of 2/],
    [{ drop: ['nothing', 'nowhere'] }, /"nothing" or "nowhere"/],
  ])('%j fails and says what it looked for', (edit, message) => {
    expect(() => edited(SOURCE, inF(edit))).toThrow(RecipeError);
    expect(() => edited(SOURCE, inF(edit))).toThrow(message);
  });

  it('counts inside a statement only, where asked', () => {
    expect(edited(SOURCE, inF({ drop: { has: 'n++', inside: 'each_entry' } }))).toContain('link) {\n\t\tdrop(other);');
  });

  it('says which function and file are missing', () => {
    expect(() => edited(SOURCE, { in: PATH, function: 'h', drop: 'x' })).toThrow('no function "h" in "mm/own.c"');
    expect(() => edited(SOURCE, { in: 'mm/none.c', function: 'f', drop: 'x' })).toThrow(/no function "f"/);
  });
});

describe('eras', () => {
  it('takes the alternative that is there', () => {
    expect(edited(SOURCE, inF({ drop: ['old_finish', 'finish'] }))).not.toContain('finish(');
  });

  it('wants exactly one of several ways to fit', () => {
    const fits = [inF({ drop: 'finish' })];
    const fails = [inF({ drop: 'old_finish' })];
    expect(edited(SOURCE, { either: [fails, fits] })).not.toContain('finish(');
    expect(() => edited(SOURCE, { either: [fails, fails] })).toThrow(/0 of 2 ways fit/);
    expect(() => edited(SOURCE, { either: [fits, fits] })).toThrow(/2 of 2 ways fit/);
  });

  it('puts the name that the file has into own text', () => {
    const names = { end: ['finish', 'complete'] };
    expect(edited(SOURCE, inF({ insert: '<end>(t, 0);', before: 'bad(t)' }), names)).toContain('\tfinish(t, 0);\n');
    const neither = { end: ['end', 'complete'] };
    expect(() => edited(SOURCE, inF({ insert: '<end>(t);', before: 'bad(t)' }), neither)).toThrow(/0 of "end" or/);
  });
});
