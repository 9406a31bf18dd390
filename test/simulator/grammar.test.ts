// SPDX-License-Identifier: GPL-2.0-or-later
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { expand } from '../../src/simulator/grammar/expand.ts';
import { parseScenario } from '../../src/simulator/grammar/parse.ts';
import { format, print } from '../../src/simulator/grammar/print.ts';
import { Scope } from '../../src/simulator/grammar/scope.ts';
import type { Action, Scenario, Step } from '../../src/simulator/grammar/values.ts';
import { ADVICE, ERRNO, MACHINE_STEPS, nearest, PROT } from '../../src/simulator/grammar/words.ts';

const HEAD = 'name: toy\nareas: [vma-split]\nabout: a toy\n';
const withSteps = (...steps: string[]): string => `${HEAD}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`;

function parse(text: string): Scenario {
  return parseScenario(text, 'toy.yaml');
}

function flat(scenario: Scenario): string[] {
  return expand(scenario.steps, new Scope(scenario.files)).map(format);
}

describe('a scenario file', () => {
  test('keeps every part that it can have', () => {
    const scenario = parseScenario(
      `${HEAD}requires: [mremap-multi]\nconfig: check\nfiles:\n  f: ext4 16\n  t: tmpfs 4\nbounds:\n  anon_vma: 3\nsteps:\n  - P: mmap A 4 rw private file f offset 2\n    check: none\n  - mark: end\n`,
      'x/toy.yaml',
      'family',
    );
    expect(scenario).toEqual({
      name: 'toy',
      about: 'a toy',
      areas: ['vma-split'],
      requires: ['mremap-multi'],
      configs: ['check'],
      files: [
        { name: 'f', kind: 'ext4', pages: 16 },
        { name: 't', kind: 'tmpfs', pages: 4 },
      ],
      bounds: { anon_vma: 3 },
      family: 'family',
      steps: [
        {
          kind: 'action',
          process: 'P',
          check: 'none',
          action: {
            op: 'mmap',
            place: { region: 'A', page: 0 },
            pages: 4,
            prot: 'rw',
            share: 'private',
            source: { kind: 'file', name: 'f' },
            offset: 2,
            flags: [],
          },
        },
        { kind: 'mark', name: 'end' },
      ],
    });
  });

  test('writes out repeat blocks, nested ones too', () => {
    const text = `${HEAD}steps:
  - P: mmap A 8 rw private anon
  - repeat:
      times: 2
      as: i
      steps:
        - P: fork C{i}
        - repeat:
            times: 2
            as: j
            steps:
              - C{i}: write A {j}-{j+3}
        - mark: m{i}
`;
    expect(flat(parse(text))).toEqual([
      'P: mmap A 8 rw private anon',
      'P: fork C0',
      'C0: write A 0-3',
      'C0: write A 1-4',
      'mark: m0',
      'P: fork C1',
      'C1: write A 0-3',
      'C1: write A 1-4',
      'mark: m1',
    ]);
  });

  test('means the whole region where no range is given', () => {
    const steps = flat(parse(withSteps('P: mmap A 4 rw private anon', 'P: mmap A+4 2 rw private anon', 'P: write A')));
    expect(steps.at(-1)).toBe('P: write A 0-5');
  });
});

