// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, it } from 'vitest';
import { layoutRows, layoutView } from '../../src/review/pahole.ts';

const struct = {
  name: 's',
  size: 144,
  align: 8,
  members: [
    { name: 'flag', type: 'char', offset: 0, size: 1 },
    { name: 'next', type: 'struct s *', offset: 8, size: 8 },
    // An anonymous union: both begin at 16.
    { name: 'small', type: 'int', offset: 16, size: 4 },
    { name: 'rb', type: 'struct rb_node', offset: 16, size: 24 },
    { name: 'rb.colour', type: 'char', offset: 16, size: 1 },
    { name: 'rb.left', type: 'struct rb_node *', offset: 24, size: 8 },
    { name: 'a', type: 'unsigned int', offset: 40, size: 4, bitOffset: 0, bitSize: 3 },
    { name: 'b', type: 'unsigned int', offset: 40, size: 4, bitOffset: 3, bitSize: 9 },
    { name: 'c', type: 'short', offset: 44, size: 2 },
    { name: 'far', type: 'long[9]', offset: 64, size: 72 },
  ],
};

it('shows members, holes between them, padding and cache lines', () => {
  const view = layoutView(struct);
  expect(view).toMatchObject({ size: 144, align: 8, cacheLines: 3, holes: 3, holeBytes: 7 + 2 + 18, padding: 8 });
  expect(view.members.filter(({ hole }) => hole !== undefined).map(({ name, hole }) => [name, hole])).toEqual([
    ['next', 7],
    ['c', 2],
    ['far', 18],
  ]);
  expect(view.members.find(({ name }) => name === 'b')).toMatchObject({ bitOffset: 3, bitSize: 9, cacheLine: 0 });
  expect(view.members.at(-1)).toMatchObject({ cacheLine: 1 });
});

it('says what is not there, for each word size', () => {
  const narrow = { name: 's', size: 72, align: 4, members: [] };
  const layouts = { s: narrow };
  const [wide, small] = layoutRows('s', undefined, struct, { before: { layouts: {} }, after: { layouts } });
  expect(wide).toMatchObject({ bits: 64, before: null, after: { size: 144 } });
  expect(small).toMatchObject({ bits: 32, before: null, after: { size: 72 } });
  expect(small).not.toHaveProperty('notBuilt');
  const [, none] = layoutRows('s', struct, struct, { before: { layouts }, after: { notBuilt: 'a.h:1: no' } });
  expect(none).toMatchObject({ bits: 32, before: { size: 72 }, after: null, notBuilt: 'after: a.h:1: no' });
});
