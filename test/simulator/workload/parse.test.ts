// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import { checkWorkload } from '../../../src/simulator/workload/check.ts';
import { ownWorkloads } from '../../../src/simulator/workload/load.ts';
import { parseWorkload } from '../../../src/simulator/workload/parse.ts';

const HEAD = `name: toy
about: a toy
areas: [vma-split]
sources:
  - { fact: none, from: here }
parameters:
  children: { about: how many, scaled: 100, least: 3 }
  pages: { about: how large, value: 4 }
files:
  f: { kind: ext4, pages: pages * 2 }
regions:
  heap: { count: 2, pages: pages }
`;
const withSteps = (...steps: string[]): string => `${HEAD}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`;

/** The error of a text, without the file's name. */
function refusal(text: string, scale = 1): string {
  try {
    checkWorkload({ workload: parseWorkload(text, 'toy.yaml'), scale });
  } catch (error) {
    return (error as Error).message.replace(/^toy\.yaml:/, '');
  }
  return 'none';
}

test.each([
  ['an unknown key', HEAD.replace('files:', 'fiels:'), '9:1: unknown key "fiels"; did you mean "files"?'],
  ['an unknown key inside', HEAD.replace('least: 3', 'leats: 3'), '7:45: unknown key "leats"; did you mean "least"?'],
  ['a missing key', HEAD.replace('about: a toy\n', ''), '1:1: expected one line of text under "about"'],
  ['two kinds of parameter', HEAD.replace('value: 4', 'value: 4, scaled: 3'), '8:3: pages needs either'],
  [
    'an unknown operation',
    withSteps('P: wriet heap{0}'),
    '14:8: expected an operation, not "wriet"; did you mean "write"?',
  ],
  ['an unknown process', withSteps('Q: fork C{0}'), '14:5: unknown process "Q"; did you mean "P"?'],
  ['an unknown region', withSteps('P: write haep{0}'), '14:14: unknown region "haep"; did you mean "heap"?'],
  [
    'an unknown file',
    withSteps('P: mmap heap 4 r private file g'),
    '14:35: ext4 file "g" is not declared under "files"',
  ],
  ['an unknown parameter', withSteps('P: write heap 0-{page-1}'), '14:22: unknown name "page"; did you mean "pages"?'],
  ['an expression that ends too early', withSteps('P: write heap {pages+}'), '14:26: expected a number, a parameter'],
  [
    'a second key',
    `${HEAD}steps:\n  - P: fork C{0}\n    Q: fork D{0}\n`,
    '15:5: a step has one key; "Q" is a second one',
  ],
  ['a mark in a loop', withSteps('repeat: { times: 2, as: i, steps: [{ mark: m }] }'), '14:42: a mark cannot stand'],
  ['a taken variable', withSteps('repeat: { times: 2, as: pages, steps: [] }'), '14:29: the name pages is taken'],
  ['a word too many', withSteps('P: fork C{0} now'), '14:18: unexpected "now" after the step'],
  [
    'an alias',
    `${HEAD.replace('about: a toy', 'about: &a toy')}steps: [*a]\n`,
    '13:9: aliases are not part of the grammar',
  ],
  ['no YAML', 'name: [', '1:'],
])('%s is refused with its place', (_, text, said) => {
  const steps = text.includes('steps:') ? '' : 'steps: []\n';
  expect(refusal(text + steps)).toContain(said);
});

test.each([
  [
    'a process that is not alive',
    withSteps('P: fork C{0}', 'C{0}: exit', 'C{0}: exec'),
    '16:5: process C0 is not alive',
  ],
  ['a process that is', withSteps('P: fork C{0}', 'P: fork C{0}'), '15:5: process C0 is alive already'],
  [
    'a region beyond the last',
    withSteps('repeat: { times: children, as: i, steps: [{ P: "mmap heap{i} 4 rw private anon" }] }'),
    'heap{2} lies outside: there are 2 where i is 2',
  ],
  ['a negative number', withSteps('P: write heap {pages-5}'), 'a number comes out as -1'],
  ['a division by zero', withSteps('P: write heap {pages/0}'), 'a number comes out as'],
])('%s is refused before anything runs', (_, text, said) => {
  expect(refusal(text)).toContain(said);
});

test('the scale multiplies what is scaled, down to the least, and nothing else', () => {
  const workload = parseWorkload(
    withSteps(
      'repeat: { times: children, as: i, steps: [{ P: "fork C{i}" }, { "C{i}": "write heap 0-{pages-1} share 50" }] }',
    ),
    'toy.yaml',
  );
  const steps = (scale: number) => checkWorkload({ workload, scale });
  // A fork and two of four pages for each child.
  expect([steps(1), steps(0.1), steps(0.001)]).toEqual([300, 30, 9]);
});

test('each workload of ours can be gone through at small scales, says what it is for and where it comes from', () => {
  const workloads = ownWorkloads();
  expect(workloads.map(({ name }) => name)).toEqual([
    'browser',
    'fork-server',
    'generations',
    'merge-right',
    'moving-collector',
    'phone',
    'snapshot-database',
    'thousand-by-thousand',
  ]);
  for (const workload of workloads) {
    expect(workload.sources.length, workload.name).toBeGreaterThan(0);
    expect(workload.parameters.some(({ least }) => least !== undefined)).toBe(true);
    for (const scale of [0.0001, 0.013]) expect(checkWorkload({ workload, scale })).toBeGreaterThan(5);
  }
});