describe('an error names file, line, column and the word that fits', () => {
  const MAPPED = 'P: mmap A 4 rw private anon';
  const cases: [name: string, steps: string[], error: string][] = [
    ['operation', ['P: mprotec A r'], '5:8: expected an operation, not "mprotec"; did you mean "mprotect"?'],
    ['process', ['Q: fork C'], '5:5: unknown process "Q"; did you mean "P"?'],
    ['dead process', ['P: fork C1', 'C1: exit', 'C1: exec'], '7:5: unknown process "C1"; did you mean "P"?'],
    ['region', [MAPPED, 'P: write B'], '6:14: unknown region "B"; did you mean "A"?'],
    ['no region at all', ['P: write A'], '5:14: unknown region "A": nothing is mapped yet'],
    ['protection', ['P: mmap A 4 wr private anon'], '5:17: expected a protection, not "wr"; did you mean "rw"?'],
    ['advice', [MAPPED, 'P: madvise A dontned'], '6:18: expected an advice, not "dontned"; did you mean "dontneed"?'],
    ['pages', ['P: mmap A four rw private anon'], '5:15: expected a number of pages, not "four"'],
    ['no pages', ['P: mmap A 0 rw private anon'], '5:15: a number of pages must lie between 1 and 262144, not 0'],
    [
      'beyond the region',
      [MAPPED, 'P: write A 262144'],
      '6:16: pages such as 0-7,9 must lie between 0 and 262143, not 262144',
    ],
    ['never mapped', [MAPPED, 'P: write A 1,6'], '6:18: page 6 was never mapped: the region has the pages 0-3'],
    ['never walked', [MAPPED, 'P: walk A 4'], '6:15: a page of the region must lie between 0 and 3, not 4'],
    ['heap', [MAPPED, 'P: brk A+2 4'], '6:12: a heap starts where its region does: give the region alone'],
    ['range', [MAPPED, 'P: read A 1,3-2'], '6:17: the last page must lie between 3 and 262143, not 2'],
    ['file', ['P: mmap A 4 r shared file f'], '5:31: ext4 file "f" is not declared under "files"'],
    ['end', ['P: mmap A'], '5:14: expected a number of pages at the end of the step'],
    [
      'tail',
      [MAPPED.replace('anon', 'anon populat')],
      '5:33: unexpected "populat" after the step; did you mean "populate"?',
    ],
    ['mremap', [MAPPED, 'P: mremap A 1 2'], '6:20: expected "to" and a region, or "pages" and the new size'],
    [
      'errno',
      [MAPPED, 'P: write A 0 fails EFALT'],
      '6:24: expected the name of an error, not "EFALT"; did you mean "EFAULT"?',
    ],
    ['child', ['P: fork P'], '5:13: process P is alive already'],
    [
      'reserved child',
      ['P: fork mark'],
      '5:13: "mark" cannot name a process; expected a letter, then letters, digits or _',
    ],
    [
      'placed region',
      [MAPPED, 'P: mmap A 4 rw private anon adjacent to A'],
      '6:13: region A has its place already: give its page, as in A+4',
    ],
    ['waiting parent', ['P: vfork V', 'P: exit'], '6:5: process P waits until its vfork child V calls exec or exit'],
    ['no threads', ['concurrently: []'], '5:5: a concurrently block has 2 to 4 threads, not 0'],
    ['one thread', ["concurrently: ['P: fork C']"], '5:5: a concurrently block has 2 to 4 threads, not 1'],
    ['fail alone', ['fail: each'], '5:5: expected a step such as "P: fork C"'],
    ['fail what', ['{P: exit, fail: all}'], '5:21: expected each, or allocation and a number, not "all"'],
    [
      'fail which',
      ['{P: exit, fail: allocation 0}'],
      '5:21: the number of an allocation must lie between 1 and 400, not 0',
    ],
    ['fail at exit', ['{P: exit, fail: each}'], '5:9: "fail" cannot stand beside exit'],
    ['fail of a mark', ['{mark: m, fail: each}'], '5:6: "fail" stands beside a step of a process, such as "P: fork C"'],
    [
      'fail and fails',
      ['{P: mmap A 1 r private anon fails ENOMEM, fail: each}'],
      '5:9: a step that must fail has no allocations to fail; leave out "fail" or "fails"',
    ],
    ['exit', ['exit: P'], '5:11: expected all, not "P"; one process exits with "P: exit"'],
    ['two keys', ['{P: exit, Q: exit}'], '5:15: a step has one key; "Q" is a second one'],
    ['no step', ['- 1'], '5:5: expected a step such as "P: fork C"'],
    [
      'word',
      ['quit'],
      '5:5: expected a step such as "P: fork C", not "quit"; expected one of quiesce, ksm-scan, khugepaged, shrink, hugepages-64k, migrate-end, migrate-undo',
    ],
    [
      'variable',
      ['repeat: {times: 1, as: i, steps: [{P: "fork C{j}"}]}'],
      '5:44: "{j}" is none of the repeat variables; did you mean "i"?',
    ],
    ['times', ['repeat: {times: 0, as: i, steps: []}'], '5:21: a number of times must lie between 1 and 20000, not 0'],
    ['alias', ['P: &a exit', 'P: *a'], '6:8: aliases are not part of the grammar'],
  ];
  test.each(cases)('%s', (_name, steps, error) => {
    const act = (): Scenario => parse(withSteps(...steps));
    expect(act).toThrow(InputError);
    expect(act).toThrow(new InputError(`toy.yaml:${error}`));
  });

  const files: [name: string, text: string, error: string][] = [
    ['key', `${HEAD}step: []\n`, '4:1: unknown key "step"; did you mean "steps"?'],
    ['missing key', HEAD, '1:1: the key "steps" is missing'],
    ['name', withSteps('quiesce').replace('toy', 'Toy'), '1:7: expected a name such as split-in-child, not "Toy"'],
    ['config', `${HEAD}config: debug\nsteps: []\n`, '4:9: expected prod or check, not "debug"'],
    [
      'kind of file',
      `${HEAD}files: {f: ext3 4}\nsteps: []\n`,
      '4:12: unknown kind of file "ext3"; did you mean "ext4"?',
    ],
    ['file size', `${HEAD}files: {f: ext4 big}\nsteps: []\n`, '4:17: expected a number of pages, not "big"'],
    ['twice', `${HEAD}name: b\n`, '4:1: Map keys must be unique'],
    ['not YAML', 'name: [', '1:8: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['binary', '\0\x01\x02', '1:1: expected a scenario: keys name, areas, about, steps'],
    ['empty', '', '1:1: expected a scenario: keys name, areas, about, steps'],
  ];
  test.each(files)('%s', (_name, text, error) => {
    expect(() => parse(text)).toThrow(new InputError(`toy.yaml:${error}`));
  });

  test('a file that asks for too much is refused at once', () => {
    const block = (inner: string): string => `{repeat: {times: 200, as: i, steps: [${inner}]}}`;
    expect(() => parse(withSteps(block(block('quiesce'))))).toThrow('more than 20000 steps');
    expect(() => parse(`${HEAD}${'#'.repeat(300_000)}`)).toThrow(InputError);
  });
});

test('any bytes are either a scenario or one InputError', () => {
  const words = fc.constantFrom(
    'name',
    ':',
    ' ',
    '\n',
    '-',
    'steps',
    'P',
    'mmap',
    'A',
    '4',
    'rw',
    '{',
    '}',
    '[',
    '"',
    '&a',
    '*a',
    '|',
    '\t',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((parts) => parts.join('')),
        fc.array(words).map((parts) => withSteps(parts.join(''))),
      ),
      (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).toMatch(/^toy\.yaml:\d+:\d+: [^\n]+$/);
        }
      },
    ),
    { numRuns: 500 },
  );
});

