// SPDX-License-Identifier: GPL-2.0-or-later
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { reviewSeries } from '../../src/review/review.ts';
import type { BuildRequest } from '../../src/review/rooms.ts';
import { fakeRequest, fakeRooms, fakeSeries, type Log, type World } from './fake.ts';

const review = (world: World, more = {}, log: Log = []) =>
  reviewSeries(fakeRequest(world.patches, more), fakeRooms(world, log));

describe('verdicts', () => {
  it('is clean where every matched scenario ran, changed code ran and nothing was introduced', async () => {
    const { verdict, reason, scenarios, controls } = await review({ patches: 2 });
    expect(verdict).toBe('clean');
    expect(reason).toContain('1 matched scenario ran');
    expect(scenarios.matched).toEqual(['fork-child']);
    expect(scenarios.ran).toBe(3);
    expect(controls).toEqual([
      { area: 'fork-propagation', id: 'control-fork', detected: true, scenario: 'fork-child' },
    ]);
  });

  it('says violations with the first bad patch', async () => {
    const shows = (patch: number, scenario: string) =>
      patch >= 2 && scenario === 'fork-child' ? ['walk-complete x'] : [];
    const { verdict, reason, findings } = await review({ patches: 3, shows });
    expect(verdict).toBe('violations');
    expect(reason).toBe('breaks walk-complete since patch 2');
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      invariant: 'walk-complete',
      status: 'introduced',
      severity: 'violation',
      patch: 2,
      scenario: 'fork-child',
      config: 'check',
      alsoIn: ['fork-child (prod)'],
      where: [{ file: 'mm/rmap.c', line: 2, function: 'anon_vma_fork' }],
    });
    expect(findings[0]?.reproducer).toContain('name: fork-child');
  });

  it('tells a finding by its shrunk scenario, against the base, within a budget for all of them', async () => {
    const shows = (patch: number) => (patch > 0 ? ['keys x', 'data y', 'locks z'] : []);
    const log: Log = [];
    const { findings } = await review({ patches: 1, shows, shrinks: 'yes' }, {}, log);
    const [first, second, third] = findings;
    const small = { reproducer: 'small', step: 0, stepText: 'P: small', summary: 'as the small one shows it' };
    expect(first).toMatchObject(small);
    expect(second).toMatchObject(small);
    expect(third?.reproducer).toContain('name: zap');
    expect(log.filter((line) => line.startsWith('shrink'))).toEqual([
      'shrink zap k 1 check  k 0 check  120',
      'shrink zap k 1 check  k 0 check  100',
      'shrinker closed',
    ]);
    const whole = await review({ patches: 1, shows, shrinks: 'not' });
    expect(whole.findings[0]?.reproducer).toContain('name: ');
  });

  it('keeps what was shrunk once', async () => {
    const cacheDir = mkdtempSync(join(tmpdir(), 'rmapbot-shrunk-'));
    const shows = (patch: number) => (patch > 0 ? ['keys x'] : []);
    const log: Log = [];
    try {
      const first = await review({ patches: 1, shows, shrinks: 'yes' }, { cacheDir }, log);
      const again = await review({ patches: 1, shows, shrinks: 'yes' }, { cacheDir }, log);
      expect(again.findings).toEqual(first.findings);
      expect(log.filter((line) => line.startsWith('shrink '))).toHaveLength(1);
    } finally {
      rmSync(cacheDir, { recursive: true, force: true });
    }
  });

  it('names the changed code that ran where a fault has no place of its own', async () => {
    const shows = (patch: number) => (patch > 0 ? ['walk-complete placeless'] : []);
    const lines = { executable: [2, 3], executed: [3] };
    const { findings } = await review({ patches: 1, shows, lines });
    expect(findings[0]).toMatchObject({
      where: [{ file: 'mm/rmap.c', line: 3, function: 'anon_vma_fork' }],
      whereIs: 'changed-code',
    });
  });

  it('is incomplete where a patch is missing, with no build', async () => {
    const log: Log = [];
    const series = { ...fakeSeries(2), expected: 3, missing: [2] };
    const { verdict, reason } = await review({ patches: 2 }, { series }, log);
    expect([verdict, reason]).toEqual(['incomplete', 'patch 2 of 3 missing']);
    expect(log).toEqual([]);
  });

  it('is incomplete where a prerequisite is named, unless the user names a base', async () => {
    const series = { ...fakeSeries(1), prerequisites: [{ kind: 'message-id' as const, value: 'x@example.org' }] };
    expect((await review({ patches: 1 }, { series })).verdict).toBe('incomplete');
    expect((await review({ patches: 1 }, { series, base: 'v7.2' })).verdict).toBe('clean');
  });

  it('says which patch does not apply and builds nothing', async () => {
    const log: Log = [];
    const failure = { kind: 'does-not-apply' as const, patch: 2, path: 'mm/rmap.c', hunk: 3, message: 'patch failed' };
    const result = await review({ patches: 2, failure }, {}, log);
    expect(result.verdict).toBe('does-not-apply');
    expect(result.failure).toEqual(failure);
    expect(log).toEqual([]);
  });

  it('takes a series of which the tree has no file at all for bad input', async () => {
    const failure = { kind: 'does-not-apply' as const, patch: 1, message: 'does not exist in index' };
    await expect(review({ patches: 1, failure, foreign: true })).rejects.toThrow(/does not have: mm\/rmap.c/);
    expect((await review({ patches: 2, failure: { ...failure, patch: 2 }, foreign: true })).verdict).toBe(
      'does-not-apply',
    );
  });

  it('refuses a hostile patch as bad input', async () => {
    const failure = { kind: 'refused' as const, patch: 1, message: 'it names a path outside the tree' };
    await expect(review({ patches: 1, failure })).rejects.toThrow(InputError);
  });

  it('is out of scope without a build', async () => {
    const log: Log = [];
    const { verdict } = await review({ patches: 1, semantics: { outOfScope: true, why: 'documentation' } }, {}, log);
    expect(verdict).toBe('out-of-scope');
    expect(log).toEqual([]);
  });

  it('says since which patch a series does not build, in as few builds as needed', async () => {
    const log: Log = [];
    const { verdict, failure } = await review({ patches: 8, broken: [6, 7, 8] }, {}, log);
    expect(verdict).toBe('does-not-build');
    expect(failure).toMatchObject({ kind: 'does-not-build', patch: 6, unit: 'mm/rmap.c' });
    expect(failure).toHaveProperty('diagnostics.0.message', 'broken by 6');
    expect(log.filter((line) => /^build [1-7] /.test(line))).toHaveLength(3);
  });

  it('does not blame the series where the simulated machine does not fit the patched tree', async () => {
    const rooms = fakeRooms({ patches: 1 });
    const failing = (failure: object) => ({
      ...rooms,
      buildImage: async (asked: BuildRequest) =>
        asked.overlay.size === 0
          ? rooms.buildImage(asked)
          : { failure: { unit: 'link', config: asked.config, diagnostics: [], ...failure } },
    });
    const error = { severity: 'error', file: 'machine:wrappers/fork.c', line: 3, column: 1, message: 'no dup_mm' };
    for (const failure of [
      { link: 'undefined symbol: x' },
      { unit: '.machine/wrappers/fork.c', diagnostics: [error] },
    ]) {
      const { verdict, reason, failure: told } = await reviewSeries(fakeRequest(1), failing(failure));
      expect(verdict).toBe('inconclusive');
      expect(reason).toMatch(/machine does not fit the patched tree: .*(undefined symbol|no dup_mm)/);
      expect(told).toBeUndefined();
    }
  });

  it('takes a base that does not build for its own failure', async () => {
    const error = await review({ patches: 1, broken: [0] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(/overlay cannot build this base.*broken by 0/);
  });

  it('is inconclusive where a matched scenario could not run', async () => {
    const shows = (patch: number, scenario: string) =>
      patch > 0 && scenario === 'fork-child' ? { inconclusive: 'unmodelled: ksm_fork' } : [];
    const { verdict, reason, inconclusive } = await review({ patches: 1, shows });
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain('fork-child: unmodelled: ksm_fork');
    expect(inconclusive.map((one) => one.config)).toEqual(['check', 'prod']);
  });

  it('is inconclusive where any scenario stops being judged with the series', async () => {
    const shows = (patch: number, scenario: string) =>
      patch > 0 && scenario === 'zap' ? { inconclusive: 'unmodelled: new_thing' } : [];
    expect((await review({ patches: 1, shows })).verdict).toBe('inconclusive');
  });

  it('records, but does not hold against the series, what is not matched and fails on the base as well', async () => {
    const shows = (_: number, scenario: string) => (scenario === 'zap' ? { inconclusive: 'unmodelled: old' } : []);
    const { verdict, inconclusive } = await review({ patches: 1, shows });
    expect(verdict).toBe('clean');
    expect(inconclusive).toHaveLength(2);
  });

  it('takes a scenario that the tree cannot have for not applicable', async () => {
    const shows = (_: number, scenario: string) => (scenario === 'fork-child' ? 'skipped' : []);
    const { verdict, scenarios, inconclusive } = await review({ patches: 1, shows });
    expect([verdict, scenarios.notApplicable, scenarios.ran, inconclusive]).toEqual(['clean', ['fork-child'], 2, []]);
  });

  it('is inconclusive where the series takes away what a matched scenario needs', async () => {
    const shows = (patch: number, scenario: string) => (patch > 0 && scenario === 'fork-child' ? 'skipped' : []);
    const { verdict, reason } = await review({ patches: 1, shows });
    expect([verdict, reason]).toEqual(['inconclusive', 'fork-child: needs ksm (one side only) (and 1 more)']);
  });

  it('runs a scenario of one configuration in that one only', async () => {
    const shows = (_: number, scenario: string, config: string) =>
      scenario === 'fork-child' && config === 'prod' ? 'skipped' : [];
    const { verdict, scenarios } = await review({ patches: 1, shows });
    expect([verdict, scenarios.ran, scenarios.notApplicable]).toEqual(['clean', 3, []]);
  });

  it('is incomplete where a patch cannot be used', async () => {
    const series = fakeSeries(1);
    for (const patch of series.patches) patch.unusable = 'format=flowed';
    const { verdict, reason } = await review({ patches: 1 }, { series });
    expect([verdict, reason]).toEqual(['incomplete', 'patch 1 cannot be used: format=flowed']);
  });

  it('is inconclusive where no changed code of an area ran', async () => {
    const { verdict, reason, coverage } = await review({ patches: 1, lines: { executable: [2, 3], executed: [] } });
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain('fork-propagation');
    expect(coverage).toMatchObject({ changedLines: 2, executedLines: 0 });
    expect(coverage.notExecuted.map((one) => one.line)).toEqual([2, 3]);
  });

  it('is clean with partial coverage and lists what did not run', async () => {
    const { verdict, coverage } = await review({ patches: 1, lines: { executable: [2, 3], executed: [2] } });
    expect(verdict).toBe('clean');
    expect(coverage.notExecuted).toMatchObject([{ file: 'mm/rmap.c', line: 3, function: 'anon_vma_fork', patch: 1 }]);
  });

  it('is inconclusive where a positive control was missed', async () => {
    const { verdict, reason } = await review({ patches: 1, missedControl: true });
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain('control-fork');
  });

  it('is inconclusive where a control does not fit the tree', async () => {
    const { verdict, reason } = await review({ patches: 1, unfit: ['control-fork'] });
    expect([verdict, reason]).toEqual(['inconclusive', expect.stringContaining('no such function')]);
  });

  it('does not take what the base shows already for a detected control', async () => {
    const { controls } = await review({ patches: 1, shows: () => ['keys planted'] });
    expect(controls[0]?.detected).toBe(false);
  });

  it('never blames a series for what does not reproduce', async () => {
    const shows = (patch: number) => (patch > 0 ? ['no-leak x'] : []);
    const { verdict, findings, reason } = await review({ patches: 1, shows, unstable: ['no-leak x'] });
    expect(findings).toEqual([]);
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain('did not reproduce');
  });

  it('makes a warning of what rests on a modelled function', async () => {
    const shows = (patch: number) => (patch > 0 ? ['no-leak modelled'] : []);
    const { verdict, findings } = await review({ patches: 1, shows });
    expect(verdict).toBe('clean');
    expect(findings[0]).toMatchObject({ severity: 'warning', status: 'introduced', modelled: ['swap_slots'] });
  });
});

