// SPDX-License-Identifier: GPL-2.0-or-later
// How scenarios are chosen by what they execute of the base, what changed lines did not run and why, and what changed
// functions reach.
import { describe, expect, it } from 'vitest';
import { reachOf } from '../../src/review/reach.ts';
import { reviewSeries } from '../../src/review/review.ts';
import type { SemanticDiff } from '../../src/semantics/values.ts';
import { fakeRequest, fakeRooms, type Log, type World } from './fake.ts';

const facts = { reads: [], writes: [], locks: [], allocates: [], frees: [] };
const CLONE = {
  name: 'anon_vma_clone',
  file: 'mm/rmap.c',
  status: 'changed' as const,
  startLine: 1,
  endLine: 9,
  patches: [1],
  base: { file: 'mm/rmap.c', startLine: 1, endLine: 8 },
  before: facts,
  after: facts,
};
const semantics: Partial<SemanticDiff> = {
  functions: [CLONE],
  structs: [],
  files: [
    { path: 'mm/rmap.c', status: 'modified', kind: 'mm-source', patches: [1] },
    { path: 'include/linux/rmap.h', status: 'modified', kind: 'header', patches: [1] },
  ],
  baseLines: [
    { file: 'mm/rmap.c', line: 2, function: 'anon_vma_clone' },
    { file: 'mm/rmap.c', line: 4, function: 'anon_vma_clone' },
  ],
  entryPoints: ['rmap_walk'],
};
const review = (world: Partial<World>, more = {}, log: Log = []) =>
  reviewSeries(fakeRequest(1, more), fakeRooms({ patches: 1, semantics, ...world }, log));

describe('the choice of scenarios', () => {
  // fork-child declares the touched area, split runs the most changed lines, zap only the file and an includer.
  const baseLines = {
    split: { 'mm/rmap.c': [2, 4, 5] },
    'fork-child': { 'mm/rmap.c': [50] },
    zap: { 'mm/rmap.c': [50, 51], 'mm/memory.c': [7] },
  };
  const includers = { 'include/linux/rmap.h': ['mm/memory.c', 'mm/rmap.c'] };

  it('follows rules and measured coverage, the most telling first', async () => {
    const { scenarios } = await review({ baseLines, includers });
    expect(scenarios.matched).toEqual(['split', 'fork-child']);
    expect(scenarios).toMatchObject({ ran: 3, matchedRan: 2, byRules: 1, byCoverage: 1, measured: 3 });
    expect(scenarios.chosen).toEqual([
      {
        scenario: 'split',
        why: 'executes anon_vma_clone (2 changed lines of the base)',
        areas: [],
        functions: ['anon_vma_clone'],
        lines: 2,
        files: ['mm/rmap.c'],
        includers: [],
        ran: true,
      },
      {
        scenario: 'fork-child',
        why: 'declares fork-propagation',
        areas: ['fork-propagation'],
        functions: [],
        lines: 0,
        files: ['mm/rmap.c'],
        includers: [],
        ran: true,
      },
    ]);
  });

  it('runs the patched side in that order; what only executes the file or an includer follows', async () => {
    const log: Log = [];
    await review({ baseLines, includers }, {}, log);
    const patched = log.filter((line) => line.startsWith('run 1 check')).slice(0, 3);
    expect(patched.map((line) => line.split(' ').at(-1))).toEqual(['split', 'fork-child', 'zap']);
  });

  it('spends half of the budget on measuring, if that measures all, and the rest on the most telling', async () => {
    // All take 9 steps on one image, 36 on four.
    const { scenarios, verdict } = await review({ baseLines, includers }, { budget: 25 });
    expect(scenarios.measured).toBe(3);
    expect(scenarios.notRun).toEqual(['fork-child', 'zap'].filter((name) => scenarios.notRun.includes(name)));
    expect(scenarios.notRun).toContain('fork-child');
    expect(scenarios.chosen?.find(({ scenario }) => scenario === 'split')?.ran).toBe(true);
    expect(verdict).toBe('inconclusive');
  });
});