const page = fc.nat(9);
const range = fc.option(fc.record({ first: page, count: fc.integer({ min: 1, max: 9 }) }), { nil: undefined });
const region = fc.constantFrom('A', 'B');
const prot = fc.constantFrom(...Object.keys(PROT));
const optional = <T extends object>(key: string, value: fc.Arbitrary<T | undefined>): fc.Arbitrary<object> =>
  value.map((one) => (one === undefined ? {} : { [key]: one }));
const ranged = (op: string, more: fc.Arbitrary<object> = fc.constant({})): fc.Arbitrary<Action> =>
  fc
    .tuple(region, optional('range', range), more)
    .map(([name, given, rest]) => ({ op, region: name, ...given, ...rest }) as Action);
const pages = fc.array(fc.record({ first: page, count: fc.integer({ min: 1, max: 9 }) }), {
  minLength: 1,
  maxLength: 3,
});
const PAGE_STEPS = [
  ...(['write', 'read', 'migrate', 'migrate-begin', 'reclaim', 'swapout', 'split', 'referenced'] as const),
  ...(['page-idle', 'poison'] as const),
] as const;
const action: fc.Arbitrary<Action> = fc.oneof(
  ranged('munmap'),
  ranged('mlock'),
  ranged('munlock'),
  ranged('mprotect', fc.record({ prot })),
  ranged('madvise', fc.record({ advice: fc.constantFrom(...Object.keys(ADVICE)) })),
  ranged('mremap', fc.record({ pages: fc.integer({ min: 1, max: 99 }), dontunmap: fc.constant(false) })),
  ranged('mremap', fc.record({ to: fc.record({ region: fc.constantFrom('A', 'Z'), page }), dontunmap: fc.boolean() })),
  fc
    .tuple(fc.constantFrom(...PAGE_STEPS), region, pages)
    .map(([op, name, list]): Action => ({ op, region: name, pages: list })),
  ranged('uffd-move', fc.record({ to: fc.record({ region, page }) })),
  ranged('uffd-copy', fc.record({ to: fc.record({ region, page }) })),
  fc.record({ op: fc.constant('walk' as const), region, page }),
  fc.record({ op: fc.constant('brk' as const), region: fc.constantFrom('B', 'H'), pages: fc.nat(9) }),
  fc
    .record({
      place: fc.record({ region: fc.constantFrom('A', 'N'), page }),
      pages: fc.integer({ min: 1, max: 99 }),
      prot,
      share: fc.constantFrom('private' as const, 'shared' as const),
      source: fc.constantFrom(
        { kind: 'anon' as const },
        { kind: 'devzero' as const },
        { kind: 'file' as const, name: 'f' },
        { kind: 'tmpfs' as const, name: 't' },
      ),
      offset: page,
      flags: fc.subarray(['fixed', 'populate', 'growsdown'] as const).map((list) => [...list]),
    })
    .map((mmap): Action => ({ op: 'mmap', ...mmap, offset: mmap.source.kind === 'anon' ? 0 : mmap.offset })),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(action, fc.option(fc.constantFrom(...Object.keys(ERRNO)), { nil: undefined }), fc.boolean())
      .map(
        ([act, fails, check]): Step => ({
          kind: 'action',
          process: 'P',
          action: act,
          ...(fails && { fails }),
          ...(check && { check: 'none' }),
        }),
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>(...MACHINE_STEPS.map((kind) => ({ kind }))) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'mark', name: 'm' }, { kind: 'mark', name: 'x1' }) },
);
const mapped = (name: string, beside?: 'after' | 'before'): Step => ({
  kind: 'action',
  process: 'P',
  action: {
    op: 'mmap',
    place: { region: name, page: 0 },
    pages: 20,
    prot: 'rw',
    share: 'private',
    source: { kind: 'anon' },
    offset: 0,
    flags: [],
    ...(beside && { beside: { side: beside, region: 'A' } }),
  },
});

