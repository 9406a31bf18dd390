// SPDX-License-Identifier: GPL-2.0-or-later
// The model of mainline and the kernel itself, compiled from its tree, do the same in random histories: after every step
// equal object counts, VMAs, chains, trees, counters and folios.
import { describe, expect, test } from 'vitest';
import { AnonVma, anonVma } from '../../src/designs/anon-vma.ts';
import { labMachine, optionsOf } from '../../src/designs/catalogue.ts';
import { firstDifference } from '../../src/designs/differential.ts';
import { randomHistory } from '../../src/designs/histories.ts';
import { LabMachine } from '../../src/designs/lab-machine.ts';
import { buildImage } from '../../src/kernel/build.ts';
import { createMachine } from '../../src/machine/index.ts';
import { type TreeName, treeIfOffered } from '../support/trees.ts';

const HISTORIES = 300;

describe.each<TreeName>(['6.12', '7.3'])('%s', (name) => {
  test('does what its model does', { timeout: 900_000 }, async () => {
    const tree = await treeIfOffered(name);
    if (tree === undefined) return;
    const result = await buildImage({ tree, overlay: new Map(), config: 'prod', variant: '' });
    if ('failure' in result) throw new Error(JSON.stringify(result.failure));
    const kernel = await createMachine(result.image);
    const model = labMachine('anon-vma', { era: name });
    for (let seed = 0; seed < HISTORIES; seed++)
      expect([seed, firstDifference(kernel, model, randomHistory(seed, 60, false))]).toEqual([seed, undefined]);
  });
});

test('a model that forks wrongly is told from a right one', () => {
  const wrong = new LabMachine(
    {
      info: anonVma.info,
      create: (world, options) => {
        const design = new AnonVma(world, options);
        design.adopt = () => {};
        return design;
      },
    },
    optionsOf(anonVma),
  );
  const right = labMachine('anon-vma');
  const found = Array.from({ length: 60 }, (_, seed) => firstDifference(right, wrong, randomHistory(seed, 60, false)));
  const first = found.find((one) => one !== undefined);
  expect(first?.first.length).toBeGreaterThan(0);
  expect(first?.second.length).toBeGreaterThan(0);
  expect(first?.text).toMatch(/write|exit/);
});