it('counts every scenario as matched where none speaks for the touched areas', async () => {
  const areas = [{ id: 'slab-and-layout', name: 'Slab', why: ['a struct'], invariants: ['no-leak'], functions: [] }];
  const { scenarios } = await review({ patches: 1, semantics: { areas } });
  expect(scenarios.matched).toEqual(['fork-child', 'split', 'zap']);
});

describe('statuses', () => {
  it('tells introduced, fixed and pre-existing apart', async () => {
    const shows = (patch: number) => (patch === 0 ? ['data old', 'keys both'] : ['keys both', 'data new']);
    const { findings } = await review({ patches: 1, shows });
    expect(findings.map((one) => `${one.status} ${one.summary}`)).toEqual([
      'introduced evidence of data new',
      'fixed evidence of data old',
      'pre-existing evidence of keys both',
    ]);
  });

  it('names the patch that fixed a fault of the base', async () => {
    const shows = (patch: number) => (patch < 3 ? ['data old'] : []);
    const { verdict, findings } = await review({ patches: 4, shows });
    expect(verdict).toBe('clean');
    expect(findings.map((one) => [one.status, one.patch])).toEqual([['fixed', 3]]);
  });

  it('notes a bug that a later patch of the series repairs and stays clean', async () => {
    const shows = (patch: number, scenario: string) =>
      patch === 2 && scenario === 'fork-child' ? ['walk-complete mid'] : [];
    const { verdict, findings } = await review({ patches: 4, shows });
    expect(verdict).toBe('clean');
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ status: 'bisectability', severity: 'note', patch: 2, gonePatch: 3 });
  });

  it('notes a boundary that does not build', async () => {
    const { verdict, findings } = await review({ patches: 3, broken: [1] });
    expect(verdict).toBe('clean');
    expect(findings[0]).toMatchObject({ invariant: 'builds', status: 'bisectability', patch: 1 });
    expect(findings[0]?.summary).toContain('broken by 1');
  });

  it('bisects a long series in few builds and says that it did not look at every boundary', async () => {
    const log: Log = [];
    const shows = (patch: number, scenario: string) => (patch >= 11 && scenario === 'split' ? ['keys x'] : []);
    const { findings, notes } = await review({ patches: 16, shows }, {}, log);
    expect(findings[0]?.patch).toBe(11);
    const boundaries = new Set(
      log.filter((line) => line.startsWith('build')).map((line) => Number(line.split(' ')[1])),
    );
    expect(boundaries.size).toBeLessThanOrEqual(2 + 4);
    expect(notes.join()).toContain('bisectability not checked');
  });

  it('steps around boundaries that do not build', async () => {
    const shows = (patch: number) => (patch >= 3 ? ['keys x'] : []);
    const { findings } = await review({ patches: 4, shows, broken: [2] });
    const introduced = findings.find((one) => one.status === 'introduced');
    expect(introduced?.patch).toBe(3);
  });

  it('blames each patch for its own fault though their signatures are equal', async () => {
    const shows = (patch: number, scenario: string) =>
      (scenario === 'split' && patch >= 1) || (scenario === 'fork-child' && patch >= 3) ? ['keys x'] : [];
    const { findings } = await review({ patches: 3, shows });
    expect(findings.map((one) => [one.scenario, one.patch])).toEqual([
      ['split', 1],
      ['fork-child', 3],
    ]);
  });
});