test('what is printed parses to the same scenario', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 12 }),
      fc.constantFrom<'after' | 'before' | undefined>('after', 'before', undefined),
      fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' }).filter((text) => text.trim() !== ''),
      (steps, beside, about) => {
        const scenario: Scenario = {
          name: 'round-trip',
          about,
          areas: ['vma-split', 'vma-merge'],
          requires: ['mremap-multi'],
          configs: ['prod'],
          files: [
            { name: 'f', kind: 'ext4', pages: 9 },
            { name: 't', kind: 'tmpfs', pages: 9 },
          ],
          bounds: { chain: 4 },
          steps: [
            mapped('A'),
            mapped('B', beside),
            ...steps,
            { kind: 'repeat', times: 2, as: 'i', steps: [{ kind: 'text', process: 'P', text: 'write A {i}' }] },
            { kind: 'exit-all' },
          ],
          family: '',
        };
        expect(parse(print(scenario))).toEqual(scenario);
      },
    ),
    { numRuns: 300 },
  );
});

test('nearest offers nothing where nothing is near', () => {
  expect(nearest('mnumap', ['mmap', 'munmap'])).toBe('munmap');
  expect(nearest('zzzzzzzz', ['mmap', 'munmap'])).toBeUndefined();
});

test('regions lie 1 GiB apart unless they are neighbours', () => {
  const scenario = parse(
    withSteps(
      'P: mmap A 4 rw private anon',
      'P: mmap B 4 rw private anon',
      'P: mmap C 2 r private anon adjacent to A',
      'P: mmap D 3 r private anon before A',
    ),
  );
  const scope = new Scope([]);
  expand(scenario.steps, scope);
  const base = scope.address('A', 0);
  expect(scope.address('B', 0) - base).toBe(2 ** 30);
  expect(scope.address('C', 0) - base).toBe(4 * 4096);
  expect(base - scope.address('D', 0)).toBe(3 * 4096);
  expect([base, base + 4096 * 4, base - 4096, base + 2 ** 30 + 4096].map((at) => scope.describe(at))).toEqual([
    'A+0',
    'C+0',
    'D+2',
    'B+1',
  ]);
});
