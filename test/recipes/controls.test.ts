// SPDX-License-Identifier: GPL-2.0-or-later
import { describe, expect, it } from 'vitest';
import { plantControls } from '../../src/recipes/controls.ts';
import type { Edit } from '../../src/recipes/values.ts';
import { c, inF, PATH, recipeOf } from './support.ts';

const SOURCE = c`
#include <stdio.h>

static int count;

static void add(int n)
{
  count += n;
}

int f(int a)
{
  int i;

  for (i = 0; i < 3; i++) {
    if (a)
      add(1);
    else
      add(100);
  }
  if (a > 5) {
    add(10);
  }
  for (i = 0; i < 2; i++)
    if (a < 0)
      add(5000);
  add(0);add(0x10000);
  return count;
}
`;

function plant(...edits: (Edit | Edit[])[]) {
  const recipes = edits.map((edit, i) => ({
    ...recipeOf(Array.isArray(edit) ? edit : [edit]),
    name: `control-${i}`,
    area: 'own',
    invariants: ['recount'],
  }));
  return plantControls((path) => (path === PATH ? SOURCE : undefined), recipes);
}

/** What f(a) returns with control k switched on. The text is chosen so that it is JavaScript but for its types. */
function run(planted: string, k: number, a: number): number {
  const script = planted
    .replace(/^(#include.*|extern int rmapbot_plant\(int\);)$/gm, '')
    .replace(/^static int count;/m, 'let count = 0;')
    .replace(/^(?:static )?(?:int|void) (\w+)\(int (\w+)\)/gm, 'function $1($2)')
    .replace(/\bint i;/, 'let i;');
  const f = new Function('rmapbot_plant', `${script}\nreturn f;`)((number: number) => (number === k ? 1 : 0));
  return (f as (a: number) => number)(a);
}

describe('planted controls', () => {
  const made = plant(
    inF({ drop: 'add(1)' }),
    inF({ replace: 'add(10)', by: 'add(20)' }),
    inF({ drop: 'a > 5' }),
    inF({ insert: 'if (i == 1)\n  break;', into: 'i < 3' }),
    inF({ negate: 'if (a)' }),
    inF({ insert: 'add(1000);', before: 'return count' }),
    [inF({ drop: 'add(10)' }), inF({ drop: 'add(100)' })],
    inF({ insert: 'return 7;', start: true }),
    // Ranges that begin or end where others do.
    inF({ drop: 'i < 2' }),
    inF({ drop: 'a < 0' }),
    inF({ negate: 'a < 0' }),
    inF({ drop: 'add(0)' }),
    inF({ drop: 'add(0x10000)' }),
    inF({ insert: 'return count;', before: 'add(0x10000)' }),
  );
  const planted = made.files.get(PATH)?.toString() as string;

  it('get numbers in order', () => {
    expect(made.unfit).toEqual([]);
    expect(made.controls.map((control) => control.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(made.controls[0]).toEqual({ id: 'control-0', number: 1, area: 'own', invariants: ['recount'] });
  });

  it('leave the lines where they are', () => {
    const lines = planted.split('\n');
    expect(lines).toHaveLength(SOURCE.split('\n').length);
    expect(lines.findIndex((line) => line.includes('add(100)'))).toBe(
      SOURCE.split('\n').findIndex((line) => line.includes('add(100)')),
    );
  });

  it('begin after the declarations', () => {
    expect(planted).toContain('int i; if (rmapbot_plant(8))');
  });

  it.each([
    [0, 6, 13],
    [1, 6, 10],
    [2, 6, 23],
    [3, 6, 3],
    [4, 6, 11],
    [5, 6, 310],
    [6, 6, 1013],
    [7, 6, 3],
    [7, 0, 0],
    [9, -1, 3],
    [10, -1, 3],
    [11, -1, 3],
    [11, 6, 10013],
    [12, -1, 10003],
    [99, 0, 300],
  ])('with control %i on, f(%i) returns %i and the rest', (k, a, expected) => {
    expect(run(planted, k, a)).toBe(expected + 0x10000);
  });

  it('switch one statement each', () => {
    expect(run(planted, 8, 6)).toBe(7);
    expect(run(planted, 13, 6)).toBe(13);
    expect(run(planted, 14, 6)).toBe(13);
  });

  it('that have no dormant form, or do not fit, are listed and take no number', () => {
    const { controls, unfit } = plant(
      inF({ drop: 'int i' }),
      inF({ drop: 'nowhere' }),
      inF({ define: 'int x;' }),
      { in: PATH, rename: 'f', to: 'g' },
      inF({ drop: 'add(1)' }),
    );
    expect(controls).toEqual([{ id: 'control-4', number: 1, area: 'own', invariants: ['recount'] }]);
    expect(unfit.map((one) => one.reason)).toEqual([
      'a declaration cannot be switched off',
      'f(): "nowhere" is in 0 statements, not in 1',
      'define cannot be switched',
      'a control edits functions only',
    ]);
  });

  it('never copy a label', () => {
    const source = '#include <own.h>\n\nvoid f(int a)\n{\n\tif (a) {\nagain:\n\t\tb();\n\t}\n}\n';
    const { unfit } = plantControls(() => source, [recipeOf([inF({ negate: 'if (a)' })])]);
    expect(unfit[0]?.reason).toBe('a statement with a label inside cannot be copied');
    expect(plantControls(() => source, [recipeOf([inF({ drop: 'if (a)' })])]).unfit).toEqual([]);
  });
});