describe('measurements', () => {
  it('takes memory from prod only, before and after', async () => {
    const objects = (patch: number) => [
      { object: 'anon_vma', live: patch ? 3 : 4, rcuPending: patch, size: 96 },
      { object: 'kmalloc-64', live: patch * 2, rcuPending: 0, size: 64 },
      { object: 'filp', live: 1, rcuPending: 0, size: 256 },
    ];
    const { memory } = await review({ patches: 1, objects });
    expect(memory.every((row) => row.config === 'prod')).toBe(true);
    const rows = memory.filter((row) => row.scenario === 'split');
    expect(rows.map((row) => row.object)).toEqual(['anon_vma', 'kmalloc-64']);
    expect(rows[0]).toMatchObject({
      mark: 'forked',
      before: { count: 4, bytes: 384, rcuPending: 0 },
      after: { count: 3, bytes: 288, rcuPending: 1 },
    });
  });

  it('shows sizes of structs that the series touches, and of those that differ', async () => {
    const { structs } = await review({ patches: 1, structSize: (patch) => 96 + 8 * patch });
    expect(structs).toMatchObject([
      { name: 'anon_vma', config: 'prod', variant: '', before: 96, after: 104, fields: [] },
    ]);
  });

  it('says of which touched types there is no layout, and why there is none for 32 bits', async () => {
    const local = {
      name: 'local',
      file: 'mm/ksm.c',
      status: 'changed' as const,
      startLine: 1,
      endLine: 2,
      patches: [1],
    };
    const semantics = { structs: [local, { ...local, name: 'anon_vma', file: 'include/linux/rmap.h' }] };
    const { notes, structs } = await review({ patches: 1, semantics, narrow: 'x.h:1: no' });
    expect(notes.filter((note) => note.startsWith('no layout'))).toEqual([
      expect.stringMatching(/^no layout of local \(mm\/ksm\.c\)/),
    ]);
    expect(structs[0]?.layouts?.[1]).toEqual({
      bits: 32,
      before: null,
      after: null,
      notBuilt: 'before: x.h:1: no; after: x.h:1: no',
    });
  });

  it('runs new Kconfig symbols in a second variant against the same base', async () => {
    const log: Log = [];
    const config = [{ symbol: 'RMAP_NEW', kind: 'added' as const, file: 'mm/Kconfig', patches: [1] }];
    const { configs } = await review({ patches: 1, semantics: { config } }, {}, log);
    expect(configs.map((one) => `${one.config} ${one.variant}`)).toEqual([
      'check ',
      'prod ',
      'check all-new',
      'prod all-new',
    ]);
    expect(log.filter((line) => line.startsWith('build 0'))).toEqual([
      'build 0 check',
      'build 0 prod',
      'build 0 check planted',
    ]);
  });
});

