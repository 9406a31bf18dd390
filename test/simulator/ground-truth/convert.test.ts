// SPDX-License-Identifier: GPL-2.0-or-later
import { expect, test } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { expand } from '../../../src/simulator/grammar/expand.ts';
import { format } from '../../../src/simulator/grammar/print.ts';
import { Scope } from '../../../src/simulator/grammar/scope.ts';
import { convertHistory } from '../../../src/simulator/ground-truth/convert.ts';
import { runScenario } from '../../../src/simulator/run.ts';
import { FakeMachine } from '../fake-machine.ts';

const history = {
  name: 'two_neighbours',
  about: 'a toy',
  layout: {
    A: { base: '0x100000000000', pages: 4 },
    B: { base: '0x100000004000', pages: 4, directly_after: 'A' },
    V: { base: '0x100040000000', pages: 1, stride_pages: 3, count: 4 },
  },
  steps: [
    { op: 'mmap', proc: 'P', region: 'A', page: 0, pages: 4, prot: 'rw', flags: ['private', 'anon'] },
    {
      op: 'mmap',
      proc: 'P',
      region: 'B',
      page: 0,
      pages: 4,
      prot: 'rwx',
      flags: ['private', 'file:ext4', 'populate'],
      file_page: 2,
    },
    { op: 'checkpoint', name: 'mapped' },
    {
      op: 'for',
      var: 'i',
      from: 0,
      to: 1,
      body: [
        { op: 'mmap', proc: 'P', region: 'V', page: 0, pages: 1, prot: 'rw', flags: ['private', 'anon'], index: 'i+1' },
        { op: 'fork', parent: 'P', child: 'C{i}' },
        { op: 'write', proc: 'C{i}', region: 'A', page: 'i*2', pages: 1 },
      ],
    },
    {
      op: 'mremap',
      proc: 'C1',
      region: 'A',
      page: 1,
      pages: 2,
      to: 'B',
      to_page: 1,
      new_pages: 2,
      flags: ['maymove', 'fixed', 'dontunmap'],
    },
    { op: 'reap', proc: 'C1' },
    { op: 'checkpoint', name: 'end' },
  ],
  expect: [
    { checkpoint: 'mapped', vm_area_struct: 2 },
    { checkpoint: 'end', vm_area_struct: 11 },
  ],
};

test('a measured history becomes a scenario that does the same', () => {
  const { scenario, expected, place } = convertHistory(history, 'x.json');
  expect(expand(scenario.steps, new Scope(scenario.files)).map(format)).toEqual([
    'P: mmap A 4 rw private anon',
    'P: mmap A+4 4 rwx private file f offset 2 populate',
    'mark: mapped',
    'P: mmap V+3 1 rw private anon',
    'P: fork C0',
    'C0: write A 0',
    'P: mmap V+6 1 rw private anon',
    'P: fork C1',
    'C1: write A 2',
    'C1: mremap A 1 2 to A+5 dontunmap',
    'mark: end',
  ]);
  expect(expected).toEqual([
    { step: 2, checkpoint: 'mapped', counts: { vm_area_struct: 2 } },
    { step: 10, checkpoint: 'end', counts: { vm_area_struct: 11 } },
  ]);
  expect(place('B', 1)).toEqual({ region: 'A', page: 5 });
  const run = runScenario(new FakeMachine(), scenario);
  expect([run.inconclusive, run.violations]).toEqual([undefined, []]);
  expect(run.marks.map((mark) => mark.step)).toEqual([2, 10]);
});

test('counts after every step', () => {
  const { expected } = convertHistory(
    {
      ...history,
      expect: [
        { vm_area_struct: 1, nproc: 1 },
        { vm_area_struct: 2, nproc: 1 },
      ],
    },
    'x.json',
  );
  expect(expected.map(({ step, counts }) => [step, counts.vm_area_struct])).toEqual([
    [0, 1],
    [1, 2],
  ]);
});