describe('changed lines that did not run', () => {
  const line = (number: number, more = {}) => ({
    file: 'mm/rmap.c',
    line: number,
    patch: number > 5 ? 2 : 1,
    function: 'anon_vma_clone',
    statement: true as const,
    ...more,
  });

  it('are told with their reasons, per patch', async () => {
    const { coverage, verdict } = await review({
      patches: 2,
      semantics: {
        ...semantics,
        functions: [CLONE, { ...CLONE, name: 'never', startLine: 20, endLine: 29 }],
        changedLines: [
          line(2),
          line(3),
          line(4, { errorPath: 'if (!avc)' }),
          line(5, { condition: 'ifdef CONFIG_KSM' }),
          line(6, { condition: 'ifdef CONFIG_X86' }),
          line(7, { statement: undefined }),
          line(21, { function: 'never' }),
          { ...line(3), file: 'mm/other.c', function: 'other' },
          { ...line(3), file: 'arch/arm64/mm/fault.c', function: 'fault' },
        ],
      },
      lines: { executable: [2, 3, 4, 21], executed: [2] },
    });
    expect(coverage).toMatchObject({ changedLines: 8, executedLines: 1 });
    expect(coverage.patches).toEqual([
      { patch: 1, changedLines: 6, executedLines: 1 },
      { patch: 2, changedLines: 2, executedLines: 0 },
    ]);
    expect(coverage.executed).toEqual([{ file: 'mm/rmap.c', lines: [[2, 2]] }]);
    expect(coverage.notExecuted.map((one) => [one.file, one.line, one.reason, one.why])).toEqual([
      ['arch/arm64/mm/fault.c', 3, 'architecture', 'the machine has an architecture of its own'],
      ['mm/other.c', 3, 'not-built', 'the image has no code of mm/other.c'],
      ['mm/rmap.c', 3, 'branch-not-taken', 'anon_vma_clone ran, this part did not'],
      ['mm/rmap.c', 4, 'error-path', 'only if (!avc)'],
      ['mm/rmap.c', 5, 'configuration-off', 'under ifdef CONFIG_KSM'],
      ['mm/rmap.c', 6, 'architecture', 'under ifdef CONFIG_X86'],
      ['mm/rmap.c', 21, 'function-not-reached', 'never never ran'],
    ]);
    expect(verdict).toBe('clean');
  });

  it('make an area inconclusive that is wholly compiled out', async () => {
    const { verdict, reason } = await review({
      semantics: {
        ...semantics,
        changedLines: [{ ...line(5), function: 'anon_vma_fork', condition: 'ifdef CONFIG_X' }],
      },
    });
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain('fork-propagation');
  });
});

describe('entry points of the reverse map', () => {
  it('are told for changed functions, before and after', async () => {
    const calls = (patch: number): Record<string, string[]> =>
      patch === 0
        ? { anon_vma_clone: ['helper'], helper: ['rmap_walk'], rmap_walk: [] }
        : { anon_vma_clone: [], rmap_walk: ['one'], one: ['anon_vma_clone'] };
    const { semantics: said } = await review({ calls });
    expect(said.functions[0]).toMatchObject({
      before: { reaches: ['rmap_walk'], reachedFrom: [] },
      after: { reaches: [], reachedFrom: ['rmap_walk'] },
    });
  });

  it('are come to through cycles, and not by themselves', () => {
    const { reaches, reachedFrom } = reachOf({ a: ['b'], b: ['a', 'walk'], walk: ['c'] }, ['walk', 'absent']);
    expect(reaches.get('a')).toEqual(['walk']);
    expect(reaches.get('walk')).toEqual([]);
    expect(reachedFrom.get('c')).toEqual(['walk']);
    expect(reachedFrom.get('a')).toEqual([]);
  });
});
