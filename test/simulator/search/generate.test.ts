// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../src/simulator/grammar/parse.ts';
import { format, print } from '../../../src/simulator/grammar/print.ts';
import type { FlatStep } from '../../../src/simulator/grammar/values.ts';
import { FILES, Generator } from '../../../src/simulator/search/generate.ts';
import { Model } from '../../../src/simulator/search/model.ts';
import { isValid, mutate, possible } from '../../../src/simulator/search/mutate.ts';
import { Random } from '../../../src/simulator/search/random.ts';
import { generated } from '../../../src/simulator/search/search.ts';

const ALL = { uffdMove: true, mediumFolios: true };

const history = (seed: number): FlatStep[] => new Generator(new Random(seed), ALL).fresh();
const textOf = (steps: readonly FlatStep[]): string[] => steps.map(format);

/** Steps of a scenario's text. */
function stepsOf(lines: string[], files = ''): FlatStep[] {
  const text = `name: t\nareas: []\nabout: t\n${files}steps:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
  return parseScenario(text, 't').steps as FlatStep[];
}

describe('generated histories', () => {
  it('are scenarios of which every step is certain, whatever the seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const steps = history(seed);
        expect(steps.length).toBeGreaterThan(0);
        expect(isValid(steps)).toBe(true);
        const scenario = generated(steps);
        expect(textOf(parseScenario(print(scenario), 'generated').steps as FlatStep[])).toEqual(textOf(steps));
      }),
      { numRuns: 300 },
    );
  });

  it('stay so when they are changed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, other) => {
        const random = new Random(one ^ other);
        const changed = mutate(history(one), history(other), random, new Generator(random, ALL));
        expect(isValid(changed)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same for the same seed, and differ for others', () => {
    expect(history(7)).toEqual(history(7));
    const names = new Set(Array.from({ length: 50 }, (_, seed) => generated(history(seed)).name));
    expect(names.size).toBe(50);
  });

  it('make use of every operation', () => {
    const steps = Array.from({ length: 1500 }, (_, seed) => history(seed)).flat();
    const seen = new Set(steps.map((step) => (step.kind === 'action' ? step.action.op : step.kind)));
    const never = ['mmap', 'munmap', 'mprotect', 'mremap', 'madvise', 'mlock', 'munlock', 'write', 'read', 'walk']
      .concat(['migrate', 'reclaim', 'swapout', 'referenced', 'uffd-move', 'uffd-copy', 'fork', 'vfork', 'exec'])
      .concat(['exit', 'quiesce', 'ksm-scan', 'shrink', 'hugepages-64k'])
      .filter((op) => !seen.has(op as never));
    expect(never).toEqual([]);
  });

  it('move nothing with UFFDIO_MOVE where the tree cannot', () => {
    const generator = new Generator(new Random(3), { uffdMove: false, mediumFolios: false });
    const steps = Array.from({ length: 300 }, () => generator.fresh()).flat();
    expect(textOf(steps).filter((text) => /uffd-move|hugepages/.test(text))).toEqual([]);
  });
});

describe('what is certain', () => {
  it.each([
    ['a move of what may be two VMAs', ['P: mmap A 8 rw private anon', 'P: mprotect A 2 2 r', 'P: mremap A 0 8 to B']],
    ['a move onto itself', ['P: mmap A 8 rw private anon', 'P: mremap A 0 4 to A+2']],
    ['a write to what is read-only', ['P: mmap A 8 r private anon', 'P: write A 0']],
    ['a read of what is not mapped', ['P: mmap A 8 rw private anon', 'P: munmap A 2 1', 'P: read A 2']],
    ['mapping over something', ['P: mmap A 8 rw private anon', 'P: mmap A+4 8 rw private anon']],
    [
      'growing into something',
      ['P: mmap A 4 rw private anon', 'P: mmap A+4 4 r private anon', 'P: mremap A 0 4 pages 6'],
    ],
    ['reclaim of what is locked', ['P: mmap A 4 rw private anon', 'P: write A 0', 'P: mlock A 0 1', 'P: reclaim A 0']],
    ['reclaim of what is gone', ['P: mmap A 4 rw private anon', 'P: write A 0', 'P: reclaim A 0', 'P: reclaim A 0']],
    ['migration of what is not there', ['P: mmap A 4 rw private anon', 'P: migrate A 0']],
    [
      'UFFDIO_MOVE of what a child shares',
      [
        'P: mmap A 4 rw private anon',
        'P: mmap B 4 rw private anon',
        'P: write A 0',
        'P: fork C',
        'P: uffd-move A 0 1 to B',
      ],
    ],
    [
      'UFFDIO_MOVE onto what was touched',
      [
        'P: mmap A 4 rw private anon',
        'P: mmap B 4 rw private anon',
        'P: write A 0',
        'P: read B 0',
        'P: uffd-move A 0 1 to B',
      ],
    ],
    ['dropping what is locked', ['P: mmap A 4 rw private anon', 'P: mlock A 0 1', 'P: madvise A 0 4 dontneed']],
    [
      'swapping out what MADV_FREE marked',
      ['P: mmap A 4 rw private anon', 'P: write A 0', 'P: madvise A 0 1 free', 'P: write A 0', 'P: swapout A 0'],
    ],
  ])('is not %s', (_, lines) => {
    const steps = stepsOf(lines);
    expect(isValid(steps.slice(0, -1))).toBe(true);
    expect(isValid(steps)).toBe(false);
  });

  it('is a child that reads what its parent wrote, until that is gone for both', () => {
    const steps = stepsOf([
      'P: mmap A 4 rw private anon',
      'P: write A 0-3',
      'P: fork C',
      'C: migrate A 1',
      'P: reclaim A 1',
      'C: migrate A 2',
      'C: read A 1',
      'C: migrate A 1',
    ]);
    expect(isValid(steps)).toBe(true);
    expect(isValid(steps.filter((step) => !format(step).includes('C: read')))).toBe(false);
  });

  it('leaves out of a changed history what it makes impossible, and no more', () => {
    const steps = stepsOf([
      'P: mmap A 4 rw private anon',
      'P: mmap B 4 rw private anon',
      'P: write A 0',
      'P: write B 0',
      'P: fork C',
      'C: write A 1',
    ]);
    expect(textOf(possible(steps.slice(1)).steps)).toEqual([
      'P: mmap B 4 rw private anon',
      'P: write B 0',
      'P: fork C',
    ]);
  });

  it('knows the processes that can act', () => {
    const model = new Model(FILES);
    for (const step of stepsOf(['P: mmap A 4 rw private anon', 'P: vfork V'])) expect(model.add(step)).toBe(true);
    expect(model.acting).toEqual(['V']);
    const [ended] = stepsOf(['P: vfork V', 'V: exit']).slice(-1);
    expect(ended && model.add(ended)).toBe(true);
    expect(model.acting).toEqual(['P']);
  });
});