test('what is no measured history is one clear line', () => {
  for (const bad of [
    null,
    [],
    { ...history, steps: [{ op: 'jump' }] },
    { ...history, layout: {} },
    { ...history, expect: [{ checkpoint: 'none' }] },
  ]) {
    expect(() => convertHistory(bad, 'x.json')).toThrow(InputError);
    expect(() => convertHistory(bad, 'x.json')).toThrow(/^x\.json: [^\n]+$/);
  }
  expect(() =>
    convertHistory({ ...history, layout: { A: { base: '0x1', pages: 1, directly_after: 'A' } } }, 'x.json'),
  ).toThrow('in a circle');
});

test('forms of steps that our own copy does not have', () => {
  const steps = [
    {
      op: 'mmap',
      proc: 'P',
      region: 'A',
      page: 0,
      pages: '2*2',
      prot: '-',
      flags: ['shared', 'file:tmpfs'],
      file_page: '1+1',
    },
    { op: 'for', var: 'k', from: 3, to: 1, body: [{ op: 'exit', proc: 'C{k}' }] },
    {
      op: 'for',
      var: 'i',
      from: 1,
      to: 2,
      body: [
        {
          op: 'for',
          var: 'j',
          from: 0,
          to: 1,
          body: [{ op: 'read', proc: 'P', region: 'V', index: 'j', page: '(i-1)*2', pages: 'i%2+1' }],
        },
      ],
    },
    { op: 'madvise', proc: 'P', region: 'A', page: 0, pages: 1, advice: 'populate_write' },
    { op: 'mremap', proc: 'P', region: 'A', page: 0, pages: 4, new_pages: 6, flags: ['maymove'] },
    { op: 'vfork', parent: 'P', child: 'W' },
    { op: 'write', proc: 'W', region: 'A', page: 0, pages: 1 },
    { op: 'exec', proc: 'W' },
    { op: 'vfork_resume', parent: 'P' },
  ];
  const { scenario } = convertHistory({ ...history, steps, expect: [] }, 'x.json');
  expect(scenario.steps.map((step) => (step.kind === 'repeat' ? '' : format(step)))).toEqual([
    'P: mmap A 4 none shared tmpfs t offset 2',
    'P: read V 0-1',
    'P: read V 3-4',
    'P: read V 2',
    'P: read V 5',
    'P: madvise A 0 1 populate-write',
    'P: mremap A 0 4 pages 6',
    'P: vfork W',
    'W: write A 0',
    'W: exec',
  ]);
});

test('what no step knows is named, with the nearest word', () => {
  const at = { proc: 'P', region: 'A', page: 0, pages: 1 };
  const faults: [unknown, string][] = [
    [{ op: 'mremmap', ...at }, 'steps.0.op: unknown step "mremmap"; did you mean "mremap"?'],
    [{ op: 'for', var: 'i', from: 0, to: 1, body: [{ op: 'frok' }] }, 'unknown step "frok"; did you mean "fork"?'],
    [{ op: 'mmap', ...at, prot: 'rw', flags: ['private', 'locked'] }, 'steps.0.flags.1: Invalid option'],
    [{ op: 'mmap', ...at, prot: 'wr', flags: ['private', 'anon'] }, 'unknown word "wr"; did you mean'],
    [{ op: 'madvise', ...at, advice: 'dontned' }, 'unknown word "dontned"; did you mean "dontneed"?'],
    [{ op: 'write', ...at, to_index: 1 }, 'steps.0: Unrecognized key: "to_index"'],
    [{ op: 'write', ...at, page: 'k+1' }, 'cannot read "k+1": unknown name "k"'],
    [{ op: 'write', ...at, pages: '1-1' }, 'write of 0 pages from page 0 of A'],
    [{ op: 'mremap', ...at, new_pages: 1, flags: ['maymove', 'fixed'] }, 'has no "to"'],
  ];
  for (const [step, why] of faults)
    expect(() => convertHistory({ ...history, steps: [step], expect: [] }, 'x.json')).toThrow(why);
});
