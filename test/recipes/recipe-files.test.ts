// SPDX-License-Identifier: GPL-2.0-or-later
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recipeNamed, recipesOf } from '../../src/recipes/collection.ts';
import { readRecipe } from '../../src/recipes/read.ts';
import { c, edited, inF, PATH } from './support.ts';

const GOOD = `
name: one
kind: wrong
about: one
invariants: [recount]
firstBad: 1
patches:
  - title: t
    message: m
    edits:
      - { in: mm/x.c, function: f, drop: x }
`;

describe('recipe files', () => {
  it('are read with defaults', () => {
    expect(readRecipe(GOOD, 'one')).toMatchObject({ needs: [], names: {}, firstBad: 1 });
  });

  it.each([
    ['drop: x', 'dorp: x', /edits\.0/],
    ['drop: x', 'drop: x, insert: y', /edits\.0/],
    ['mm/x.c', '../x.c', /edits\.0/],
    ['kind: wrong', 'kind: odd', /kind/],
    ['firstBad: 1', 'firstBad: 2', /no patch 2/],
    ['firstBad: 1\n', '', /names its firstBad/],
    ['kind: wrong', 'kind: correct', /has no firstBad/],
    ['invariants: [recount]\n', '', /trips some/],
    ['name: one', 'name: One', /name/],
    ['patches:', 'patches: [', /one: /],
  ])('with %s -> %s are refused in one line', (from, to, message) => {
    expect(() => readRecipe(GOOD.replace(from, to), 'one')).toThrow(message);
  });

  it('of the project are many, and each wrong one has a history', () => {
    const seeded = recipesOf('seeded');
    const wrong = seeded.filter((recipe) => recipe.kind === 'wrong');
    expect(wrong.length).toBeGreaterThanOrEqual(16);
    expect(seeded.filter((recipe) => recipe.kind === 'correct').length).toBeGreaterThanOrEqual(8);
    expect(
      wrong.filter((recipe) => recipe.firstBad === 2 && recipe.patches.length === 3).length,
    ).toBeGreaterThanOrEqual(6);
    for (const recipe of wrong) expect(recipe.history, recipe.name).toBeTruthy();
    expect(recipeNamed('grandchild-split').kind).toBe('example');
    expect(() => recipeNamed('none')).toThrow('no recipe is named none');
  });

  it('of controls are the ones that the rules name', () => {
    const areas = new Set(recipesOf('controls').map((recipe) => recipe.area as string));
    const named = [...areas].map(
      (area) =>
        /^control: *(\S+)/m.exec(readFileSync(new URL(`../../rules/${area}.yaml`, import.meta.url), 'utf8'))?.[1],
    );
    expect(named.sort()).toEqual(recipesOf('controls').map((recipe) => recipe.name));
  });
});

describe('edits of whole files', () => {
  it('append, add before a line, grow a struct, create', () => {
    expect(edited('a\n', { in: PATH, append: 'b' })).toBe('a\nb\n');
    expect(edited('a\nend\nb\nend\n', { in: PATH, beforeLast: 'end', add: 'c' })).toBe('a\nend\nb\nc\n\nend\n');
    expect(
      edited(
        c`
struct s {
  int a;
} __packed;
`,
        { in: PATH, struct: 's', member: 'int b;' },
      ),
    ).toContain('\tint a;\n\tint b;\n} __packed;');
    expect(() => edited('a\n', { in: PATH, create: 'x' })).toThrow(/in the tree already/);
    expect(() => edited('a\n', { in: 'mm/none', append: 'x' })).toThrow(/not in the tree/);
    expect(() => edited('a\n', { in: PATH, beforeLast: 'end', add: 'c' })).toThrow(/no line reads "end"/);
  });

  it('that change nothing are an error', () => {
    expect(() => edited('int f(void)\n{\n\ta();\n}\n', inF({ replace: 'a', by: 'a' }))).toThrow(/nothing changes/);
  });
});