describe('budgets', () => {
  it('runs matched scenarios first and names what the budget left out', async () => {
    const { scenarios, verdict } = await review({ patches: 1 }, { budget: 16 });
    expect(scenarios.ran).toBe(2);
    expect(scenarios.notRun).toEqual(['split']);
    expect(verdict).toBe('clean');
  });

  it('is inconclusive where the budget does not reach a matched scenario', async () => {
    const { verdict, reason } = await review({ patches: 1 }, { budget: 4 });
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain('fork-child: not run: budget');
  });

  it('prints that the time cap was reached and is inconclusive where that left out a matched scenario', async () => {
    let now = 0;
    const tick = () => {
      now += 1000;
      return now;
    };
    const matching = (all: string[]) =>
      all.map((area) => ({ name: area, areas: ['fork-propagation'], text: area, steps: 1 }));
    const scenarios = matching(['a', 'b', 'c']);
    const { notes, verdict, scenarios: ran } = await review({ patches: 2, scenarios }, { timeCapMs: 3_000, now: tick });
    expect(notes).toContain('the time cap of 3 s was reached');
    expect(verdict).toBe('inconclusive');
    expect(ran.notRun).toEqual(['b', 'c']);
  });

  it('refuses a glob that names no scenario', async () => {
    await expect(review({ patches: 1 }, { scenarios: 'nothing-*' })).rejects.toThrow(InputError);
  });
});
