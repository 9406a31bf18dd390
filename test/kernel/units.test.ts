// SPDX-License-Identifier: GPL-2.0-or-later
// Which options units get: the tree's own code is instrumented for reviews, and optimised where it is to be measured.
import { afterAll, expect, test } from 'vitest';
import { listUnits } from '../../src/kernel/units.ts';
import { World } from './world.ts';

const world = new World({ 'mm/rmap.c': 'int a;\n', 'kernel/fork.c': 'int b;\n', 'mm/late.c': 'int c;\n' });
world.write('machine/slab.c', '#include <linux/mm.h>\n');
world.write('machine/wrappers/fork.c', '#include "kernel/fork.c"\n');
world.write(
  'machine/units.yaml',
  'units:\n  - path: mm/rmap.c\n  - { path: mm/absent.c, requires-file: true }\n  - { path: mm/late.c, if: SWAP }\n',
);
afterAll(() => world.remove());

const options = (measured: boolean) => {
  const { units, lacking } = listUnits(world.machine, world.sources(), () => false, { measured });
  expect(lacking).toEqual([]);
  return Object.fromEntries(units.map((unit) => [unit.path, [unit.options.optimise, unit.options.instrument]]));
};

test('for reviews the code of the tree is not optimised and tells its blocks; models are optimised', () => {
  expect(options(false)).toEqual({
    '.generated/models.c': [1, false],
    '.machine/wrappers/fork.c': [0, true],
    'mm/rmap.c': [0, true],
  });
});

test('for measuring all is optimised and nothing is instrumented', () => {
  expect(options(true)).toEqual({
    '.generated/models.c': [2, false],
    '.machine/wrappers/fork.c': [2, false],
    'mm/rmap.c': [2, false],
  });
});
